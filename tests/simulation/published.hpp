#pragma once

#include "messages/actors.hpp"
#include "messages/publication.hpp"
#include "tests/support/memory_store.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>

namespace pumpscope::test {

/// What somebody knows who follows all channels of a run, and what was wrong
/// with them on the way.
class published {
public:
  void note(const messages::publication_batch& x);

  /// Compares it with what the store holds at the end of a run that nothing
  /// disturbed. Returns what is not equal, for people.
  [[nodiscard]] std::string compare(memory_disk& disk) const;

private:
  using channel = std::tuple<size_t, domain::pubkey, int>;

  /// A message that tells of a hole where none is.
  void follow(channel of, const messages::publication_stamp& stamp);

  void note(const messages::trade_publication& x);
  void note(const messages::lifecycle_publication& x);
  void note(const messages::candle_publication& x);
  void note(const messages::token_publication& x);
  void note(const messages::wallet_publication& x);
  void note(const messages::board_publication& x);
  void note(const messages::market_publication& x);

  uint64_t fence_ = 0;
  std::map<channel, uint64_t> last_ = {};
  std::string problems_ = {};
  std::multiset<uint64_t> trades_ = {};
  std::map<memory_disk::candle_key, domain::candle> candles_ = {};
  std::map<domain::pubkey, uint64_t> holders_ = {};
  std::map<domain::pubkey, uint64_t> wallet_trades_ = {};
  /// Journal positions that the last boards go up to.
  std::map<domain::board_window, uint64_t> boards_ = {};
};

/// Takes everything at once.
messages::sink_actor::behavior_type
recording_sink(messages::sink_actor::pointer self,
               std::shared_ptr<published> to);

} // namespace pumpscope::test
