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
    answers_(std::make_shared<answers>()) {
}

bool host_pool::is_trusted(const messages::member& node,
                           clock::time_point now) const {
  auto failed = failures_.find(node.name);
  if (failed != failures_.end() && now < failed->second.until)
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
        && is_trusted(x.self, now))
      result.push_back(x);
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

std::vector<messages::host_share>
host_pool::share_out(uint32_t partition_count) {
  auto told = std::string{};
  auto result = std::vector<messages::host_share>{};
  {
    auto guard = std::lock_guard{mutex_};
    auto now = clock::now();
    {
      auto locked = std::lock_guard{answers_->mutex};
      std::erase_if(answers_->until,
                    [now](auto& x) { return x.second <= now; });
    }
    // What follows soon behind the end of a failure is the next of a row.
    std::erase_if(failures_, [now](auto& x) {
      return x.second.until + 2 * x.second.lasts <= now;
    });
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
    for (auto& node : nodes) {
      auto share = messages::host_share{};
      for (uint32_t i = 0; i < partition_count; ++i)
        if (owners_[i] == node.self.id)
          share.partitions.push_back(i);
      told += (told.empty() ? "" : ", ") + node.self.name + " "
              + std::to_string(share.partitions.size());
      if (share.partitions.empty() || node.self.id == seat_->self().id)
        continue;
      share.link = std::make_shared<peer_host_link>(
        network_, node.self.name, node.self.peer,
        [weak = weak_from_this(),
         name = node.self.name](const std::string& why) {
          if (auto self = weak.lock())
            self->note_lost(name, why);
        });
      result.push_back(std::move(share));
    }
  }
  if (settings_.on_change)
    settings_.on_change(told);
  return result;
}

bool host_pool::is_outdated() const {
  auto guard = std::lock_guard{mutex_};
  if (owners_.empty() || clock::now() - changed_at_ < settings_.round_period)
    return false;
  return !domain::plan_moves(balance_of(candidates()), owners_).empty();
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
  if (owners_[partition] == to->self.id)
    return "it is there already";
  auto planned = owners_;
  planned[partition] = to->self.id;
  if (!domain::plan_moves(balance_of(nodes), planned).empty())
    return "it would not stay there: some node would have too many, or too few";
  owners_ = std::move(planned);
  return {};
}

void host_pool::note_lost(const std::string& name, const std::string& why) {
  {
    auto guard = std::lock_guard{mutex_};
    auto& x = failures_[name];
    x.lasts = std::clamp(2 * x.lasts, settings_.distrust,
                         settings_.distrust_max);
    x.until = clock::now() + x.lasts;
  }
  if (settings_.on_trouble)
    settings_.on_trouble("node " + name + " lost its partitions: " + why);
}

} // namespace pumpscope::runtime
