#include "actors/owed_line.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <utility>

namespace pumpscope::actors {

namespace {

using messages::publication;

messages::publication_stamp& stamp_of(publication& x) {
  return std::visit(
    [](auto& y) -> messages::publication_stamp& { return y.stamp; }, x);
}

/// Memory of a message, about; boards and lists share theirs.
size_t bytes_of(const publication& x) {
  auto bytes = sizeof(publication);
  if (auto token = std::get_if<messages::token_publication>(&x))
    bytes += token->token.name.size() + token->token.symbol.size()
             + token->token.uri.size();
  else if (auto wallet = std::get_if<messages::wallet_publication>(&x))
    bytes += wallet->wallet.positions.size() * sizeof(domain::position);
  return bytes;
}

/// Adds the positions that only the older message has; false when there is no
/// room for all of them.
bool add_positions(messages::wallet_change& to, messages::wallet_change& from) {
  auto is_whole = true;
  for (auto& old : from.positions) {
    auto is_newer = std::any_of(to.positions.begin(), to.positions.end(),
                                [&old](auto& x) { return x.key == old.key; });
    if (is_newer)
      continue;
    if (to.positions.size() < messages::wallet_change::positions_max)
      to.positions.push_back(std::move(old));
    else
      is_whole = false;
  }
  return is_whole;
}

bool is_same_bar(const publication& x, const publication& y) {
  auto& a = std::get<messages::candle_publication>(x).bar;
  auto& b = std::get<messages::candle_publication>(y).bar;
  return a.candle.open_time == b.candle.open_time
         && a.quote_mint == b.quote_mint;
}

/// Bars of one channel that wait: the closed ones that a token may tell at
/// once, and the open one.
constexpr auto bars_max = messages::token_change::bars_max + 1;

} // namespace

void owed_line::push(publication x) {
  auto name = channel_of(x);
  if (auto i = index_.find(name); i != index_.end()) {
    conflate(*i->second, std::move(x));
  } else {
    auto& fresh = line_.emplace_back();
    fresh.name = name;
    fresh.ordinal = next_ordinal_++;
    grow(fresh, sizeof(entry) + bytes_of(x), 0);
    fresh.items.push_back(std::move(x));
    index_.emplace(name, std::prev(line_.end()));
  }
  while (bytes_ > bytes_max_ && !line_.empty()) {
    auto& front = line_.front();
    left_out_total_ += front.items.size();
    if (std::holds_alternative<messages::wallet_publication>(
          front.items.front()))
      forgotten_.push_back(front.name.key);
    remove_front();
  }
}

void owed_line::mark(size_t partition, uint64_t jpos) {
  auto& waiting = marks_[partition];
  if (waiting)
    return;
  waiting = waiting_mark{next_ordinal_, jpos};
  ++marks_waiting_;
}

void owed_line::unmark(size_t partition) {
  if (std::exchange(marks_[partition], std::nullopt))
    --marks_waiting_;
}

owed_line::portion owed_line::take(size_t items_max) {
  auto result = portion{};
  while (!line_.empty() && result.items.size() < items_max) {
    auto& items = line_.front().items;
    std::move(items.begin(), items.end(), std::back_inserter(result.items));
    remove_front();
  }
  auto first_left = line_.empty() ? next_ordinal_ : line_.front().ordinal;
  for (size_t i = 0; i < marks_.size() && marks_waiting_ > 0; ++i)
    if (marks_[i] && marks_[i]->ordinal <= first_left) {
      result.complete.push_back({i, marks_[i]->jpos});
      marks_[i].reset();
      --marks_waiting_;
    }
  return result;
}

owed_line::channel owed_line::channel_of(const publication& x) {
  auto result = channel{x.index(), 0, {}};
  if (auto candle = std::get_if<messages::candle_publication>(&x)) {
    result.part = static_cast<uint32_t>(candle->bar.interval);
    result.key = candle->mint;
  } else if (auto token = std::get_if<messages::token_publication>(&x)) {
    result.key = token->token.mint;
  } else if (auto wallet = std::get_if<messages::wallet_publication>(&x)) {
    result.key = wallet->wallet.wallet;
  } else if (auto board = std::get_if<messages::board_publication>(&x)) {
    result.part = static_cast<uint32_t>(board->window);
  } else {
    // Rows of the journal are not states.
    assert(std::holds_alternative<messages::market_publication>(x));
  }
  return result;
}

void owed_line::conflate(entry& into, publication x) {
  auto& last = into.items.back();
  if (std::holds_alternative<messages::candle_publication>(x)
      && !is_same_bar(last, x)) {
    grow(into, bytes_of(x), 0);
    into.items.push_back(std::move(x));
    if (into.items.size() > bars_max) {
      grow(into, 0, bytes_of(into.items.front()));
      into.items.erase(into.items.begin());
      ++left_out_total_;
    }
    return;
  }
  auto removed = bytes_of(last);
  auto joins = stamp_of(x).prev <= stamp_of(last).seq;
  if (auto wallet = std::get_if<messages::wallet_publication>(&x))
    joins = add_positions(wallet->wallet,
                          std::get<messages::wallet_publication>(last).wallet)
            && joins;
  if (joins)
    stamp_of(x).prev = stamp_of(last).prev;
  grow(into, bytes_of(x), removed);
  last = std::move(x);
}

void owed_line::grow(entry& x, size_t added, size_t removed) {
  x.bytes += added - removed;
  bytes_ += added - removed;
}

void owed_line::remove_front() {
  bytes_ -= line_.front().bytes;
  index_.erase(line_.front().name);
  line_.pop_front();
}

} // namespace pumpscope::actors
