// The rounds of a publisher: boards and lists of one epoch, asked for together,
// and what the wallets on them know.

#include "actors/publisher.hpp"

#include <algorithm>
#include <utility>

namespace pumpscope::actors {

void publisher_state::ask_boards() {
  // Partitions that did not load their windows yet would give poor boards.
  auto loaded = answered == has_answered.size()
                || (loaded_behind && completed_epoch > *loaded_behind);
  if (round || !has_listener() || !loaded || boards_wait
      || (completed_epoch == boards_epoch && !boards_forced))
    return;
  boards_forced = false;
  round = std::make_shared<board_round>();
  round->epoch = completed_epoch;
  round->missing = 6 + round->lists.size();
  auto failed = [this](caf::error&) {
    round->failed = true;
    take_boards();
  };
  for (size_t window = 0; window < 3; ++window)
    for (size_t by = 0; by < 2; ++by) {
      auto query = messages::get_board{};
      query.window = static_cast<domain::board_window>(window);
      query.by = static_cast<domain::board_by>(by);
      query.rows = config.rows_max;
      self->request(links.leaderboard, config.timeout, query)
        .then(
          [this, window, by](const messages::board_ptr& x) {
            round->boards[window][by] = x;
            take_boards();
          },
          failed);
    }
  for (size_t list = 0; list < round->lists.size(); ++list) {
    auto query = messages::get_market{};
    query.list = static_cast<messages::market_list>(list);
    query.rows = config.rows_max;
    self->request(links.market, config.timeout, query)
      .then(
        [this, list](const messages::market_ptr& x) {
          round->lists[list] = x;
          take_boards();
        },
        failed);
  }
}

void publisher_state::take_boards() {
  if (--round->missing > 0)
    return;
  if (round->failed) {
    // The next period asks again.
    round = nullptr;
    ++failures_total;
    boards_forced = true;
    answer_flush();
    return;
  }
  ask_totals();
}

void publisher_state::ask_totals() {
  auto count = static_cast<uint32_t>(links.wallets.size());
  auto queries = std::vector<messages::get_totals>(count);
  for (auto& boards : round->boards)
    for (auto& board : boards)
      for (auto& row : board->rows)
        queries[domain::partition_of(row.wallet, hash_seed, count)]
          .wallets.push_back(row.wallet);
  // Whoever answers at once must not find the round at its end.
  round->missing = 1;
  for (uint32_t i = 0; i < count; ++i) {
    auto& wallets = queries[i].wallets;
    std::sort(wallets.begin(), wallets.end());
    wallets.erase(std::unique(wallets.begin(), wallets.end()), wallets.end());
    if (wallets.empty())
      continue;
    ++round->missing;
    self
      ->request(links.wallets[i], config.totals_timeout, std::move(queries[i]))
      .then(
        [this](const messages::totals_by_wallet_ptr& x) {
          round->totals->insert(x->begin(), x->end());
          take_totals();
        },
        [this](caf::error&) {
          ++totals_failures_total;
          take_totals();
        });
  }
  take_totals();
}

void publisher_state::take_totals() {
  if (--round->missing > 0)
    return;
  auto done = std::exchange(round, nullptr);
  auto stamp = messages::publication_stamp{done->epoch, 0, boards_epoch, 0};
  boards_epoch = done->epoch;
  auto items = std::vector<messages::publication>{};
  for (size_t window = 0; window < 3; ++window) {
    auto item = messages::board_publication{};
    item.window = static_cast<domain::board_window>(window);
    item.net = done->boards[window][0];
    item.losses = done->boards[window][1];
    item.totals = done->totals;
    item.stamp = stamp;
    items.emplace_back(std::move(item));
  }
  items.emplace_back(messages::market_publication{done->lists, stamp});
  enqueue(std::move(items), 0, 0);
  pump();
  answer_flush();
}

} // namespace pumpscope::actors
