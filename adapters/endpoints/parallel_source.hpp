#pragma once

#include "adapters/endpoints/source_group.hpp"
#include "adapters/endpoints/update_merger.hpp"

namespace pumpscope::endpoints {

/// Reads all endpoints at once: updates are interleaved as they come, the first
/// copy of each goes on (see update_merger). An endpoint that fails is asked
/// again by itself; the others are not disturbed.
///
/// `retry` goes up when no endpoint is connected, `failed` when all refused us
/// for good, `out_of_range` when none has the slot: data is missing then.
class parallel_source : public source_group {
public:
  parallel_source(std::vector<endpoint> endpoints, group_settings settings);

  [[nodiscard]] std::string name() const override;

  messages::read_status read(messages::raw_batch& out,
                             std::chrono::milliseconds timeout) override;

private:
  struct endpoint_state {
    enum class phase : uint8_t { starting, reading, broken, refused, ended };
    phase is = phase::starting;
    /// Its stream has no hole from this slot on; 0 = since the start.
    uint64_t whole_from = 0;
    /// The next update begins a stream that has not what we asked for.
    bool behind_hole = false;
    /// What it was asked for, or has given last.
    resume_point position = {};
    uint32_t failures = 0;
    /// When one that failed is started again.
    clock::time_point start_at = {};
    /// The slot that it no longer has and that another one may have.
    std::optional<uint64_t> wanted = {};
  };

  using phase = endpoint_state::phase;

  void start_due();
  messages::read_status take(size_t i, delivery x, messages::raw_batch& out);
  void take_updates(size_t i, const messages::raw_batch& x,
                    messages::raw_batch& out);
  [[nodiscard]] bool all(phase x) const;
  [[nodiscard]] bool none_reads() const;
  bool settle_holes();
  void tell(size_t i);

  update_merger merger_;
  std::vector<endpoint_state> states_ = {};
  size_t next_ = 0;
  bool started_ = false;
};

} // namespace pumpscope::endpoints
