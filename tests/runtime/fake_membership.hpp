#pragma once

#include "messages/membership.hpp"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace pumpscope::test {

using messages::beat_answer;
using messages::cluster_view;
using messages::store_result;

/// What the nodes of a test are: shared by the fake and the test.
struct fake_cluster {
  std::mutex mutex = {};
  std::condition_variable beaten = {};
  cluster_view view = {};
  bool name_taken = false;
  bool away = false;
  uint64_t fence = 7;
  int beats = 0;
  /// What the last beat told.
  uint32_t partitions = 0;
  int claims = 0;
  /// Beats that came before the last claim.
  int beats_at_claim = 0;
  /// So many looks later the first one of `view` counts as dead.
  std::optional<int> looks_until_dead = {};
  /// What the last claim took for silence enough.
  std::chrono::milliseconds silence = {};
  std::vector<uint64_t> left = {};
};

class fake_membership : public messages::membership {
public:
  explicit fake_membership(std::shared_ptr<fake_cluster> of)
    : of_(std::move(of)) {
  }

  [[nodiscard]] messages::store_identity store() const override {
    return {};
  }

  store_result<beat_answer> beat(const messages::member& self,
                                 uint32_t partitions) override {
    auto guard = std::lock_guard{of_->mutex};
    ++of_->beats;
    of_->partitions = partitions;
    of_->beaten.notify_all();
    if (of_->away)
      return tl::unexpected{messages::store_error{{}, "gone"}};
    if (!of_->name_taken && of_->view.living(self.id) == nullptr)
      of_->view.members.push_back({self, false, true, {}, {}});
    return beat_answer{of_->name_taken, of_->view};
  }

  store_result<cluster_view> view() override {
    auto guard = std::lock_guard{of_->mutex};
    if (of_->looks_until_dead && (*of_->looks_until_dead)-- == 0)
      of_->view.members.front().alive = false;
    return of_->view;
  }

  store_result<uint64_t>
  claim_sequencer(uint64_t id, std::chrono::milliseconds silence) override {
    auto guard = std::lock_guard{of_->mutex};
    ++of_->claims;
    of_->beats_at_claim = of_->beats;
    of_->silence = silence;
    of_->view.sequencer = id;
    return of_->fence;
  }

  store_result<void> leave(uint64_t id) override {
    auto guard = std::lock_guard{of_->mutex};
    of_->left.push_back(id);
    return {};
  }

  store_result<bool> drain(std::string_view name) override {
    auto guard = std::lock_guard{of_->mutex};
    for (auto& x : of_->view.members)
      x.draining = x.draining || x.self.name == name;
    return true;
  }

private:
  std::shared_ptr<fake_cluster> of_;
};

} // namespace pumpscope::test
