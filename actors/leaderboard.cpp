#include "actors/leaderboard.hpp"

#include "domain/leaderboard.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

namespace pumpscope::actors {

namespace {

/// The answers of one request so far.
struct collection {
  messages::get_board query = {};
  size_t missing = 0;
  bool failed = false;
  messages::board board = {0, std::numeric_limits<uint64_t>::max(), {}};
  caf::typed_response_promise<messages::board_ptr> promise = {};
};

void add(const std::shared_ptr<collection>& into, const messages::board& x) {
  auto& board = into->board;
  board.chain_time = std::max(board.chain_time, x.chain_time);
  board.jpos = std::min(board.jpos, x.jpos);
  board.rows.insert(board.rows.end(), x.rows.begin(), x.rows.end());
  if (--into->missing > 0 || into->failed)
    return;
  auto& query = into->query;
  auto result = std::make_shared<messages::board>(std::move(board));
  result->rows = domain::make_board(std::move(result->rows), query.by,
                                    query.side, query.rows);
  into->promise.deliver(messages::board_ptr{std::move(result)});
}

} // namespace

caf::typed_response_promise<messages::board_ptr>
leaderboard_state::handle(const messages::get_board& x) {
  auto measured = handlers.measure();
  ++requests_total;
  auto state = std::make_shared<collection>();
  state->query = x;
  state->missing = partitions.size();
  state->promise = self->make_response_promise<messages::board_ptr>();
  for (auto& partition : partitions)
    self->request(partition, config.timeout, x)
      .then([state](const messages::board_ptr& part) { add(state, *part); },
            [state](caf::error& err) {
              if (!std::exchange(state->failed, true))
                state->promise.deliver(std::move(err));
            });
  return state->promise;
}

caf::settings leaderboard_state::status() const {
  auto result = caf::settings{};
  put(result, "requests_total", requests_total);
  put(result, "partitions", static_cast<uint64_t>(partitions.size()));
  put(result, "mailbox", static_cast<uint64_t>(self->mailbox().size()));
  handlers.put_into(result);
  return result;
}

messages::leaderboard_actor::behavior_type leaderboard(
  messages::leaderboard_actor::stateful_pointer<leaderboard_state> self,
  leaderboard_config config,
  std::vector<messages::wallet_partition_actor> partitions) {
  self->state.self = self;
  self->state.config = config;
  self->state.partitions = std::move(partitions);
  return {
    [self](atom::status) { return self->state.status(); },
    [self](const messages::board_links_ptr& x) {
      self->state.partitions = x->partitions;
    },
    [self](const messages::get_board& x) { return self->state.handle(x); },
  };
}

} // namespace pumpscope::actors
