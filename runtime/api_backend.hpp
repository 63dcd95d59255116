#pragma once

#include "adapters/api/backend.hpp"
#include "adapters/hub/hub.hpp"
#include "runtime/live_queries.hpp"
#include "runtime/read_pool.hpp"

#include <memory>
#include <mutex>

namespace pumpscope::runtime {

/// Whom the routes of the API ask: the actors by way of `live_queries`, the hub
/// for lists, and a pool of readers for history.
class api_backend : public api::backend {
public:
  api_backend(std::shared_ptr<hub::hub> hub,
              std::shared_ptr<live_queries> queries,
              std::shared_ptr<read_pool> readers);

  /// What `facts` tells from now on.
  void set_facts(api::node_facts x);

  [[nodiscard]] api::node_facts_ptr facts() const override;

  [[nodiscard]] api::token_list_ptr tokens() const override;

  [[nodiscard]] api::token_entry
  token(const domain::pubkey& mint) const override;

  [[nodiscard]] std::shared_ptr<const messages::market_publication>
  market() const override;

  void ask_token(const domain::pubkey& mint,
                 api::answer<messages::token_view_ptr> done) override;

  void ask_wallet(const domain::pubkey& wallet,
                  api::answer<messages::wallet_view_ptr> done) override;

  void ask_board(const messages::get_board& request,
                 api::answer<messages::board_ptr> done) override;

  void ask_totals(std::vector<domain::pubkey> wallets,
                  api::answer<messages::totals_by_wallet_ptr> done) override;

  bool read(api::store_read run, std::function<void()> dropped) override;

private:
  std::shared_ptr<hub::hub> hub_;
  std::shared_ptr<live_queries> queries_;
  std::shared_ptr<read_pool> readers_;
  mutable std::mutex mutex_ = {};
  /// Guarded by the mutex; never null.
  api::node_facts_ptr facts_ = std::make_shared<const api::node_facts>();
  /// The last list of the directory, and what it was made of.
  mutable hub::token_list_ptr listed_ = {};
  mutable api::token_list_ptr tokens_
    = std::make_shared<const std::vector<api::token_entry>>();
};

/// Guesses the times that gaps may lie in from the slots around them.
std::vector<api::known_gap> known_gaps(messages::store& store,
                                       std::vector<messages::gap_row> gaps);

} // namespace pumpscope::runtime
