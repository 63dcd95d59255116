#pragma once

#include "adapters/simulator/random.hpp"
#include "domain/reference_fold.hpp"
#include "messages/source.hpp"
#include "tests/simulation/world.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace pumpscope::test {

/// One update and the slot that it names.
struct served_update {
  uint64_t slot = 0;
  std::string bytes = {};
};

using stream_ptr = std::shared_ptr<const std::vector<served_update>>;

/// Generates the chain of a world with all damage done to it on its way.
stream_ptr make_stream(const world_settings& settings);

/// Generates what a world plays: the true stream and, where there are several
/// endpoints, one of each: with the same updates but for those that it lacks,
/// and none lacks what all others lack.
std::vector<stream_ptr> make_streams(const world_settings& settings);

/// The rows of the true chain, straight from what the whole stream says: the
/// transactions of all slots that it ever calls confirmed, and not dead after
/// that, each once.
struct true_chain {
  domain::reference_fold fold = {};
  std::set<domain::chain_position> keys = {};
  std::set<uint64_t> died = {};
  /// The slots of the chain.
  std::set<uint64_t> slots = {};
};

/// Reads a stream from its beginning to its end.
true_chain read_truth(const std::vector<served_update>& stream);

/// What goes wrong while a stream is played: shares of reads.
struct playing_faults {
  /// Nothing comes.
  double stall = 0;
  /// The connection breaks and is taken up a few slots earlier.
  double cut = 0;
  /// The endpoint refuses us.
  double refuse = 0;
};

/// Tells whether a stream may end.
using end_condition = std::function<bool()>;

/// Plays a stream, from the first update of a slot at or after the one that is
/// asked for, in batches of random size. Between two faults it gives updates.
class played_source : public messages::source {
public:
  /// Behind its last update it says nothing until `may_end` allows it to end.
  played_source(stream_ptr stream, uint64_t seed, playing_faults faults = {},
                end_condition may_end = {});

  [[nodiscard]] std::string name() const override;
  void resume_from(uint64_t slot) override;
  messages::read_status read(messages::raw_batch& out,
                             std::chrono::milliseconds timeout) override;
  [[nodiscard]] std::string last_error() const override;
  [[nodiscard]] uint64_t bytes_read() const override;
  [[nodiscard]] uint64_t bytes_total() const override;
  void cancel() override;

private:
  stream_ptr stream_;
  simulator::random_source random_;
  playing_faults faults_ = {};
  end_condition may_end_ = {};
  bool may_fail_ = false;
  size_t next_ = 0;
  bool cancelled_ = false;
};

} // namespace pumpscope::test
