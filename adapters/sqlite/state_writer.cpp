#include "adapters/sqlite/state_writer.hpp"

#include "adapters/sqlite/columns.hpp"
#include "adapters/sqlite/journal_writer.hpp"
#include "adapters/sqlite/token_text.hpp"

#include <algorithm>
#include <limits>
#include <tuple>

namespace pumpscope::adapters::sqlite {

namespace {

using messages::commit_outcome;

/// Returns pointers to the rows in the order of their keys: neighbours share
/// pages of the table. Throws when two rows have one key: whoever wrote that
/// checkpoint has lost count, and which of them is right is not ours to say.
template <class Row, class KeyOf>
std::vector<const Row*> sorted(const std::vector<Row>& rows, KeyOf&& key_of) {
  auto result = std::vector<const Row*>{};
  result.reserve(rows.size());
  for (auto& row : rows)
    result.push_back(&row);
  std::sort(result.begin(), result.end(), [&](const Row* x, const Row* y) {
    return key_of(*x) < key_of(*y);
  });
  auto twice = std::adjacent_find(
    result.begin(), result.end(),
    [&](const Row* x, const Row* y) { return key_of(*x) == key_of(*y); });
  if (twice != result.end())
    throw failure{{domain::errc::internal, "a checkpoint names a row twice"}};
  return result;
}

/// Reads the cursor of a partition; one that is not stored is at 0.
messages::cursor_row load_cursor(database& db, const messages::cursor_row& of) {
  auto result = messages::cursor_row{};
  result.kind = of.kind;
  result.partition = of.partition;
  auto select = db.prepare("SELECT jpos, chain_time, published_jpos "
                           "FROM cursor WHERE kind = ? AND part = ?");
  if (select.bind(static_cast<uint32_t>(of.kind), of.partition).step()) {
    result.jpos = select.unsigned_integer(0);
    result.chain_time = select.integer(1);
    result.published_jpos = select.unsigned_integer(2);
  }
  return result;
}

/// Calls `f` with each value of the third key column of a table whose first
/// two are given, by one seek each.
template <class F>
void each_distinct(statement& next, int64_t first, int64_t second, F&& f) {
  auto after = std::numeric_limits<int64_t>::min();
  while (next.bind(first, second, after).step()) {
    after = next.integer(0);
    next.reset();
    f(after);
  }
  next.reset();
}

} // namespace

std::vector<commit_outcome>
state_writer::commit(std::span<const messages::checkpoint* const> xs) {
  auto tx = transaction{db_, transaction::kind::write};
  auto head = load_head(db_);
  auto result = std::vector<commit_outcome>{};
  result.reserve(xs.size());
  for (auto x : xs)
    result.push_back(apply(*x, head));
  tx.commit();
  return result;
}

commit_outcome state_writer::apply(const messages::checkpoint& x,
                                   const messages::head_row& head) {
  if (head.fence != x.fence)
    return commit_outcome::fenced;
  if (load_cursor(db_, x.before) != x.before)
    return commit_outcome::stale;
  if (x.after.jpos > head.jpos)
    throw failure{{domain::errc::internal, "a checkpoint at "
                                             + std::to_string(x.after.jpos)
                                             + " is ahead of the journal at "
                                             + std::to_string(head.jpos)}};
  delete_replaced(x);
  put_wallets(x);
  put_positions(x);
  put_buckets(x);
  put_tokens(x);
  put_candles(x);
  delete_expired(x);
  auto repaired
    = db_.prepare("DELETE FROM repair WHERE kind = ? AND key = ? AND jpos = ?");
  for (auto& row : x.repairs_done)
    repaired.bind(static_cast<uint32_t>(row.kind), bytes_of(row.key), row.jpos)
      .run();
  db_.prepare("INSERT OR REPLACE INTO cursor VALUES (?, ?, ?, ?, ?)")
    .bind(static_cast<uint32_t>(x.after.kind), x.after.partition, x.after.jpos,
          x.after.chain_time, x.after.published_jpos)
    .run();
  return commit_outcome::committed;
}

void state_writer::delete_replaced(const messages::checkpoint& x) {
  auto part = static_cast<int64_t>(x.after.partition);
  auto next_start = db_.prepare("SELECT start FROM wallet_bucket "
                                "WHERE part = ? AND length = ? AND start > ? "
                                "ORDER BY start LIMIT 1");
  auto bucket = db_.prepare("DELETE FROM wallet_bucket WHERE part = ? "
                            "AND length = ? AND start = ? AND wallet = ?");
  auto position
    = db_.prepare("DELETE FROM position WHERE part = ? AND wallet = ?");
  for (auto& wallet : x.wallets_replaced)
    position.bind(part, bytes_of(wallet)).run();
  if (!x.wallets_replaced.empty())
    for (auto length : {int64_t{300}, int64_t{3'600}})
      each_distinct(next_start, part, length, [&](int64_t start) {
        for (auto& wallet : x.wallets_replaced)
          bucket.bind(part, length, start, bytes_of(wallet)).run();
      });
  auto next_day = db_.prepare("SELECT day FROM candle WHERE part = ? "
                              "AND ? = 0 AND day > ? ORDER BY day LIMIT 1");
  auto candle
    = db_.prepare("DELETE FROM candle WHERE part = ? AND day = ? AND mint = ?");
  if (!x.tokens_replaced.empty())
    each_distinct(next_day, part, 0, [&](int64_t day) {
      for (auto& mint : x.tokens_replaced)
        candle.bind(part, day, bytes_of(mint)).run();
    });
}

void state_writer::delete_expired(const messages::checkpoint& x) {
  auto expired = db_.prepare(
    "DELETE FROM wallet_bucket WHERE part = ? AND length = ? AND start < ?");
  auto part = x.after.partition;
  if (x.buckets_5m_before != 0)
    expired.bind(part, int64_t{300}, x.buckets_5m_before).run();
  if (x.buckets_1h_before != 0)
    expired.bind(part, int64_t{3'600}, x.buckets_1h_before).run();
}

void state_writer::put_wallets(const messages::checkpoint& x) {
  auto put
    = db_.prepare("INSERT OR REPLACE INTO wallet VALUES (?, ?, ?, ?, ?)");
  auto rows = sorted(
    x.wallets, [](auto& row) -> auto& { return row.wallet; });
  for (auto row : rows) {
    pack_state(packer_, row->totals);
    auto realized = to_ordered(row->totals.realized);
    put
      .bind(x.after.partition, bytes_of(row->wallet), bytes_of(realized),
            packer_.bytes(), std::string_view{row->blob})
      .run();
  }
}

void state_writer::put_positions(const messages::checkpoint& x) {
  auto put = db_.prepare(
    "INSERT OR REPLACE INTO position VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  auto rows = sorted(x.positions, [](auto& row) {
    return std::tie(row.wallet, row.position.key);
  });
  for (auto row : rows) {
    auto& state = row->position;
    pack_state(packer_, state);
    auto units = to_ordered(state.units);
    auto realized = to_ordered(state.realized);
    put
      .bind(x.after.partition, bytes_of(row->wallet), bytes_of(state.key.mint),
            to_mint_column(state.key.quote_mint), bytes_of(units),
            bytes_of(realized), packer_.bytes(), std::string_view{row->blob})
      .run();
  }
}

void state_writer::put_buckets(const messages::checkpoint& x) {
  auto put = db_.prepare(
    "INSERT OR REPLACE INTO wallet_bucket VALUES (?, ?, ?, ?, ?)");
  auto remove = db_.prepare("DELETE FROM wallet_bucket WHERE part = ? "
                            "AND length = ? AND start = ? AND wallet = ?");
  auto rows = sorted(x.wallet_buckets, [](auto& row) {
    return std::tie(row.length, row.start, row.wallet);
  });
  for (auto row : rows) {
    if (row->trades == 0 && row->realizations == 0) {
      remove
        .bind(x.after.partition, row->length, row->start, bytes_of(row->wallet))
        .run();
      continue;
    }
    pack_state(packer_, *row);
    put
      .bind(x.after.partition, row->length, row->start, bytes_of(row->wallet),
            packer_.bytes())
      .run();
  }
}

void state_writer::put_tokens(const messages::checkpoint& x) {
  // Nearly always a token is there and has the texts that it had: one seek.
  auto update = db_.prepare(
    "UPDATE token SET quote_mint = ?3, uri = ?6, creator = ?7, "
    "created_at = ?8, last_price_quote = ?9, last_price_token = ?10, "
    "last_trade_at = ?11, graduated = ?12, market_cap = ?13, "
    "reserve_breaks = ?14, extra = ?15 "
    "WHERE part = ?1 AND mint = ?2 AND name = ?4 AND symbol = ?5");
  // In place: replacing would move the row to the end of the table.
  auto put = db_.prepare(
    "INSERT INTO token VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (part, mint) DO UPDATE SET quote_mint = excluded.quote_mint, "
    "name = excluded.name, symbol = excluded.symbol, uri = excluded.uri, "
    "creator = excluded.creator, created_at = excluded.created_at, "
    "last_price_quote = excluded.last_price_quote, "
    "last_price_token = excluded.last_price_token, "
    "last_trade_at = excluded.last_trade_at, graduated = excluded.graduated, "
    "market_cap = excluded.market_cap, "
    "reserve_breaks = excluded.reserve_breaks, "
    "extra = excluded.extra");
  // Not by a trigger: each row would be a savepoint, at which FTS5 writes all
  // that it has gathered.
  auto add_texts = db_.prepare("INSERT INTO token_text VALUES (?, ?, ?)");
  auto rows = sorted(
    x.tokens, [](auto& row) -> auto& { return row.mint; });
  for (auto row : rows) {
    auto price_quote = to_ordered(row->last_price.quote);
    auto price_token = to_ordered(row->last_price.token);
    auto market_cap = to_ordered(row->market_cap.value_or(0));
    auto known = row->market_cap.has_value();
    auto run = [&](statement& to) {
      to.bind(x.after.partition, bytes_of(row->mint),
              to_mint_column(row->quote_mint), text_value{row->name},
              text_value{row->symbol}, text_value{row->uri},
              bytes_of(row->creator), row->created_at, bytes_of(price_quote),
              bytes_of(price_token), row->last_trade_at,
              static_cast<int64_t>(row->graduated),
              known ? bytes_of(market_cap) : std::string_view{},
              row->reserve_breaks, std::string_view{row->blob})
        .run();
    };
    run(update);
    if (db_.changes() != 0)
      continue;
    run(put);
    if (row->symbol.empty() && row->name.empty())
      continue;
    auto symbol = mark_text(row->symbol);
    auto name = mark_text(row->name);
    add_texts.bind(text_value{symbol}, text_value{name}, bytes_of(row->mint))
      .run();
  }
}

void state_writer::put_candles(const messages::checkpoint& x) {
  auto put
    = db_.prepare("INSERT OR REPLACE INTO candle VALUES (?, ?, ?, ?, ?, ?, ?)");
  auto rows = sorted(x.candles, [](auto& row) {
    using key = std::tuple<int64_t, const domain::pubkey&,
                           const domain::pubkey&, domain::interval, int64_t>;
    auto time = row.candle.open_time;
    return key{day_of(time), row.mint, row.quote_mint, row.interval, time};
  });
  for (auto row : rows) {
    pack_state(packer_, row->candle);
    auto day = day_of(row->candle.open_time);
    put
      .bind(x.after.partition, day, bytes_of(row->mint),
            to_mint_column(row->quote_mint),
            static_cast<uint32_t>(row->interval), row->candle.open_time,
            packer_.bytes())
      .run();
  }
}

} // namespace pumpscope::adapters::sqlite
