#include "runtime/break_lines.hpp"

namespace pumpscope::runtime {

std::optional<std::string> break_lines::line_of(const actors::break_notice& x) {
  // A program that does what we do not know may break reserves all day.
  auto number = ++seen_[static_cast<size_t>(x.event)];
  if (number > all_told_max && number % 100 != 0)
    return std::nullopt;
  auto text = std::string{"reserves break "};
  switch (x.event) {
    case actors::break_event::too_wide:
      text += "over too many slots to fetch them by itself (gaps fill does)";
      break;
    case actors::break_event::refused:
      text += "but too many gaps are open: it waits for room";
      break;
    case actors::break_event::unexplained:
      text += "although no transaction is missing";
      break;
  }
  return text + ", slots " + std::to_string(x.gap.from) + " to "
         + std::to_string(x.gap.to) + ", " + std::to_string(number) + " so far";
}

} // namespace pumpscope::runtime
