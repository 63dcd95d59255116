#include "runtime/commands.hpp"
#include "runtime/log.hpp"
#include "runtime/process_setup.hpp"

#include <exception>
#include <unistd.h>

int main(int argc, char** argv) {
  using namespace pumpscope::runtime;
  set_up_process();
  try {
    return run_program(all_commands(), argc, argv, environ);
  } catch (const std::exception& e) {
    // Vendor exceptions end in the adapters; what comes here is ours to mend,
    // or an exhausted machine.
    error_line(std::string{"internal error: "} + e.what());
    return static_cast<int>(exit_code::failed);
  }
}
