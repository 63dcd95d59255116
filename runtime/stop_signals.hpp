#pragma once

#include <stop_token>
#include <thread>

namespace pumpscope::runtime {

/// Turns SIGINT and SIGTERM into a stop request while it lives. The first
/// signal asks for a graceful end; a second one ends the process at once with
/// exit code 1 (nothing is lost: a store survives a kill at any time). Signals
/// within a quarter of a second count as one.
///
/// Create it before any other thread: it blocks both signals for the calling
/// thread and those that it starts. SIGPIPE is ignored: a closed socket is an
/// error value, not the end.
class stop_signals {
public:
  stop_signals();

  ~stop_signals();

  stop_signals(const stop_signals&) = delete;
  stop_signals& operator=(const stop_signals&) = delete;

  /// Becomes requested with the first signal.
  [[nodiscard]] std::stop_token token() const {
    return source_.get_token();
  }

private:
  void wait();

  std::stop_source source_;
  int signals_ = -1;
  int wake_ = -1;
  std::thread thread_;
};

} // namespace pumpscope::runtime
