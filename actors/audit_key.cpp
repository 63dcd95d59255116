#include "actors/audit_key.hpp"

#include "actors/chain_order.hpp"
#include "domain/base58.hpp"
#include "domain/token_ledger.hpp"
#include "domain/wallet_ledger.hpp"
#include "messages/state_rows.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace pumpscope::actors {

namespace {

using messages::projection;
using messages::store_result;

constexpr size_t page_rows = 10'000;

/// Attempts to see state and cursor together, and to see a difference again.
constexpr int attempts_max = 3;

/// What a store has of a key, and the cursor that belongs to it.
struct stored_state {
  messages::cursor_row cursor = {};
  messages::wallet_state_rows wallet = {};
  std::optional<messages::token_row> token = {};

  [[nodiscard]] bool empty() const {
    return !wallet.wallet && wallet.positions.empty() && !token;
  }
};

store_result<messages::cursor_row> read_cursor(messages::store& store,
                                               projection kind,
                                               const domain::pubkey& key) {
  auto cursors = store.read_cursors();
  if (!cursors)
    return tl::make_unexpected(std::move(cursors.error()));
  auto id = store.identity();
  auto result = messages::cursor_row{};
  result.kind = kind;
  result.partition = domain::partition_of(key, id.hash_seed, id.partitions);
  for (auto& x : *cursors)
    if (x.kind == kind && x.partition == result.partition)
      result = x;
  return result;
}

store_result<bool> is_in_repair(messages::store& store, projection kind,
                                const domain::pubkey& key) {
  auto rows = store.load_repairs(kind);
  if (!rows)
    return tl::make_unexpected(std::move(rows.error()));
  return std::any_of(rows->begin(), rows->end(),
                     [&key](const auto& x) { return x.key == key; });
}

/// Loads a state between two equal cursors; nothing when it is not held still.
store_result<std::optional<stored_state>>
load_state(messages::store& store, projection kind, const domain::pubkey& key) {
  auto before = read_cursor(store, kind, key);
  if (!before)
    return tl::make_unexpected(std::move(before.error()));
  auto result = stored_state{};
  if (kind == projection::wallet) {
    auto rows = store.load_wallets({&key, 1});
    if (!rows)
      return tl::make_unexpected(std::move(rows.error()));
    result.wallet = std::move(rows->front());
  } else {
    auto rows = store.load_tokens({&key, 1});
    if (!rows)
      return tl::make_unexpected(std::move(rows.error()));
    result.token = std::move(rows->front());
  }
  auto after = read_cursor(store, kind, key);
  if (!after)
    return tl::make_unexpected(std::move(after.error()));
  if (*before != *after)
    return std::nullopt;
  result.cursor = *after;
  return result;
}

/// Says which of two rows differ, first where they do.
class comparison {
public:
  explicit comparison(std::string where) : where_(std::move(where)) {
  }

  template <class T>
  comparison& field(const char* name, const T& stored, const T& computed) {
    if (text_.empty() && !(stored == computed))
      text_ = where_ + ": " + name + " is not what the journal says";
    return *this;
  }

