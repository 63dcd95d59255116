// How partitions change hands while the others go on:
//
//   1. The router passes no more epochs on to those that are replaced, and
//      tells when they have folded all before.
//   2. They make it durable. From here on they only answer.
//   3. Those that follow are spawned, here or on another node, and the router
//      passes on to them all epochs from one of its own choice on. What lies
//      between the two epochs they read from the journal, as at any start.
//   4. When they have, the publisher takes what the old ones have to tell; then
//      everybody asks the new ones.
//
// Both have the same fence: it does not tell them apart. What does is that an
// old one has nothing left to write when a new one begins. Where that cannot be
// had, because a node is slow to answer or gone, all start again with another
// fence.

#include "actors/pipeline.hpp"
#include "actors/remote_host.hpp"
#include "actors/remote_partition.hpp"
#include "domain/planted_bug.hpp"

#include <algorithm>
#include <utility>

namespace pumpscope::actors {

namespace {

/// How long those that are replaced stay for whoever waits for an answer of
/// them: longer than anybody does.
constexpr auto retirement = std::chrono::seconds{20};

} // namespace

void pipeline_state::handle_rebalance() {
  // Before its first boot, or between two, a generation asks anyway.
  auto idle = sequencer && !ended && !stopping && !draining && !after_children;
  if (!idle || move || !parts.rebalance)
    return;
  auto plan = parts.rebalance();
  if (plan.starts_again)
    end_children([this] { self->send(self, atom::go_v); });
  else if (!plan.takes.empty())
    begin_move(std::move(plan.takes));
}

template <class Answer, class Handle, class F, class... Ts>
void pipeline_state::ask_in_move(std::chrono::milliseconds timeout,
                                 const Handle& who, F go_on, const Ts&... xs) {
  auto of = generation;
  self->request(who, timeout, xs...)
    .then(
      [this, of, go_on](const Answer& x) {
        if (of == generation && move)
          go_on(x);
      },
      [this, of](caf::error& err) {
        if (of == generation && move)
          fail_move(err);
      });
}

messages::remote_host_actor
pipeline_state::host_named(const std::string& wanted) const {
  auto i = std::find_if(hosts.begin(), hosts.end(),
                        [&wanted](auto& x) { return x.name == wanted; });
  return i == hosts.end() ? messages::remote_host_actor{} : i->actor;
}

void pipeline_state::begin_move(std::vector<messages::host_share> takes) {
  auto targets = std::vector<messages::remote_host_actor>{};
  for (auto& share : takes) {
    auto to = share.link ? host_named(share.link->name())
                         : messages::remote_host_actor{};
    auto is_there = [&](auto index) {
      return (to || !share.link) && host_of[index] == to;
    };
    std::erase_if(share.partitions, is_there);
    targets.push_back(to);
  }
  std::erase_if(takes, [](auto& x) { return x.partitions.empty(); });
  if (takes.empty())
    return;
  move = std::make_unique<partition_move>();
  move->takes = std::move(takes);
  move->begun = parts.now();
  move->step = "those that have them do not fold all before";
  auto leaving = std::make_shared<messages::served_partitions>();
  for (auto& share : move->takes)
    move->partitions.insert(move->partitions.end(), share.partitions.begin(),
                            share.partitions.end());
  std::sort(move->partitions.begin(), move->partitions.end());
  auto of_host = std::map<caf::actor_addr, std::vector<uint32_t>>{};
  for (auto index : move->partitions)
    if (auto& host = host_of[index]) {
      of_host[host.address()].push_back(index);
    } else {
      leaving->wallets.push_back(wallets[index]);
      leaving->tokens.push_back(tokens[index]);
    }
  for (auto& host : hosts) {
    auto leaves = of_host.find(host.actor.address());
    if (leaves == of_host.end())
      continue;
    auto has = std::count(host_of.begin(), host_of.end(), host.actor);
    auto takes_others = std::find(targets.begin(), targets.end(), host.actor)
                        != targets.end();
    if (static_cast<size_t>(has) == leaves->second.size() && !takes_others) {
      move->hosts_left.push_back(host.actor);
      leaving->hosts_left.emplace_back(host.actor);
    }
    leaving->hosts.emplace_back(host.actor, std::move(leaves->second));
  }
  if (publisher)
    self->send(publisher, atom::leave_v);
  if (planted(domain::bug::move_leaves_nobody))
    leaving = std::make_shared<messages::served_partitions>();
  ask_in_move<messages::head_row>(
    config.fold_timeout, router,
    [this](const messages::head_row&) { flush_old(); }, atom::leave_v,
    messages::served_partitions_ptr{std::move(leaving)});
}

void pipeline_state::flush_old() {
  move->step = "they do not make all durable";
  if (planted(domain::bug::move_forgets_flush)) {
    join_new();
    return;
  }
  auto missing = std::make_shared<size_t>(2 * move->partitions.size());
  auto flushed = [this, missing](uint64_t) {
    if (--*missing == 0)
      join_new();
  };
  for (auto index : move->partitions) {
    ask_in_move<uint64_t>(config.move_timeout, wallets[index], flushed,
                          atom::flush_v);
    ask_in_move<uint64_t>(config.move_timeout, tokens[index], flushed,
                          atom::flush_v);
  }
}

void pipeline_state::join_new() {
  move->step = "the router does not pass epochs on to others";
  auto joining = std::make_shared<messages::served_partitions>();
  move->wallets.resize(move->partitions.size());
  move->tokens.resize(move->partitions.size());
  move->host_of.resize(move->partitions.size());
  for (auto& share : move->takes) {
    auto host = messages::remote_host_actor{};
    auto stands_for = remote_partition_config{};
    if (share.link) {
      stands_for.node = share.link->name();
      host = host_named(stands_for.node);
      if (!host) {
        spawn_remote_host(share.link, {});
        host = hosts.back().actor;
        introduce_host(host);
      }
      joining->hosts.emplace_back(host, share.partitions);
    }
    for (auto index : share.partitions) {
      auto found = std::lower_bound(move->partitions.begin(),
                                    move->partitions.end(), index);
      auto i = static_cast<size_t>(found - move->partitions.begin());
      stands_for.index = index;
      stands_for.serial = ++stand_ins_total;
      move->host_of[i] = host;
      move->wallets[i]
        = host ? adopt(self->spawn(remote_wallet_partition, stands_for, host))
               : spawn_wallet_partition(index, true);
      move->tokens[i]
        = host ? adopt(self->spawn(remote_token_partition, stands_for, host))
               : spawn_token_partition(index, true);
      if (host)
        continue;
      joining->wallets.push_back(move->wallets[i]);
      joining->tokens.push_back(move->tokens[i]);
    }
  }
  if (planted(domain::bug::move_joins_nobody))
    joining = std::make_shared<messages::served_partitions>();
  ask_in_move<messages::head_row>(
    config.move_timeout, router,
    [this](messages::head_row from) {
      if (planted(domain::bug::move_misses_rows))
        from.jpos = 0;
      // One of another node starts from what its host was told.
      for (auto& partition : move->wallets)
        self->send(partition, atom::start_v, from);
      for (auto& partition : move->tokens)
        self->send(partition, atom::start_v, from);
      await_new();
    },
    atom::join_v, messages::served_partitions_ptr{std::move(joining)});
}

void pipeline_state::await_new() {
  move->step = "others do not load them";
  auto missing = std::make_shared<size_t>(2 * move->partitions.size());
  auto started = [this, missing](atom::finished) {
    if (--*missing == 0)
      hand_over();
  };
  for (auto& partition : move->wallets)
    ask_in_move<atom::finished>(config.move_timeout, partition, started,
                                atom::start_v);
  for (auto& partition : move->tokens)
    ask_in_move<atom::finished>(config.move_timeout, partition, started,
                                atom::start_v);
}

void pipeline_state::hand_over() {
  move->step = "the publisher does not follow";
  // Boards wait for the publisher, who asks those that have the new ones.
  auto boards = std::make_shared<messages::board_links>();
  auto lists = std::make_shared<messages::market_links>();
  auto moved = std::make_shared<messages::moved_partitions>();
  boards->partitions = wallets;
  lists->partitions = tokens;
  for (size_t i = 0; i < move->partitions.size(); ++i) {
    auto index = move->partitions[i];
    boards->partitions[index] = move->wallets[i];
    lists->partitions[index] = move->tokens[i];
    moved->wallets.emplace_back(index, move->wallets[i]);
    moved->tokens.emplace_back(index, move->tokens[i]);
  }
  self->send(leaderboard, messages::board_links_ptr{std::move(boards)});
  self->send(market, messages::market_links_ptr{std::move(lists)});
  if (publisher)
    ask_in_move<atom::finished>(
      config.move_timeout, publisher,
      [this](atom::finished) { settle_accounts(); },
      messages::moved_partitions_ptr{std::move(moved)});
  else
    settle_accounts();
}

void pipeline_state::settle_accounts() {
  auto missing = std::make_shared<size_t>(2 * move->partitions.size());
  auto of = generation;
  auto one_less = [this, missing, of] {
    if (--*missing == 0 && of == generation && move)
      finish_move();
  };
  auto ask = [&](const auto& who) {
    self->request(who, config.view_timeout, atom::status_v)
      .then(
        [this, one_less](const caf::settings& x) {
          note_replaced(x);
          one_less();
        },
        // Counts are not worth a start.
        [one_less](caf::error&) { one_less(); });
  };
  for (auto index : move->partitions) {
    ask(wallets[index]);
    ask(tokens[index]);
  }
}

void pipeline_state::finish_move() {
  auto done = std::move(move);
  auto dropped = std::map<caf::actor_addr, std::vector<uint32_t>>{};
  auto ending = std::vector<caf::strong_actor_ptr>{};
  auto retire = [&](const auto& child) {
    children.erase(child.address());
    ending.push_back(caf::actor_cast<caf::strong_actor_ptr>(child));
  };
  for (size_t i = 0; i < done->partitions.size(); ++i) {
    auto index = done->partitions[i];
    if (auto& host = host_of[index])
      dropped[host.address()].push_back(index);
    retire(std::exchange(wallets[index], done->wallets[i]));
    retire(std::exchange(tokens[index], done->tokens[i]));
    host_of[index] = done->host_of[i];
  }
  std::erase_if(hosts, [&](hosting& x) {
    auto& left = done->hosts_left;
    auto ends = std::find(left.begin(), left.end(), x.actor) != left.end();
    if (ends) {
      children.erase(x.actor.address());
      self->send_exit(x.actor, caf::exit_reason::user_shutdown);
    } else if (auto of = dropped.find(x.actor.address()); of != dropped.end()) {
      self->send(x.actor, messages::partitions_dropped{std::move(of->second)});
    }
    return ends;
  });
  retired.push_back(std::move(ending));
  self->delayed_send(self, retirement, atom::leave_v);
  ++moves_total;
  auto seconds = std::chrono::duration<double>{parts.now() - done->begun};
  move_seconds_max = std::max(move_seconds_max, seconds.count());
  introduce_inspector();
  if (done->drained)
    handle_drained();
  else
    // There may be more than may move at once.
    handle_rebalance();
}

void pipeline_state::end_retired() {
  // Of those whose generation ended there are none.
  if (retired.empty())
    return;
  for (auto& child : retired.front())
    self->send_exit(caf::actor_cast<caf::actor>(child),
                    caf::exit_reason::user_shutdown);
  retired.pop_front();
}

void pipeline_state::fail_move(const caf::error& why) {
  // Who died is known from its down message.
  if (why == caf::sec::request_receiver_down)
    return;
  ++moves_failed_total;
  if (parts.on_move_failed)
    parts.on_move_failed(move->step + ": " + to_string(why));
  // When all is journaled, what is not stored yet is folded by the next start.
  auto drained = move->drained;
  end_children([this, drained, why] {
    if (stopping)
      finish(drained ? caf::error{} : why);
    else
      self->send(self, atom::go_v);
  });
}

} // namespace pumpscope::actors
