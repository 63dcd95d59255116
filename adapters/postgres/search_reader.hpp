#pragma once

#include "adapters/postgres/columns.hpp"
#include "messages/store_queries.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pumpscope::adapters::postgres {

/// Answers the searches of `messages::store`. Throws.
class search_reader {
public:
  explicit search_reader(session& from) : session_(from) {
  }

  std::vector<messages::token_row>
  search_tokens(const messages::token_search& x);
  std::vector<domain::pubkey> search_wallets(std::string_view address_prefix,
                                             size_t rows_max);

private:
  session& session_;
};

} // namespace pumpscope::adapters::postgres
