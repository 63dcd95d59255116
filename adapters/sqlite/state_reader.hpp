#pragma once

#include "adapters/sqlite/database.hpp"
#include "messages/store.hpp"

#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace pumpscope::adapters::sqlite {

/// Answers questions about stored states, as `messages::store` defines them.
/// Stateless: each call sees what is committed.
class state_reader {
public:
  state_reader(database& db, const messages::store_identity& id)
    : db_(db), id_(id) {
  }

  std::vector<messages::cursor_row> read_cursors();
  std::vector<messages::wallet_state_rows>
  load_wallets(std::span<const domain::pubkey> wallets);
  std::vector<std::optional<messages::token_row>>
  load_tokens(std::span<const domain::pubkey> mints);
  void visit_wallets(uint32_t partition,
                     const std::function<void(const messages::wallet_row&)>& f);
  void
  visit_positions(uint32_t partition,
                  const std::function<void(const messages::position_row&)>& f);
  void
  visit_holders(uint32_t partition,
                const std::function<void(const messages::holders_row&)>& f);
  void visit_wallet_buckets(
    uint32_t partition,
    const std::function<void(const domain::wallet_bucket&)>& f);
  void visit_tokens(uint32_t partition,
                    const std::function<void(const messages::token_row&)>& f);
  void visit_candles(uint32_t partition, int64_t since,
                     const std::function<void(const messages::candle_row&)>& f);

private:
  database& db_;
  messages::store_identity id_;
};

} // namespace pumpscope::adapters::sqlite
