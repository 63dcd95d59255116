#pragma once

#include "adapters/sqlite/database.hpp"
#include "messages/store.hpp"

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace pumpscope::adapters::sqlite {

/// Answers the lists of `messages::store` that have a key: trades, candles,
/// holders. Stateless: each call sees what is committed.
class list_reader {
public:
  list_reader(database& db, const messages::store_identity& id)
    : db_(db), id_(id) {
  }

  messages::trade_list load_trades(const messages::trade_query& x);
  std::vector<messages::candle_row>
  load_candles(const messages::candle_query& x);
  std::vector<messages::position_row>
  load_holders(const messages::holders_query& x);

private:
  /// Calls `f` with each stored position in a coin that has units.
  void visit_holders(const domain::pubkey& mint,
                     const std::function<void(const statement&)>& f);

  /// Finds who traded the coin, each once, by partition; false when the coin
  /// has so many trades that all positions are read sooner.
  bool find_traders(const domain::pubkey& mint,
                    std::vector<std::pair<uint32_t, domain::pubkey>>& found);

  database& db_;
  messages::store_identity id_;
};

} // namespace pumpscope::adapters::sqlite
