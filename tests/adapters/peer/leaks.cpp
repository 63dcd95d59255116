// A broker of CAF 0.17 that loses a connection while its system ends may stay
// behind with the tables of its connections: rarely, and all of it allocated by
// the library. What our own code allocates is still looked at.

extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libcaf_io.so";
}
extern "C" const char* __lsan_default_options();
extern "C" const char* __lsan_default_options() {
  return "print_suppressions=0";
}
