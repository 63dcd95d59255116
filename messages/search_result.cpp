#include "messages/search_result.hpp"

#include "messages/store_queries.hpp"

#include <algorithm>

namespace pumpscope::messages {

bool is_searched_inside(std::string_view text) {
  auto characters = std::count_if(text.begin(), text.end(), [](char x) {
    return (static_cast<unsigned char>(x) & 0xC0) != 0x80;
  });
  return static_cast<size_t>(characters) >= search_inside_min;
}

void search_result::add_tier(std::vector<token_row> found) {
  std::sort(found.begin(), found.end(), [](auto& x, auto& y) {
    return x.last_trade_at != y.last_trade_at
             ? x.last_trade_at > y.last_trade_at
             : x.mint < y.mint;
  });
  for (auto& row : found)
    if (!full() && mints_.insert(row.mint).second)
      rows_.push_back(std::move(row));
}

} // namespace pumpscope::messages
