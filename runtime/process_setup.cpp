#include "runtime/process_setup.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <initializer_list>
#include <unistd.h>

namespace pumpscope::runtime {

namespace {

void occupy_standard_files() {
  for (auto file : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(file, F_GETFD) < 0 && errno == EBADF)
      // open() gives the lowest free number, which is `file`.
      (void)::open("/dev/null", file == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

} // namespace

void set_up_process() {
  occupy_standard_files();
  std::signal(SIGXFSZ, SIG_IGN);
  ::setenv("GRPC_VERBOSITY", "NONE", 0);
}

} // namespace pumpscope::runtime
