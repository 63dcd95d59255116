#include "domain/leaderboard.hpp"

#include <algorithm>

namespace pumpscope::domain {

std::string_view to_string(board_window x) {
  switch (x) {
    case board_window::h24:
      return "24h";
    case board_window::d7:
      return "7d";
    case board_window::all:
      return "all";
  }
  return "unknown";
}

bool ranks_before(const board_row& x, const board_row& y, board_by by,
                  board_side side) {
  auto left = board_value(x, by, side);
  auto right = board_value(y, by, side);
  if (left != right)
    return side == board_side::losers ? left < right : left > right;
  if (x.last_loss != y.last_loss)
    return x.last_loss < y.last_loss;
  return x.wallet < y.wallet;
}

std::vector<board_row> make_board(std::vector<board_row> rows, board_by by,
                                  board_side side, size_t n) {
  std::erase_if(rows, [=](const auto& x) { return !is_on_board(x, by, side); });
  auto before = [=](const auto& x, const auto& y) {
    return ranks_before(x, y, by, side);
  };
  if (n < rows.size()) {
    auto middle = rows.begin() + static_cast<std::ptrdiff_t>(n);
    std::partial_sort(rows.begin(), middle, rows.end(), before);
    rows.resize(n);
  } else {
    std::sort(rows.begin(), rows.end(), before);
  }
  return rows;
}

} // namespace pumpscope::domain
