// The crash points of pumpscope-crash, the program in which they are compiled
// in: CRASH_AT=STEP:COUNT makes it kill itself with SIGKILL when it
// comes to that step for the COUNT-th time.

#include "domain/crash_point.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <system_error>

namespace pumpscope::domain {

namespace {

constexpr auto names = std::array{
  "before_takeover",   "after_takeover",  "before_commit",  "after_commit",
  "before_send",       "after_send",      "before_publish", "after_publish",
  "before_checkpoint", "after_checkpoint"};

/// Where the process dies.
struct order {
  crash_step step = crash_step::before_takeover;
  /// Times that are left; 0 = never.
  std::atomic<uint32_t> left = 0;

  order() {
    const char* asked = std::getenv("CRASH_AT");
    if (asked == nullptr)
      return;
    auto text = std::string_view{asked};
    auto name = text.substr(0, text.find(':'));
    auto count = uint32_t{0};
    auto digits = text.substr(std::min(text.size(), name.size() + 1));
    auto [end, error] = std::from_chars(digits.data(),
                                        digits.data() + digits.size(), count);
    for (size_t i = 0; i < names.size(); ++i)
      if (name == names[i] && error == std::errc{} && count > 0) {
        step = static_cast<crash_step>(i);
        left = count;
        return;
      }
    // A test that asks for something else must not pass.
    std::fprintf(stderr, "CRASH_AT=%s: no STEP:COUNT\n", asked);
    std::exit(2);
  }
};

} // namespace

void crash_point(crash_step x) {
  static auto asked = order{};
  if (x != asked.step || asked.left == 0)
    return;
  if (--asked.left == 0)
    std::raise(SIGKILL);
}

} // namespace pumpscope::domain