  [[nodiscard]] const std::string& text() const {
    return text_;
  }

private:
  std::string where_;
  std::string text_ = {};
};

std::string compare(const messages::wallet_state_rows& stored,
                    const domain::wallet_ledger& computed) {
  auto positions = std::map<domain::position_key, messages::position_row>{};
  for (size_t i = 0; i < computed.size(); ++i)
    positions.emplace(computed.at(i).key, messages::make_position_row(
                                            computed.wallet(), computed.at(i)));
  if (!stored.wallet)
    return positions.empty() ? "" : "the wallet is not stored";
  auto totals = comparison{"the wallet"};
  totals.field("a total", stored.wallet->totals, computed.totals());
  if (!totals.text().empty())
    return totals.text();
  for (auto& row : stored.positions) {
    auto where = "the position in " + domain::to_string(row.position.key.mint);
    auto found = positions.find(row.position.key);
    if (found == positions.end())
      return where + " is none of the journal";
    auto& expected = found->second;
    auto fields = comparison{where};
    fields.field("units", row.position.units, expected.position.units)
      .field("realized", row.position.realized, expected.position.realized)
      .field("cost_basis", row.position.cost_basis,
             expected.position.cost_basis)
      .field("a number", row.position, expected.position)
      .field("a lot", row.blob, expected.blob);
    if (!fields.text().empty())
      return fields.text();
    positions.erase(found);
  }
  if (!positions.empty())
    return "the position in " + domain::to_string(positions.begin()->first.mint)
           + " is not stored";
  return {};
}

std::string compare(const std::optional<messages::token_row>& stored,
                    const domain::token_ledger& computed) {
  auto& state = computed.state();
  if (!stored)
    return state.trades == 0 ? "" : "the token is not stored";
  auto expected = messages::make_token_row(computed);
  auto fields = comparison{"the token"};
  fields.field("quote_mint", stored->quote_mint, expected.quote_mint)
    .field("name", stored->name, expected.name)
    .field("symbol", stored->symbol, expected.symbol)
    .field("uri", stored->uri, expected.uri)
    .field("creator", stored->creator, expected.creator)
    .field("created_at", stored->created_at, expected.created_at)
    .field("last_price", stored->last_price, expected.last_price)
    .field("last_trade_at", stored->last_trade_at, expected.last_trade_at)
    .field("graduated", stored->graduated, expected.graduated)
    .field("market_cap", stored->market_cap, expected.market_cap)
    .field("reserve_breaks", stored->reserve_breaks, expected.reserve_breaks)
    .field("the state in extra", stored->blob, expected.blob);
  return fields.text();
}

/// Passes pages of a history to `f`; returns how many rows it had, at most a
/// page more than `rows_max`.
template <class F>
store_result<size_t> fold(messages::history& history, size_t rows_max, F&& f) {
  auto rows = size_t{0};
  while (rows <= rows_max) {
    auto page = history.next(page_rows);
    if (!page)
      return tl::make_unexpected(std::move(page.error()));
    auto count = page->trades.size() + page->token_events.size();
    if (count == 0)
      break;
    rows += count;
    f(*page);
  }
  return rows;
}

/// Compares a state with the journal; nothing when the history is too long.
store_result<std::optional<std::string>>
compare_with_journal(messages::store& store, projection kind,
                     const domain::pubkey& key, const stored_state& stored,
                     size_t rows_max) {
  auto history = store.open_history(kind, key, stored.cursor.jpos);
  if (!history)
    return tl::make_unexpected(std::move(history.error()));
  auto& start = (*history)->start();
  auto damaged = [&key](domain::errc code) {
    return tl::make_unexpected(messages::store_error{
      code, "the baseline of " + domain::to_string(key) + " is damaged"});
  };
  auto text = std::string{};
  auto rows = store_result<size_t>{};
  // What a fold refuses (overflow) it refuses here as well.
  if (kind == projection::wallet) {
    auto ledger = messages::start_wallet(key, start);
    if (!ledger)
      return damaged(ledger.error());
    rows = fold(**history, rows_max, [&](auto& page) {
      for (auto& trade : page.trades)
        static_cast<void>(ledger->apply(trade));
    });
    text = compare(stored.wallet, *ledger);
  } else {
    auto ledger = messages::start_token(key, start);
    if (!ledger)
      return damaged(ledger.error());
    rows = fold(**history, rows_max, [&](auto& page) {
      for_each_in_chain_order(
        page, [&](auto& row) { static_cast<void>(ledger->apply(row)); });
    });
    ledger->finish_refold();
    text = compare(stored.token, *ledger);
  }
  if (!rows)
    return tl::make_unexpected(std::move(rows.error()));
  if (*rows > rows_max)
    return std::nullopt;
  if (*rows == 0 && !start.wallet.wallet && !start.token && stored.empty())
    text.clear();
  return text;
}

} // namespace

store_result<audit_result> audit_key(messages::store& store, projection kind,
                                     const domain::pubkey& key,
                                     size_t rows_max) {
  auto result = audit_result{};
  auto differences = 0;
  for (auto attempt = 0; attempt < attempts_max; ++attempt) {
    result.outcome = audit_outcome::busy;
    auto repaired = is_in_repair(store, kind, key);
    if (!repaired)
      return tl::make_unexpected(std::move(repaired.error()));
    if (*repaired)
      return result;
    auto stored = load_state(store, kind, key);
    if (!stored)
      return tl::make_unexpected(std::move(stored.error()));
    if (!*stored)
      continue;
    result.jpos = (*stored)->cursor.jpos;
    auto text = compare_with_journal(store, kind, key, **stored, rows_max);
    if (!text)
      return tl::make_unexpected(std::move(text.error()));
    result.outcome = !*text             ? audit_outcome::too_long
                     : (*text)->empty() ? audit_outcome::equal
                                        : audit_outcome::different;
    if (result.outcome != audit_outcome::different)
      return result;
    result.what = std::move(**text);
    // Twice: between the questions to a store that is written lie moments.
    if (++differences == 2)
      return result;
  }
  result.outcome = audit_outcome::busy;
  return result;
}

} // namespace pumpscope::actors
