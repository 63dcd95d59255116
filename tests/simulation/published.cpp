#include "tests/simulation/published.hpp"

#include "domain/base58.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <sstream>
#include <utility>
#include <variant>

namespace pumpscope::test {

void published::note(const messages::publication_batch& x) {
  if (std::exchange(fence_, x.fence) != x.fence)
    last_.clear();
  for (auto& item : x.items)
    std::visit([this](auto& of) { note(of); }, item);
}

void published::follow(channel of, const messages::publication_stamp& stamp) {
  auto [last, is_new] = last_.try_emplace(of, stamp.seq);
  if (!is_new && stamp.prev > last->second)
    problems_ += "a hole between " + std::to_string(last->second) + " and "
                 + std::to_string(stamp.seq) + " of a channel of kind "
                 + std::to_string(std::get<0>(of)) + "\n";
  last->second = std::max(last->second, stamp.seq);
}

void published::note(const messages::trade_publication& x) {
  follow({0, x.trade().mint, 0}, x.stamp);
  trades_.insert(x.stamp.seq);
}

void published::note(const messages::lifecycle_publication&) {
  // Like trades.
}

void published::note(const messages::candle_publication& x) {
  follow({2, x.mint, static_cast<int>(x.bar.interval)}, x.stamp);
  candles_[{x.mint, x.bar.quote_mint, x.bar.interval, x.bar.candle.open_time}]
    = x.bar.candle;
}

void published::note(const messages::token_publication& x) {
  follow({3, x.token.mint, 0}, x.stamp);
  holders_[x.token.mint] = x.holders;
}

void published::note(const messages::wallet_publication& x) {
  follow({4, x.wallet.wallet, 0}, x.stamp);
  wallet_trades_[x.wallet.wallet] = x.wallet.totals.trades;
}

void published::note(const messages::board_publication& x) {
  boards_[x.window] = x.net->jpos;
}

void published::note(const messages::market_publication&) {
  // Like boards.
}

std::string published::compare(memory_disk& disk) const {
  auto out = std::ostringstream{};
  out << problems_;
  for (auto& [jpos, trade] : disk.trades)
    if (trades_.count(jpos) != 1)
      out << "trade " << jpos << " was published " << trades_.count(jpos)
          << " times\n";
  for (auto& [key, candle] : candles_) {
    auto& [mint, quote, interval, at] = key;
    auto stored = static_cast<const messages::candle_row*>(nullptr);
    for (auto& partition : disk.token_partitions)
      if (auto i = partition.candles.find(key); i != partition.candles.end())
        stored = &i->second;
    if (stored != nullptr && stored->candle.trades != candle.trades)
      out << "a candle of " << to_string(mint) << " at " << at << " has "
          << stored->candle.trades << " trades, " << candle.trades
          << " were published\n";
  }
  auto holders = std::map<domain::pubkey, uint64_t>{};
  auto trades = std::map<domain::pubkey, uint64_t>{};
  for (auto& partition : disk.wallet_partitions) {
    for (auto& [wallet, row] : partition.wallets)
      trades[wallet] = row.totals.trades;
    for (auto& [wallet, rows] : partition.positions) {
      auto held = std::set<domain::pubkey>{};
      for (auto& [key, row] : rows)
        if (row.position.units > 0)
          held.insert(key.mint);
      for (auto& mint : held)
        ++holders[mint];
    }
  }
  for (auto& [mint, count] : holders_)
    if (count != holders[mint])
      out << to_string(mint) << " is held by " << holders[mint] << ", " << count
          << " were published\n";
  for (auto& [wallet, count] : trades) {
    auto told = wallet_trades_.find(wallet);
    if (told == wallet_trades_.end() || told->second != count)
      out << "wallet " << to_string(wallet) << " has " << count << " trades, "
          << (told == wallet_trades_.end() ? 0 : told->second)
          << " were published\n";
  }
  for (auto& [window, jpos] : boards_)
    if (jpos != disk.head.jpos)
      out << "a board goes up to " << jpos << " of " << disk.head.jpos << "\n";
  if (boards_.size() != 3)
    out << "boards are missing\n";
  return out.str();
}

messages::sink_actor::behavior_type
recording_sink(messages::sink_actor::pointer self,
               std::shared_ptr<published> to) {
  auto publisher = std::make_shared<messages::publisher_actor>();
  return {
    [](atom::status) { return caf::settings{}; },
    [self, publisher](const messages::sink_links_ptr& x) {
      *publisher = x->publisher;
      self->send(x->publisher, messages::sink_changed{true});
    },
    [self, publisher, to](const messages::publication_batch_ptr& x) {
      to->note(*x);
      self->send(*publisher, messages::batch_delivered{x->number});
    },
    [](const messages::tick_batch_ptr&) {},
    [](atom::go) {},
    [](atom::tick) {},
  };
}

} // namespace pumpscope::test
