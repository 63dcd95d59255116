#include "adapters/sqlite/list_reader.hpp"

#include "adapters/sqlite/columns.hpp"
#include "adapters/sqlite/journal_row.hpp"
#include "adapters/sqlite/journal_writer.hpp"
#include "adapters/sqlite/key_positions.hpp"
#include "adapters/sqlite/state_row.hpp"
#include "adapters/sqlite/voided_slots.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace pumpscope::adapters::sqlite {

namespace {

using messages::projection;

/// Rows of a coin in the journal above which its holders are found by reading
/// all positions: a row of the journal costs about as much as a few positions,
/// and the traders of a coin must fit into memory.
constexpr size_t trades_of_coin_max = 200'000;

/// Positions that are asked of the index at once.
constexpr size_t chunk_rows = 20'000;

/// Goes down the positions that may match a query, newest first.
class candidates {
public:
  candidates(database& db, const messages::store_identity& id,
             const messages::trade_query& x)
    : head_(load_head(db).jpos), left_(x.scanned_max) {
    if (x.wallet)
      keys_.emplace_back(db, id, projection::wallet, *x.wallet);
    if (x.mint)
      keys_.emplace_back(db, id, projection::token, *x.mint);
  }

  /// The next one below `before`, 0 = there is none. Nothing once `scanned_max`
  /// were looked at: then all from `before`, which was lowered, on are.
  std::optional<uint64_t> next_below(uint64_t& before) {
    if (left_ == 0)
      return std::nullopt;
    --left_;
    before = std::min(before, head_ + 1);
    // The journal is dense.
    if (keys_.empty())
      return before <= 1 ? 0 : before - 1;
    auto at = keys_.front().next_below(before);
    if (keys_.size() == 1)
      return at;
    // Whichever key is higher goes down, until both meet.
    for (auto next = size_t{1}; at != 0; next = 1 - next) {
      auto other = keys_[next].next_below(at + 1);
      if (other == at)
        break;
      at = other;
      if (left_ == 0) {
        before = at + 1;
        return std::nullopt;
      }
      --left_;
    }
    return at;
  }

  [[nodiscard]] uint64_t head() const {
    return head_;
  }

private:
  uint64_t head_;
  /// Positions that may still be looked at.
  size_t left_;
  std::vector<key_positions> keys_ = {};
};

/// Keeps the positions with the most units.
class top_positions {
public:
  explicit top_positions(size_t rows_max) : rows_max_(rows_max) {
  }

  /// `row` has the columns of `position`.
  void add(const database& db, const statement& row) {
    auto key = key_of(row);
    if (rows_.size() == rows_max_ && !(key < rows_.front().key))
      return;
    rows_.push_back({std::move(key), read_position(db, row)});
    std::push_heap(rows_.begin(), rows_.end(), before);
    if (rows_.size() <= rows_max_)
      return;
    std::pop_heap(rows_.begin(), rows_.end(), before);
    rows_.pop_back();
  }

  std::vector<messages::position_row> take() {
    std::sort_heap(rows_.begin(), rows_.end(), before);
    auto result = std::vector<messages::position_row>{};
    result.reserve(rows_.size());
    for (auto& x : rows_)
      result.push_back(std::move(x.row));
    return result;
  }

private:
  /// Units with all bits flipped, wallet, quote mint: less is better.
  using sort_key = std::string;

  struct entry {
    sort_key key = {};
    messages::position_row row = {};
  };

  static sort_key key_of(const statement& row) {
    auto result = std::string{row.blob(4)};
    for (auto& byte : result)
      byte = static_cast<char>(~byte);
    return result.append(row.blob(1)).append(row.blob(3));
  }

  static bool before(const entry& x, const entry& y) {
    return x.key < y.key;
  }

  size_t rows_max_;
  /// A heap, the worst one in front.
  std::vector<entry> rows_ = {};
};

} // namespace

messages::trade_list list_reader::load_trades(const messages::trade_query& x) {
  auto tx = transaction{db_, transaction::kind::read};
  auto result = messages::trade_list{};
  auto& found = result.trades;
  auto rows = candidates{db_, id_, x};
  auto voided = voided_slots{db_};
  auto matches = [&](const domain::trade& row) {
    // Different keys may share a hash.
    return (!x.wallet || row.wallet == *x.wallet)
           && (!x.mint || row.mint == *x.mint)
           && (!x.side || row.side == *x.side)
           && row.quote_units >= x.quote_units_min
           && !voided.has(row.position.slot, rows.head());
  };
  auto select = db_.prepare("SELECT * FROM journal WHERE jpos = ?");
  auto before = x.before_jpos == 0 ? UINT64_MAX : x.before_jpos;
  // One more than is wanted tells whether there is a next page.
  while (found.size() <= x.rows_max) {
    auto jpos = rows.next_below(before);
    if (!jpos) {
      result.next_before = before;
      break;
    }
    if (*jpos == 0)
      break;
    before = *jpos;
    if (!select.bind(*jpos).step())
      fail_row(db_, *jpos);
    read_row(
      db_, select,
      [&](domain::trade&& row) {
        if (matches(row))
          found.push_back(std::move(row));
      },
      [](domain::token_event&&) {
        // The index of a coin has them, too.
      });
    select.reset();
  }
  if (found.size() > x.rows_max) {
    found.pop_back();
    result.next_before = found.back().jpos;
  }
  tx.commit();
  return result;
}

