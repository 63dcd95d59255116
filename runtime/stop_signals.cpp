#include "runtime/stop_signals.hpp"

#include "runtime/log.hpp"
#include "runtime/outcome.hpp"

#include <sys/eventfd.h>
#include <sys/signalfd.h>

#include <chrono>
#include <csignal>
#include <poll.h>
#include <system_error>
#include <unistd.h>

namespace pumpscope::runtime {

namespace {

/// Signals closer than this are one: `timeout` and others signal a process and
/// then its group.
constexpr auto same_signal = std::chrono::milliseconds{250};

sigset_t stop_set() {
  auto result = sigset_t{};
  sigemptyset(&result);
  sigaddset(&result, SIGINT);
  sigaddset(&result, SIGTERM);
  return result;
}

int checked(int file) {
  if (file < 0)
    throw std::system_error(errno, std::generic_category(),
                            "cannot watch for signals");
  return file;
}

} // namespace

stop_signals::stop_signals() {
  auto set = stop_set();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  signals_ = checked(signalfd(-1, &set, SFD_CLOEXEC));
  wake_ = checked(eventfd(0, EFD_CLOEXEC));
  thread_ = std::thread{[this] { wait(); }};
}

stop_signals::~stop_signals() {
  // An eventfd takes this write unless its counter overflows.
  (void)eventfd_write(wake_, 1);
  thread_.join();
  close(wake_);
  close(signals_);
  auto set = stop_set();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

void stop_signals::wait() {
  auto first = std::chrono::steady_clock::time_point{};
  while (true) {
    pollfd files[] = {{signals_, POLLIN, 0}, {wake_, POLLIN, 0}};
    if (poll(files, 2, -1) < 0)
      continue;
    if ((files[1].revents & POLLIN) != 0)
      return;
    auto info = signalfd_siginfo{};
    if (read(signals_, &info, sizeof(info)) != sizeof(info))
      continue;
    auto now = std::chrono::steady_clock::now();
    if (source_.stop_requested() && now - first < same_signal)
      continue;
    if (source_.stop_requested()) {
      error_line("stopped by a second signal");
      _exit(static_cast<int>(exit_code::failed));
    }
    first = now;
    source_.request_stop();
  }
}

} // namespace pumpscope::runtime
