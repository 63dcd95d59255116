#pragma once

#include "adapters/endpoints/source_group.hpp"

#include <optional>

namespace pumpscope::endpoints {

/// When a standby_source looks elsewhere.
struct standby_patience {
  /// An endpoint without updates for this long is left.
  std::chrono::milliseconds silence_max = std::chrono::seconds{10};
  /// How often the first endpoint is tried while another one is read.
  std::chrono::milliseconds return_period = std::chrono::minutes{5};
};

/// Reads one endpoint at a time, in the order of their list. After one failed,
/// told nothing for a while or no longer has the slot that we want, the next
/// one is asked from the last block meta less the resume window; behind the
/// last one the first. Now and then the first of the list is tried again, and
/// read again once it gives updates.
///
/// `retry` goes up with each switch, `out_of_range` when all endpoints said so
/// in a row (data is missing then; the one that has most goes on), `failed`
/// when all refused us for good.
class standby_source : public source_group {
public:
  standby_source(std::vector<endpoint> endpoints, group_settings settings,
                 standby_patience patience);

  [[nodiscard]] std::string name() const override;

  messages::read_status read(messages::raw_batch& out,
                             std::chrono::milliseconds timeout) override;

private:
  /// What an endpoint answered since the last update of any.
  struct answer {
    bool refused = false;
    bool out_of_range = false;
    uint64_t oldest_available = 0;
  };

  void start_due();
  void activate(size_t i, std::optional<uint64_t> slot);
  messages::read_status take(delivery x, messages::raw_batch& out);
  messages::read_status leave(const delivery& x);
  messages::read_status go_on_behind_hole(const std::string& error);
  std::optional<delivery> take_probe();
  void take_updates(size_t i, const messages::raw_batch& x);
  [[nodiscard]] bool all_answered(bool answer::*what) const;
  [[nodiscard]] bool somebody_is_out_of_range() const;
  [[nodiscard]] uint64_t position() const;
  [[nodiscard]] clock::time_point wake_at(clock::time_point deadline) const;

  const standby_patience patience_;
  std::vector<answer> answers_ = {};
  size_t active_ = 0;
  /// The first endpoint runs beside the active one.
  bool probing_ = false;
  resume_point position_ = {};
  /// Endpoints that were left since the last update.
  uint32_t failures_ = 0;
  clock::time_point start_at_ = {};
  clock::time_point updated_at_ = {};
  clock::time_point probe_at_ = {};
  /// Where the active one begins, when not at `position`.
  std::optional<uint64_t> start_slot_ = {};
};

} // namespace pumpscope::endpoints
