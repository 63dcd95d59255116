#pragma once

#include "adapters/sqlite/database.hpp"
#include "domain/base58_prefix.hpp"
#include "messages/store.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pumpscope::adapters::sqlite {

/// Answers the searches of `messages::store`. Stateless: each call sees what is
/// committed.
class search_reader {
public:
  search_reader(database& db, const messages::store_identity& id)
    : db_(db), id_(id) {
  }

  std::vector<messages::token_row>
  search_tokens(const messages::token_search& x);
  std::vector<domain::pubkey> search_wallets(std::string_view address_prefix,
                                             size_t rows_max);

private:
  /// Tokens whose texts match a query of FTS5.
  std::vector<messages::token_row> find_texts(const std::string& query);

  /// Tokens whose mints are in ranges.
  std::vector<messages::token_row>
  find_mints(std::span<const domain::pubkey_range> ranges);

  database& db_;
  messages::store_identity id_;
};

} // namespace pumpscope::adapters::sqlite
