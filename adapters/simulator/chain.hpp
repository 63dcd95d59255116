#pragma once

#include "adapters/simulator/generator.hpp"
#include "adapters/simulator/market.hpp"
#include "adapters/simulator/model.hpp"
#include "adapters/simulator/random.hpp"
#include "adapters/simulator/settings.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <utility>
#include <vector>

namespace pumpscope::simulator {

/// One update that is to be sent: what it is, not yet its bytes.
struct step {
  update_kind kind = update_kind::slot;
  /// Wire number of a slot status.
  uint8_t status = 0;
  bool after_cut = false;
  /// Transaction of the plan.
  uint32_t transaction = 0;
  slot_plan_ptr plan = {};
};

/// Lets slots follow each other on a chain of plans, and turns each slot into
/// the steps of the stream, damaged as the fault settings say. The market and
/// the faults draw from generators of their own: the same seed gives the same
/// trades with and without faults.
class chain {
public:
  explicit chain(const generator_settings& settings);

  /// Replaces `steps` by those of the next slot; false after the last one.
  bool next_slot(std::vector<step>& steps);

  /// No further slot with transactions begins.
  void finish() {
    finishing_ = true;
  }

  /// Is told each block of the chain that survives, before its steps.
  void observe(std::function<void(const slot_plan_ptr&)> observer) {
    observer_ = std::move(observer);
  }

  [[nodiscard]] const simulator::market& market() const {
    return market_;
  }

private:
  struct deferred {
    uint64_t due_meta = 0;
    step what = {};
  };

  slot_plan_ptr plan_slot(bool empty);
  /// Slots one behind the other beside the survivor, on the same parent.
  std::vector<slot_plan_ptr> plan_dead_branch(const slot_plan& survivor,
                                              uint64_t first_slot,
                                              uint64_t depth);
  void add_slot_steps(const slot_plan_ptr& plan, std::vector<step>& steps);
  void add_transactions(const slot_plan_ptr& plan, std::vector<step>& steps);
  void add_meta(const slot_plan_ptr& plan, std::vector<step>& steps);
  void add_statuses(std::vector<step>& steps);
  void cut(std::vector<step>& steps);
  [[nodiscard]] bool cut_is_due();
  [[nodiscard]] bool at_end() const;

  generator_settings settings_;
  simulator::market market_;
  random_source chain_random_;
  random_source fault_random_;
  uint64_t slot_ = 0;
  uint64_t parent_ = 0;
  uint64_t height_ = 0;
  int64_t time_ms_ = 0;
  int64_t last_cut_ms_ = 0;
  uint64_t slots_planned_ = 0;
  uint64_t metas_ = 0;
  uint64_t dead_nonce_ = uint64_t{1} << 62;
  /// Empty slots at the end, so that consumers can seal the last trades.
  int tail_slots_ = 4;
  bool finishing_ = false;
  bool ended_ = false;
  /// Slots that a cut loses because the resume is out of range.
  int lost_slots_ = 0;
  bool flag_cut_ = false;
  std::deque<slot_plan_ptr> unconfirmed_ = {};
  std::deque<slot_plan_ptr> unfinalized_ = {};
  std::vector<slot_plan_ptr> dead_ = {};
  std::vector<deferred> deferred_ = {};
  std::deque<std::vector<step>> history_ = {};
  std::function<void(const slot_plan_ptr&)> observer_ = {};
};

} // namespace pumpscope::simulator
