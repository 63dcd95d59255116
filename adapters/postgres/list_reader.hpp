#pragma once

#include "adapters/postgres/columns.hpp"
#include "messages/store_queries.hpp"

#include <vector>

namespace pumpscope::adapters::postgres {

/// Answers the lists of `messages::store` that have a key: trades, candles,
/// holders. Throws.
class list_reader {
public:
  explicit list_reader(session& from) : session_(from) {
  }

  messages::trade_list load_trades(const messages::trade_query& x);
  std::vector<messages::candle_row>
  load_candles(const messages::candle_query& x);
  std::vector<messages::position_row>
  load_holders(const messages::holders_query& x);

private:
  session& session_;
};

} // namespace pumpscope::adapters::postgres
