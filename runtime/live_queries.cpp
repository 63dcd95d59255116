#include "runtime/live_queries.hpp"

#include "runtime/foreign_spawn.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/sec.hpp>

#include <atomic>
#include <optional>
#include <utility>

namespace pumpscope::runtime {

struct live_queries::counter {
  std::atomic<size_t> under_way = 0;
};

namespace {

query_failure failure_of(const caf::error& x) {
  return x == caf::sec::request_timeout ? query_failure::timeout
                                        : query_failure::unavailable;
}

} // namespace

live_queries::live_queries(live_queries_settings settings)
  : settings_{settings}, counter_{std::make_shared<counter>()} {
  // nop
}

void live_queries::connect(caf::actor_system& system,
                           messages::pipeline_actor pipeline) {
  auto guard = std::lock_guard{mutex_};
  system_ = &system;
  pipeline_ = std::move(pipeline);
}

void live_queries::disconnect() {
  auto guard = std::lock_guard{mutex_};
  system_ = nullptr;
  pipeline_ = nullptr;
}

template <class Answer, class... Ts>
void live_queries::ask(callback<Answer> done, Ts... xs) const {
  // Whoever asks next may do so from the callback: no lock is held there.
  auto refusal = std::optional<query_failure>{};
  {
    auto guard = std::lock_guard{mutex_};
    if (!system_)
      refusal = query_failure::unavailable;
    else if (counter_->under_way.load() >= settings_.questions_max)
      refusal = query_failure::busy;
    else {
      ++counter_->under_way;
      auto question = [pipeline = pipeline_, done, count = counter_,
                       limit = settings_.answer_max,
                       xs...](caf::event_based_actor* self) {
        self->request(pipeline, limit, xs...)
          .then(
            [done, count](const Answer& x) {
              --count->under_way;
              done(x);
            },
            [done, count](const caf::error& err) {
              --count->under_way;
              done(tl::unexpected{failure_of(err)});
            });
      };
      spawn_from_any_thread(*system_, std::move(question));
    }
  }
  if (refusal)
    done(tl::unexpected{*refusal});
}

void live_queries::wallet(const domain::pubkey& address,
                          callback<messages::wallet_view_ptr> done) const {
  ask<messages::wallet_view_ptr>(std::move(done), atom::get_v, address);
}

void live_queries::token(const domain::pubkey& mint,
                         callback<messages::token_view_ptr> done) const {
  ask<messages::token_view_ptr>(std::move(done), messages::get_token{mint});
}

void live_queries::board(const messages::get_board& request,
                         callback<messages::board_ptr> done) const {
  ask<messages::board_ptr>(std::move(done), request);
}

void live_queries::market(const messages::get_market& request,
                          callback<messages::market_ptr> done) const {
  ask<messages::market_ptr>(std::move(done), request);
}

void live_queries::totals(messages::get_totals request,
                          callback<messages::totals_by_wallet_ptr> done) const {
  ask<messages::totals_by_wallet_ptr>(std::move(done), std::move(request));
}

void live_queries::status(callback<messages::pipeline_status_ptr> done) const {
  ask<messages::pipeline_status_ptr>(std::move(done), atom::get_v);
}

size_t live_queries::under_way() const {
  return counter_->under_way.load();
}

} // namespace pumpscope::runtime
