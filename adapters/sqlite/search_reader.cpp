#include "adapters/sqlite/search_reader.hpp"

#include "adapters/sqlite/columns.hpp"
#include "adapters/sqlite/schema.hpp"
#include "adapters/sqlite/state_row.hpp"
#include "adapters/sqlite/token_text.hpp"
#include "domain/base58.hpp"
#include "messages/search_result.hpp"

#include <utility>

namespace pumpscope::adapters::sqlite {

namespace {

/// Tokens that one tier of a search looks at; the newest, where more match.
constexpr int64_t candidates_max = 5'000;

/// Returns what FTS5 takes for this very text: a string of its query language,
/// in which quotes are doubled and nothing else means anything.
std::string phrase(std::string_view column, std::string_view before,
                   std::string_view text, std::string_view after) {
  auto result = std::string{column};
  result.append(" : \"").append(before);
  for (auto c : text) {
    if (c == '"')
      result += c;
    result += c;
  }
  return result.append(after).append("\"");
}

} // namespace

std::vector<messages::token_row>
search_reader::search_tokens(const messages::token_search& x) {
  if (id_.version < text_search_version)
    throw failure{{domain::errc::store_version,
                   db_.path()
                     + " has an older store version: it is migrated when its "
                       "owner opens it"}};
  auto tx = transaction{db_, transaction::kind::read};
  auto result = messages::search_result{x.rows_max};
  auto by_text = [&](std::string_view column, std::string_view before,
                     std::string_view after) {
    return find_texts(phrase(column, before, x.text, after));
  };
  auto first = by_text("symbol", begin_mark, end_mark);
  if (auto mint = domain::parse_pubkey(x.text)) {
    auto whole = domain::pubkey_range{*mint, *mint};
    for (auto& row : find_mints({&whole, 1}))
      first.push_back(std::move(row));
  }
  result.add_tier(std::move(first));
  if (!result.full())
    result.add_tier(by_text("symbol", begin_mark, {}));
  if (!result.full())
    result.add_tier(by_text("name", begin_mark, {}));
  if (!result.full()) {
    auto others = std::vector<messages::token_row>{};
    if (messages::is_searched_inside(x.text))
      others = by_text("{symbol name}", {}, {});
    auto ranges = domain::find_prefix_ranges(x.text);
    if (ranges && x.text.size() >= messages::address_prefix_min)
      for (auto& row : find_mints(*ranges))
        others.push_back(std::move(row));
    result.add_tier(std::move(others));
  }
  tx.commit();
  return result.take();
}

std::vector<messages::token_row>
search_reader::find_texts(const std::string& query) {
  auto result = std::vector<messages::token_row>{};
  auto texts = db_.prepare("SELECT mint, symbol, name FROM token_text "
                           "WHERE token_text MATCH ? ORDER BY rowid DESC "
                           "LIMIT ?");
  auto token = db_.prepare(
    "SELECT part, mint, quote_mint, name, symbol, uri, creator, created_at, "
    "last_price_quote, last_price_token, last_trade_at, graduated, market_cap, "
    "reserve_breaks, x'' FROM token WHERE part = ? AND mint = ?");
  texts.bind(text_value{query}, candidates_max);
  while (texts.step()) {
    auto mint = domain::pubkey{};
    if (!from_bytes(texts.blob(0), mint))
      fail_damaged(db_, "a row of token_text");
    auto part = domain::partition_of(mint, id_.hash_seed, id_.partitions);
    if (token.bind(part, bytes_of(mint)).step()) {
      auto row = read_token(db_, token);
      // One whose texts changed since is there once more, as it is now.
      if (mark_text(row.symbol) == texts.blob(1)
          && mark_text(row.name) == texts.blob(2))
        result.push_back(std::move(row));
    }
    token.reset();
  }
  return result;
}

std::vector<messages::token_row>
search_reader::find_mints(std::span<const domain::pubkey_range> ranges) {
  auto result = std::vector<messages::token_row>{};
  auto select = db_.prepare(
    "SELECT part, mint, quote_mint, name, symbol, uri, creator, created_at, "
    "last_price_quote, last_price_token, last_trade_at, graduated, market_cap, "
    "reserve_breaks, x'' FROM token WHERE part = ? AND mint >= ? AND mint <= ? "
    "LIMIT ?");
  for (auto& range : ranges)
    for (auto part = 0U; part < id_.partitions; ++part) {
      auto left = candidates_max - static_cast<int64_t>(result.size());
      select.bind(part, bytes_of(range.first), bytes_of(range.last), left);
      while (select.step())
        result.push_back(read_token(db_, select));
      select.reset();
    }
  return result;
}

std::vector<domain::pubkey>
search_reader::search_wallets(std::string_view address_prefix,
                              size_t rows_max) {
  auto tx = transaction{db_, transaction::kind::read};
  auto result = std::vector<domain::pubkey>{};
  auto ranges = domain::find_prefix_ranges(address_prefix);
  if (!ranges)
    return result;
  auto select = db_.prepare("SELECT wallet FROM wallet WHERE part = ? "
                            "AND wallet >= ? AND wallet <= ? "
                            "ORDER BY wallet LIMIT ?");
  for (auto& range : *ranges)
    for (auto part = 0U; part < id_.partitions; ++part) {
      select.bind(part, bytes_of(range.first), bytes_of(range.last),
                  static_cast<uint64_t>(rows_max));
      while (select.step())
        if (!from_bytes(select.blob(0), result.emplace_back()))
          fail_damaged(db_, "a row of wallet");
      select.reset();
    }
  domain::keep_first_by_text(result, rows_max);
  tx.commit();
  return result;
}

} // namespace pumpscope::adapters::sqlite
