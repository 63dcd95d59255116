#include "adapters/postgres/search_reader.hpp"

#include "adapters/postgres/state_reader.hpp"
#include "domain/base58.hpp"
#include "domain/base58_prefix.hpp"
#include "messages/search_result.hpp"

#include <utility>

namespace pumpscope::adapters::postgres {

namespace {

/// Tokens that one tier of a search looks at; which ones, where more match, is
/// the server's choice.
constexpr auto candidates_max = "20000";

/// Returns the pattern of LIKE for this very text.
std::string escape_pattern(std::string_view text) {
  auto result = std::string{};
  for (auto c : text) {
    if (c == '%' || c == '_' || c == '\\')
      result += '\\';
    result += c;
  }
  return result;
}

/// The condition for keys in ranges; false where there are none.
std::string in_ranges(const std::string& column, std::string_view prefix) {
  auto result = std::string{"false"};
  if (auto ranges = domain::find_prefix_ranges(prefix))
    for (auto& x : *ranges)
      result += " OR " + column + " BETWEEN " + to_literal(x.first) + " AND "
                + to_literal(x.last);
  return "(" + result + ")";
}

} // namespace

std::vector<messages::token_row>
search_reader::search_tokens(const messages::token_search& x) {
  auto text = escape_pattern(x.text);
  return session_.read_list([&](pqxx::transaction_base& tx) {
    auto result = messages::search_result{x.rows_max};
    auto add_tier = [&](const std::string& condition,
                        const std::string& pattern) {
      // Those of earlier tiers are found again.
      auto rows_max = std::to_string(2 * x.rows_max);
      auto found = std::vector<messages::token_row>{};
      for (const auto& row : tx.exec_params(
             std::string{"SELECT "} + token_columns_without_blob
               + " FROM (SELECT * FROM token WHERE " + condition + " LIMIT "
               + candidates_max + ") t ORDER BY last_trade_at DESC, mint LIMIT "
               + rows_max,
             pattern))
        found.push_back(to_token(row));
      result.add_tier(std::move(found));
    };
    auto mint = domain::parse_pubkey(x.text);
    add_tier("symbol ILIKE $1"
               + (mint ? " OR mint = " + to_literal(*mint) : std::string{}),
             text);
    if (!result.full())
      add_tier("symbol ILIKE $1", text + "%");
    if (!result.full())
      add_tier("name ILIKE $1", text + "%");
    if (!result.full()) {
      auto inside = messages::is_searched_inside(x.text);
      auto condition = std::string{inside ? "symbol ILIKE $1 OR name ILIKE $1"
                                          : "$1::text IS NULL"};
      if (x.text.size() >= messages::address_prefix_min)
        condition += " OR " + in_ranges("mint", x.text);
      add_tier(condition, "%" + text + "%");
    }
    return result.take();
  });
}

std::vector<domain::pubkey>
search_reader::search_wallets(std::string_view address_prefix,
                              size_t rows_max) {
  auto result = std::vector<domain::pubkey>{};
  auto ranges = domain::find_prefix_ranges(address_prefix);
  if (!ranges)
    return result;
  session_.read_list([&](pqxx::transaction_base& tx) {
    result.clear();
    for (auto& x : *ranges)
      for (const auto& row :
           tx.exec("SELECT wallet FROM wallet WHERE wallet BETWEEN "
                   + to_literal(x.first) + " AND " + to_literal(x.last)
                   + " ORDER BY wallet LIMIT " + std::to_string(rows_max)))
        result.push_back(key_at<domain::pubkey>(row, 0));
  });
  domain::keep_first_by_text(result, rows_max);
  return result;
}

} // namespace pumpscope::adapters::postgres
