#include "messages/store.hpp"

#include <iterator>

namespace pumpscope::messages {

namespace {

constexpr size_t page_rows = 10'000;

template <class T>
void append(std::vector<T>& to, std::vector<T>& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()),
            std::make_move_iterator(from.end()));
}

} // namespace

const history_start& history::start() const {
  static const auto nothing = history_start{};
  return nothing;
}

store_result<retention_row> store::read_retention() {
  return retention_row{};
}

store_result<void>
store::visit_baseline(const std::function<void(const wallet_state_rows&)>&,
                      const std::function<void(const token_row&)>&) {
  return {};
}

store_result<journal_rows> store::load_history(projection kind,
                                               const domain::pubkey& key,
                                               uint64_t up_to) {
  auto opened = open_history(kind, key, up_to);
  if (!opened)
    return tl::make_unexpected(std::move(opened.error()));
  auto result = journal_rows{};
  for (;;) {
    auto page = (*opened)->next(page_rows);
    if (!page)
      return page;
    if (page->trades.empty() && page->token_events.empty())
      return result;
    append(result.trades, page->trades);
    append(result.token_events, page->token_events);
  }
}

} // namespace pumpscope::messages
