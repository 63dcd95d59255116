#include "actors/router.hpp"

#include <algorithm>
#include <utility>

namespace pumpscope::actors {

namespace {

/// Rows of one lane before they are sorted by partition.
class lane_builder {
public:
  lane_builder(messages::routed_epoch::lane& lane, uint32_t partitions)
    : lane_{lane}, partitions_{partitions} {
    lane_.begins.assign(partitions + 1, 0);
    lane_.repairs.resize(partitions);
  }

  void add(messages::row_ref row, uint32_t partition) {
    rows_.emplace_back(row, partition);
    ++lane_.begins[partition + 1];
  }

  /// Counting sort: rows keep their chain order within a partition.
  void finish() {
    for (uint32_t i = 0; i < partitions_; ++i)
      lane_.begins[i + 1] += lane_.begins[i];
    auto next = lane_.begins;
    lane_.rows.resize(rows_.size());
    for (auto [row, partition] : rows_)
      lane_.rows[next[partition]++] = row;
  }

private:
  messages::routed_epoch::lane& lane_;
  uint32_t partitions_;
  std::vector<std::pair<messages::row_ref, uint32_t>> rows_ = {};
};

} // namespace

messages::routed_epoch_ptr route(const messages::epoch_ptr& x,
                                 const router_config& config) {
  auto result = std::make_shared<messages::routed_epoch>();
  result->epoch = x;
  auto wallets = lane_builder{result->wallets, config.partitions};
  auto tokens = lane_builder{result->tokens, config.partitions};
  auto partition_of = [&config](const domain::pubkey& key) {
    return domain::partition_of(key, config.hash_seed, config.partitions);
  };
  // Repairs are rare: a sorted list of the rows they name is enough.
  auto behind = [&x](messages::projection kind) {
    auto positions = std::vector<uint64_t>{};
    for (auto& repair : x->repairs)
      if (repair.kind == kind)
        positions.push_back(repair.jpos);
    std::sort(positions.begin(), positions.end());
    return positions;
  };
  auto wallet_repairs = behind(messages::projection::wallet);
  auto token_repairs = behind(messages::projection::token);
  auto contains = [](const std::vector<uint64_t>& xs, uint64_t jpos) {
    return !xs.empty() && std::binary_search(xs.begin(), xs.end(), jpos);
  };
  messages::for_each_row(*x, [&](messages::row_ref row, uint64_t jpos) {
    auto is_event = (row & messages::token_event_bit) != 0;
    auto index = row & ~messages::token_event_bit;
    auto& mint = is_event ? x->token_events[index].mint : x->trades[index].mint;
    if (!contains(token_repairs, jpos))
      tokens.add(row, partition_of(mint));
    if (!is_event && !contains(wallet_repairs, jpos))
      wallets.add(row, partition_of(x->trades[index].wallet));
  });
  wallets.finish();
  tokens.finish();
  for (auto& repair : x->repairs) {
    auto& lane = repair.kind == messages::projection::wallet ? result->wallets
                                                             : result->tokens;
    lane.repairs[partition_of(repair.key)].push_back(repair);
  }
  return result;
}

void router_state::handle(const messages::epoch_committed& x) {
  auto measured = handlers.measure();
  auto routed = route(x.epoch, config);
  if (publisher)
    self->send(publisher, x);
  folding.push_back(
    {x.epoch->after.epoch, wallets.size() + tokens.size(), hosts.size()});
  ++epochs_total;
  head = x.epoch->after;
  tracer.report(self, messages::traced_progress{
                        messages::stage::journal, x.epoch->after.epoch,
                        std::chrono::steady_clock::now()});
  for (auto& partition : wallets)
    self->send(partition, routed);
  for (auto& partition : tokens)
    self->send(partition, routed);
  for (auto& host : hosts)
    self->send(host, routed);
  // Between two owners a partition has none.
  complete_epochs();
}

void router_state::handle(const messages::epoch_applied& x) {
  auto measured = handlers.measure();
  auto* epoch = find(x.epoch);
  if (epoch == nullptr)
    return;
  if (--epoch->missing_here == 0)
    for (auto& host : hosts)
      self->send(host, messages::epoch_folded_here{x.epoch});
  complete_epochs();
}

void router_state::handle(const messages::host_applied& x) {
  auto measured = handlers.measure();
  auto* epoch = find(x.epoch);
  if (epoch == nullptr)
    return;
  --epoch->missing_hosts;
  complete_epochs();
}

router_state::folding_epoch* router_state::find(uint64_t number) {
  auto i = std::ranges::lower_bound(folding, number, {},
                                    &folding_epoch::number);
  return i == folding.end() || i->number != number ? nullptr : &*i;
}

void router_state::complete_epochs() {
  // Each partition folds in order, so epochs complete in order.
  auto is_done = [](auto& x) {
    return x.missing_here == 0 && x.missing_hosts == 0;
  };
  while (!folding.empty() && is_done(folding.front())) {
    completed_epoch = folding.front().number;
    folding.pop_front();
    tracer.report(
      self, messages::traced_progress{messages::stage::fold, completed_epoch,
                                      std::chrono::steady_clock::now()});
    // The publisher first: the sequencer may say at once that all is done, and
    // then the publisher is asked to tell all there is.
    if (publisher)
      self->send(publisher, messages::epoch_completed{completed_epoch});
    self->send(sequencer, messages::epoch_completed{completed_epoch});
  }
  std::erase_if(leavings, [this](auto& leaves) {
    auto done = folding.empty() || leaves.head.epoch < folding.front().number;
    if (done)
      leaves.promise.deliver(leaves.head);
    return done;
  });
}

caf::typed_response_promise<messages::head_row>
router_state::handle_leave(const messages::served_partitions& x) {
  auto has = [](const auto& handles) {
    return [&handles](const auto& handle) {
      return std::find(handles.begin(), handles.end(), handle) != handles.end();
    };
  };
  std::erase_if(wallets, has(x.wallets));
  std::erase_if(tokens, has(x.tokens));
  for (auto& [host, partitions] : x.hosts)
    self->send(host, messages::partitions_left{partitions});
  std::erase_if(hosts, has(x.hosts_left));
  auto promise = self->make_response_promise<messages::head_row>();
  if (folding.empty())
    promise.deliver(head);
  else
    leavings.push_back({head, promise});
  return promise;
}

messages::head_row
router_state::handle_join(const messages::served_partitions& x) {
  wallets.insert(wallets.end(), x.wallets.begin(), x.wallets.end());
  tokens.insert(tokens.end(), x.tokens.begin(), x.tokens.end());
  for (auto& [host, partitions] : x.hosts) {
    self->send(host, messages::partitions_joined{head, partitions});
    if (std::find(hosts.begin(), hosts.end(), host) == hosts.end())
      hosts.push_back(host);
  }
  return head;
}

caf::settings router_state::status() const {
  auto result = caf::settings{};
  put(result, "epochs_total", epochs_total);
  put(result, "committed_jpos", head.jpos);
  put(result, "completed_epoch", completed_epoch);
  put(result, "folding", static_cast<uint64_t>(folding.size()));
  put(result, "mailbox", static_cast<uint64_t>(self->mailbox().size()));
  handlers.put_into(result);
  return result;
}

messages::router_actor::behavior_type
router(messages::router_actor::stateful_pointer<router_state> self,
       router_config config) {
  self->state.self = self;
  self->state.config = config;
  return {
    [self](atom::status) { return self->state.status(); },
    [self](const messages::epoch_committed& x) { self->state.handle(x); },
    [self](const messages::epoch_applied& x) { self->state.handle(x); },
    [self](const messages::host_applied& x) { self->state.handle(x); },
    [self](atom::leave, const messages::served_partitions_ptr& x) {
      return self->state.handle_leave(*x);
    },
    [self](atom::join, const messages::served_partitions_ptr& x) {
      return self->state.handle_join(*x);
    },
    [self](const messages::breaks_found_ptr& x) { self->state.pass_on(x); },
    [self](const messages::repair_wanted& x) { self->state.pass_on(x); },
    [self](const messages::router_links_ptr& x) {
      self->state.head = x->head;
      self->state.sequencer = x->sequencer;
      self->state.wallets = x->wallets;
      self->state.tokens = x->tokens;
      self->state.hosts = x->hosts;
      self->state.publisher = x->publisher;
      self->state.tracer = x->tracer;
    },
  };
}

} // namespace pumpscope::actors
