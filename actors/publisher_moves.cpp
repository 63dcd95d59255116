// How a publisher follows partitions that change hands (pipeline_moves.cpp): it
// takes all that those before have to tell, then asks the others alone.

#include "actors/publisher.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace pumpscope::actors {

caf::typed_response_promise<atom::finished>
publisher_state::handle(const messages::moved_partitions& x) {
  moving = succession{};
  moving->to = x;
  moving->missing = x.wallets.size() + x.tokens.size();
  moving->promise = self->make_response_promise<atom::finished>();
  auto promise = moving->promise;
  auto indexes = std::vector<size_t>{};
  for (auto& [partition, handle] : x.wallets)
    indexes.push_back(partition);
  for (auto& [partition, handle] : x.tokens)
    indexes.push_back(links.wallets.size() + partition);
  for (auto index : indexes)
    if (!is_asked[index])
      succeed(index);
  return promise;
}

void publisher_state::succeed(size_t index) {
  if (!moving)
    return;
  auto is_wallets = index < links.wallets.size();
  auto number = is_wallets ? index : index - links.wallets.size();
  auto is_it = [number](auto& x) { return x.first == number; };
  auto& to = moving->to;
  if (is_wallets) {
    if (std::any_of(to.wallets.begin(), to.wallets.end(), is_it))
      take_rest<messages::wallet_changes>(links.wallets[number], index);
  } else if (std::any_of(to.tokens.begin(), to.tokens.end(), is_it)) {
    take_rest<messages::token_changes>(links.tokens[number], index);
  }
}

template <class Changes, class Partition>
void publisher_state::take_rest(const Partition& partition, size_t index) {
  // Without a sink there is nobody to tell, but holders are counted.
  auto whole = has_listener();
  auto request = messages::get_changes{};
  request.keys_max = whole ? config.keys_max : 0;
  request.delivered_jpos = std::min(rows_delivered, changes_delivered[index]);
  if constexpr (std::is_same_v<Changes, messages::wallet_changes>)
    request.holders_taken = holders.taken(index);
  is_asked[index] = true;
  self->request(partition, config.timeout, request)
    .then(
      [this, index, whole, partition](const std::shared_ptr<const Changes>& x) {
        is_asked[index] = false;
        // Another one failed: all begin anew.
        if (!moving)
          return;
        if constexpr (std::is_same_v<Changes, messages::wallet_changes>)
          holders.take(index, *x);
        if (whole)
          take(index, *x);
        release_tokens();
        if (whole && x->more) {
          take_rest<Changes>(partition, index);
        } else {
          // What it keeps for itself is a hole.
          moved_floors[index] = whole ? 0 : x->jpos;
          begin_with_successor(index);
        }
        pump();
      },
      [this, index](caf::error& err) {
        is_asked[index] = false;
        // Counts would lack something for ever: all has to begin anew.
        if (auto failed = std::exchange(moving, std::nullopt))
          failed->promise.deliver(std::move(err));
      });
}

void publisher_state::begin_with_successor(size_t index) {
  auto is_wallets = index < links.wallets.size();
  auto follow = [](auto& handles, auto& successors, size_t number) {
    auto i = std::find_if(successors.begin(), successors.end(),
                          [number](auto& x) { return x.first == number; });
    handles[number] = i->second;
    successors.erase(i);
  };
  if (is_wallets) {
    follow(links.wallets, moving->to.wallets, index);
    holders.begin_anew(index);
  } else {
    follow(links.tokens, moving->to.tokens, index - links.wallets.size());
  }
  // It tells what may not be delivered from the beginning, as after a start.
  resync[index] = true;
  if (has_answered[index]) {
    has_answered[index] = false;
    --answered;
  }
  loaded_behind.reset();
  if (--moving->missing > 0)
    return;
  boards_wait = false;
  auto promise = std::move(moving->promise);
  moving.reset();
  promise.deliver(atom::finished_v);
}

} // namespace pumpscope::actors
