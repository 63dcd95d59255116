// The lists of memory_store: everything is read and sorted, in the plainest
// way.

#include "domain/base58.hpp"
#include "messages/search_result.hpp"
#include "messages/store_checks.hpp"
#include "tests/support/memory_store.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <utility>

namespace pumpscope::test {

using namespace messages;

namespace {

constexpr auto no_limit = std::numeric_limits<size_t>::max();

template <class T>
tl::unexpected<store_error> error_of(store_result<T>& x) {
  return tl::make_unexpected(std::move(x.error()));
}

std::string lower_case(std::string_view text) {
  auto result = std::string{text};
  for (auto& c : result)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  return result;
}

/// How well a token matches, 0 best; nothing = it does not.
std::optional<size_t> tier_of(const token_row& row, std::string_view searched) {
  auto text = lower_case(searched);
  auto symbol = lower_case(row.symbol);
  auto name = lower_case(row.name);
  auto mint = domain::to_string(row.mint);
  if (symbol == text || mint == searched)
    return 0;
  if (symbol.starts_with(text))
    return 1;
  if (name.starts_with(text))
    return 2;
  auto inside = symbol.find(text) != std::string::npos
                || name.find(text) != std::string::npos;
  if ((inside && is_searched_inside(text))
      || (searched.size() >= address_prefix_min && mint.starts_with(searched)))
    return 3;
  return std::nullopt;
}

} // namespace

store_result<trade_list> memory_store::load_trades(const trade_query& x) {
  if (auto checked = check_query(x); !checked)
    return error_of(checked);
  auto rows = load_journal(0, std::numeric_limits<uint64_t>::max(), no_limit);
  if (!rows)
    return error_of(rows);
  auto voided = std::set<uint64_t>{};
  for (auto& row : rows->token_events)
    if (row.kind == domain::token_event_kind::slot_voided)
      voided.insert(row.position.slot);
  auto result = trade_list{};
  auto scanned = size_t{0};
  for (auto row = rows->trades.rbegin(); row != rows->trades.rend(); ++row) {
    if ((x.before_jpos != 0 && row->jpos >= x.before_jpos)
        || (x.mint && row->mint != *x.mint)
        || (x.wallet && row->wallet != *x.wallet))
      continue;
    if (scanned++ == x.scanned_max) {
      result.next_before = row->jpos + 1;
      return result;
    }
    if ((x.side && row->side != *x.side) || row->quote_units < x.quote_units_min
        || voided.contains(row->position.slot))
      continue;
    if (result.trades.size() == x.rows_max) {
      result.next_before = result.trades.back().jpos;
      return result;
    }
    result.trades.push_back(*row);
  }
  return result;
}

store_result<std::vector<candle_row>>
memory_store::load_candles(const candle_query& x) {
  if (auto checked = check_query(x); !checked)
    return error_of(checked);
  auto result = std::vector<candle_row>{};
  auto id = identity();
  auto done = visit_candles(
    domain::partition_of(x.mint, id.hash_seed, id.partitions), x.from,
    [&](const candle_row& row) {
      if (row.mint == x.mint && row.quote_mint == x.quote_mint
          && row.interval == x.interval && row.candle.open_time < x.to)
        result.push_back(row);
    });
  if (!done)
    return error_of(done);
  if (result.size() > x.rows_max)
    result.erase(result.begin(),
                 result.end() - static_cast<std::ptrdiff_t>(x.rows_max));
  return result;
}

store_result<std::vector<position_row>>
memory_store::load_holders(const holders_query& x) {
  if (auto checked = check_query(x); !checked)
    return error_of(checked);
  auto result = std::vector<position_row>{};
  for (auto i = 0U; i < identity().partitions; ++i) {
    auto done = visit_positions(i, [&](const position_row& row) {
      if (row.position.key.mint == x.mint && row.position.units > 0)
        result.push_back({row.wallet, row.position, {}});
    });
    if (!done)
      return error_of(done);
  }
  std::sort(result.begin(), result.end(), [](auto& a, auto& b) {
    if (a.position.units != b.position.units)
      return a.position.units > b.position.units;
    return std::tie(a.wallet, a.position.key.quote_mint)
           < std::tie(b.wallet, b.position.key.quote_mint);
  });
  if (result.size() > x.rows_max)
    result.resize(x.rows_max);
  return result;
}

store_result<std::vector<token_row>>
memory_store::search_tokens(const token_search& x) {
  if (auto checked = check_query(x); !checked)
    return error_of(checked);
  auto tiers = std::array<std::vector<token_row>, 4>{};
  for (auto i = 0U; i < identity().partitions; ++i) {
    auto done = visit_tokens(i, [&](const token_row& row) {
      if (auto tier = tier_of(row, x.text)) {
        tiers[*tier].push_back(row);
        tiers[*tier].back().blob.clear();
      }
    });
    if (!done)
      return error_of(done);
  }
  auto result = search_result{x.rows_max};
  for (auto& tier : tiers)
    result.add_tier(std::move(tier));
  return result.take();
}

store_result<std::vector<domain::pubkey>>
memory_store::search_wallets(std::string_view address_prefix, size_t rows_max) {
  if (auto checked = check_wallet_search(address_prefix, rows_max); !checked)
    return error_of(checked);
  auto found = std::map<std::string, domain::pubkey>{};
  for (auto i = 0U; i < identity().partitions; ++i) {
    auto done = visit_wallets(i, [&](const wallet_row& row) {
      if (auto text = domain::to_string(row.wallet);
          text.starts_with(address_prefix))
        found.emplace(std::move(text), row.wallet);
    });
    if (!done)
      return error_of(done);
  }
  auto result = std::vector<domain::pubkey>{};
  for (auto& entry : found)
    if (result.size() < rows_max)
      result.push_back(entry.second);
  return result;
}

} // namespace pumpscope::test
