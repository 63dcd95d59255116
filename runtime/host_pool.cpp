#include "runtime/host_pool.hpp"

#include "domain/partition_balance.hpp"
#include "runtime/peer_host_link.hpp"

#include <algorithm>
#include <utility>

namespace pumpscope::runtime {

namespace {

std::vector<domain::balance_member>
balance_of(const std::vector<messages::member_row>& nodes) {
  auto result = std::vector<domain::balance_member>{};
  for (auto& x : nodes)
    result.push_back({x.self.id, 1, x.draining});
  return result;
}

} // namespace

host_pool::host_pool(std::shared_ptr<cluster_seat> seat,
                     std::shared_ptr<peer::peer_network> network,
                     host_pool_settings settings)
  : seat_(std::move(seat)),
    network_(std::move(network)),
    settings_(std::move(settings)),
    lost_{settings_.distrust, settings_.distrust_max},
    slow_{settings_.slow_distrust, settings_.slow_distrust_max},
    answers_(std::make_shared<answers>()) {
}

bool host_pool::is_trusted(const messages::member& node,
                           clock::time_point now) const {
  if (lost_.contains(node.name, now))
    return false;
  if (std::find(owners_.begin(), owners_.end(), node.id) != owners_.end())
    return true;
  auto guard = std::lock_guard{answers_->mutex};
  auto answered = answers_->until.find(node.id);
  return answered != answers_->until.end() && now < answered->second;
}

std::vector<messages::member_row> host_pool::candidates() const {
  auto view = seat_->view();
  auto& us = seat_->self();
  auto result = std::vector<messages::member_row>{};
  result.push_back({us, false, true, {}, {}});
  auto now = clock::now();
  for (auto& x : view.members)
    if (x.self.id != us.id && x.alive && x.self.build == us.build
        && is_trusted(x.self, now)) {
      result.push_back(x);
      if (slow_.contains(x.self.name, now))
        result.back().draining = true;
    }
  return result;
}

void host_pool::look() {
  for (auto& x : seat_->view().members) {
    if (x.self.id == seat_->self().id || !x.alive || x.self.peer.empty())
      continue;
    auto question = http::request{};
    question.method = "GET";
    question.target = std::string{hosting_path::ready}
                      + "?layout=" + std::to_string(messages::hosting_layout());
    network_->ask(x.self.peer, std::move(question),
                  [to = answers_, id = x.self.id,
                   trust = settings_.trust](const http::response& answer) {
                    if (answer.status != 200)
                      return;
                    auto guard = std::lock_guard{to->mutex};
                    to->until[id] = clock::now() + trust;
                  });
  }
}

std::shared_ptr<messages::host_link>
host_pool::link_to(const messages::member& node) {
  return std::make_shared<peer_host_link>(
    network_, node.name, node.peer,
    [weak = weak_from_this(), name = node.name](const std::string& why) {
      if (auto self = weak.lock())
        self->note_lost(name, why);
    },
    [weak = weak_from_this(), name = node.name] {
      if (auto self = weak.lock())
        self->note_slow(name);
    });
}

void host_pool::tell_shares() {
  auto shares = std::map<uint64_t, size_t>{};
  for (auto& owner : owners_)
    if (owner)
      ++shares[*owner];
  auto text = std::string{};
  for (auto& node : candidates())
    text += (text.empty() ? "" : ", ") + node.self.name + " "
            + std::to_string(shares[node.self.id]);
  if (settings_.on_change)
    settings_.on_change(text, shares[seat_->self().id]);
}

std::vector<messages::host_share>
host_pool::share_out(uint32_t partition_count) {
  auto result = std::vector<messages::host_share>{};
  auto guard = std::lock_guard{mutex_};
  auto now = clock::now();
  {
    auto locked = std::lock_guard{answers_->mutex};
    std::erase_if(answers_->until, [now](auto& x) { return x.second <= now; });
  }
  auto nodes = candidates();
  owners_.resize(partition_count);
  auto members = balance_of(nodes);
  // A round moves a part of them; all begin anew here, so none has to wait.
  for (auto round = uint32_t{0}; round < partition_count; ++round) {
    auto moves = domain::plan_moves(members, owners_, partition_count);
    if (moves.empty())
      break;
    for (auto& move : moves)
      owners_[move.partition] = move.to;
  }
  changed_at_ = clock::now();
  // A round that did not come to its end.
  if (std::exchange(round_begun_, {}))
    round_max_ = 1;
  for (auto& node : nodes) {
    auto share = messages::host_share{};
    for (uint32_t i = 0; i < partition_count; ++i)
      if (owners_[i] == node.self.id)
        share.partitions.push_back(i);
    if (share.partitions.empty() || node.self.id == seat_->self().id)
      continue;
    share.link = link_to(node.self);
    result.push_back(std::move(share));
  }
  tell_shares();
  return result;
}

messages::rebalance_plan host_pool::next_moves() {
  auto result = messages::rebalance_plan{};
  auto guard = std::lock_guard{mutex_};
  if (round_begun_)
    round_max_ = domain::next_moves_max(
      round_max_, std::chrono::duration_cast<std::chrono::milliseconds>(
                    clock::now() - *std::exchange(round_begun_, {})));
  auto nodes = candidates();
  auto planned = owners_;
  for (auto& [partition, wanted] : wanted_) {
    auto is_it = [id = wanted](auto& x) { return x.self.id == id; };
    if (std::any_of(nodes.begin(), nodes.end(), is_it))
      planned[partition] = wanted;
  }
  // How long a round takes with a slow node says nothing about what is moved,
  // and the others wait for it anyway.
  auto hurries = std::any_of(nodes.begin(), nodes.end(), [this](auto& x) {
    return slow_.contains(x.self.name, clock::now())
           && std::find(owners_.begin(), owners_.end(), x.self.id)
                != owners_.end();
  });
  auto moves = domain::plan_moves(balance_of(nodes), planned,
                                  hurries ? domain::balance_moves_max
                                          : round_max_);
  for (auto& move : moves) {
    // Nobody is there who could hand it over.
    if (!move.from)
      result.starts_again = true;
    planned[move.partition] = move.to;
  }
  // What is wanted is planned anew behind a start.
  if (result.starts_again)
    return result;
  wanted_.clear();
  if (planned == owners_)
    return result;
  for (auto& node : nodes) {
    auto share = messages::host_share{};
    for (uint32_t i = 0; i < planned.size(); ++i)
      if (planned[i] == node.self.id && planned[i] != owners_[i])
        share.partitions.push_back(i);
    if (share.partitions.empty())
      continue;
    if (node.self.id != seat_->self().id)
      share.link = link_to(node.self);
    result.takes.push_back(std::move(share));
  }
  owners_ = std::move(planned);
  changed_at_ = clock::now();
  if (!hurries)
    round_begun_ = changed_at_;
  tell_shares();
  return result;
}

bool host_pool::is_outdated() const {
  auto guard = std::lock_guard{mutex_};
  if (!wanted_.empty())
    return true;
  if (owners_.empty())
    return false;
  auto members = balance_of(candidates());
  auto moves = domain::plan_moves(members, owners_);
  if (moves.empty() || clock::now() - changed_at_ >= settings_.round_period)
    return !moves.empty();
  // One that is about to end waits for it.
  auto is_going = [&moves](auto& x) {
    return x.draining && std::any_of(moves.begin(), moves.end(), [&x](auto& y) {
             return y.from == x.node;
           });
  };
  return std::any_of(members.begin(), members.end(), is_going);
}

std::string host_pool::move(uint32_t partition, const std::string& node) {
  auto guard = std::lock_guard{mutex_};
  if (partition >= owners_.size())
    return "there is no such partition";
  auto nodes = candidates();
  auto to = std::find_if(nodes.begin(), nodes.end(), [&node](auto& x) {
    return x.self.name == node && !x.draining;
  });
  if (to == nodes.end())
    return "no node of this name can have partitions now";
  auto planned = owners_;
  for (auto& [other, owner] : wanted_)
    planned[other] = owner;
  if (planned[partition] == to->self.id)
    return "it is there already";
  planned[partition] = to->self.id;
  if (!domain::plan_moves(balance_of(nodes), planned).empty())
    return "it would not stay there: some node would have too many, or too few";
  wanted_[partition] = to->self.id;
  return {};
}

void host_pool::note_lost(const std::string& name, const std::string& why) {
  {
    auto guard = std::lock_guard{mutex_};
    lost_.note(name, clock::now());
  }
  if (settings_.on_trouble)
    settings_.on_trouble("node " + name + " lost its partitions: " + why);
}

void host_pool::note_slow(const std::string& name) {
  auto lasts = std::chrono::milliseconds{};
  {
    auto guard = std::lock_guard{mutex_};
    auto now = clock::now();
    // It is giving them away already.
    if (slow_.contains(name, now))
      return;
    lasts = slow_.note(name, now);
  }
  auto seconds = std::chrono::ceil<std::chrono::seconds>(lasts).count();
  if (settings_.on_trouble)
    settings_.on_trouble("node " + name
                         + " is too slow for its partitions: it has none for "
                         + std::to_string(seconds) + " s");
}

} // namespace pumpscope::runtime
