#pragma once

#include "domain/pubkey.hpp"
#include "messages/actors.hpp"
#include "messages/pipeline.hpp"

#include <tl/expected.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

namespace caf {
class actor_system;
}

namespace pumpscope::runtime {

/// Why a live question has no answer.
enum class query_failure : uint8_t {
  /// No pipeline runs, it is starting again, or it could not answer.
  unavailable,
  /// It did not answer in time.
  timeout,
  /// As many questions are under way as may be.
  busy,
};

struct live_queries_settings {
  /// How long the actors may take to answer.
  std::chrono::milliseconds answer_max = std::chrono::seconds{2};

  /// Questions under way at a time; more fail at once.
  size_t questions_max = 1'024;
};

/// Asks the actors of a running node on behalf of other threads, without making
/// them wait: each question names a function that takes the answer, or why
/// there is none. It is called once, from a thread of the actors or from the
/// one that asked, and must not block. Thread-safe.
class live_queries {
public:
  template <class Answer>
  using callback = std::function<void(tl::expected<Answer, query_failure>)>;

  explicit live_queries(live_queries_settings settings = {});

  live_queries(const live_queries&) = delete;
  live_queries& operator=(const live_queries&) = delete;

  /// From now on there is somebody to ask. `system` lives until `disconnect`.
  void connect(caf::actor_system& system, messages::pipeline_actor pipeline);

  /// Nobody is asked any more; what is under way is answered or fails.
  void disconnect();

  /// The state of a wallet, live or stored; one without trades is unknown.
  void wallet(const domain::pubkey& address,
              callback<messages::wallet_view_ptr> done) const;

  /// The state of a token, live or stored.
  void token(const domain::pubkey& mint,
             callback<messages::token_view_ptr> done) const;

  /// The first rows of a board.
  void board(const messages::get_board& request,
             callback<messages::board_ptr> done) const;

  /// The first rows of a list of tokens.
  void market(const messages::get_market& request,
              callback<messages::market_ptr> done) const;

  /// Totals of wallets, of all that could be asked in time.
  void totals(messages::get_totals request,
              callback<messages::totals_by_wallet_ptr> done) const;

  /// The counters of all actors.
  void status(callback<messages::pipeline_status_ptr> done) const;

  /// Questions that are under way.
  [[nodiscard]] size_t under_way() const;

private:
  struct counter;

  template <class Answer, class... Ts>
  void ask(callback<Answer> done, Ts... xs) const;

  live_queries_settings settings_;
  std::shared_ptr<counter> counter_;
  mutable std::mutex mutex_ = {};
  /// Guarded by the mutex.
  caf::actor_system* system_ = nullptr;
  messages::pipeline_actor pipeline_ = {};
};

} // namespace pumpscope::runtime