std::vector<messages::candle_row>
list_reader::load_candles(const messages::candle_query& x) {
  auto tx = transaction{db_, transaction::kind::read};
  auto result = std::vector<messages::candle_row>{};
  auto part = domain::partition_of(x.mint, id_.hash_seed, id_.partitions);
  // The key begins with the day: one seek for each that has candles at all.
  auto next_day = db_.prepare("SELECT day FROM candle WHERE part = ? "
                              "AND day <= ? ORDER BY day DESC LIMIT 1");
  auto select = db_.prepare(
    "SELECT * FROM candle WHERE part = ? AND day = ? AND mint = ? "
    "AND quote_mint = ? AND length = ? AND open_time >= ? AND open_time < ? "
    "ORDER BY open_time DESC LIMIT ?");
  auto first_day = day_of(x.from);
  auto day = day_of(x.to);
  while (result.size() < x.rows_max && x.from < x.to
         && next_day.bind(part, day).step()) {
    day = next_day.integer(0);
    next_day.reset();
    if (day < first_day)
      break;
    select.bind(part, day, bytes_of(x.mint), to_mint_column(x.quote_mint),
                static_cast<uint32_t>(x.interval), x.from, x.to,
                static_cast<uint64_t>(x.rows_max - result.size()));
    while (select.step())
      result.push_back(read_candle(db_, select));
    select.reset();
    --day;
  }
  std::reverse(result.begin(), result.end());
  tx.commit();
  return result;
}

std::vector<messages::position_row>
list_reader::load_holders(const messages::holders_query& x) {
  auto tx = transaction{db_, transaction::kind::read};
  auto top = top_positions{x.rows_max};
  visit_holders(x.mint, [&](const statement& row) { top.add(db_, row); });
  tx.commit();
  return top.take();
}

void list_reader::visit_holders(
  const domain::pubkey& mint, const std::function<void(const statement&)>& f) {
  auto zero = to_ordered(domain::i128{0});
  auto traders = std::vector<std::pair<uint32_t, domain::pubkey>>{};
  if (!find_traders(mint, traders)) {
    auto select = db_.prepare(
      "SELECT part, wallet, mint, quote_mint, units, realized, state, x'' "
      "FROM position WHERE mint = ? AND units > ?");
    select.bind(bytes_of(mint), bytes_of(zero));
    while (select.step())
      f(select);
    return;
  }
  auto select = db_.prepare(
    "SELECT part, wallet, mint, quote_mint, units, realized, state, x'' "
    "FROM position WHERE part = ? AND wallet = ? AND mint = ? AND units > ?");
  for (auto& [part, wallet] : traders) {
    select.bind(part, bytes_of(wallet), bytes_of(mint), bytes_of(zero));
    while (select.step())
      f(select);
    select.reset();
  }
}

bool list_reader::find_traders(
  const domain::pubkey& mint,
  std::vector<std::pair<uint32_t, domain::pubkey>>& found) {
  auto index = key_index{db_};
  auto hash = key_index::hash_of(mint, id_.hash_seed);
  auto select = db_.prepare("SELECT wallet, mint FROM journal WHERE jpos = ? "
                            "AND kind = 0");
  auto rows = size_t{0};
  for (uint64_t after = 0;;) {
    auto positions = index.find(projection::token, {hash, hash}, after,
                                load_head(db_).jpos, chunk_rows);
    if (positions.empty())
      break;
    after = positions.back();
    rows += positions.size();
    if (rows > trades_of_coin_max)
      return false;
    for (auto jpos : positions) {
      // Token events are among them, and other keys with the same hash.
      if (select.bind(jpos).step() && select.blob(1) == bytes_of(mint)) {
        auto& [part, wallet] = found.emplace_back();
        if (!from_bytes(select.blob(0), wallet))
          fail_row(db_, jpos);
        part = domain::partition_of(wallet, id_.hash_seed, id_.partitions);
      }
      select.reset();
    }
  }
  // By key: neighbours share pages of the table.
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return true;
}

} // namespace pumpscope::adapters::sqlite
