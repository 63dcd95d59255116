#pragma once

#include "messages/actors.hpp"
#include "messages/handler_clock.hpp"

#include <caf/error.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace pumpscope::actors {

struct market_config {
  /// Births, and graduations, that are remembered: the newest.
  size_t news_max = 1'000;

  /// How long the partitions may take to answer.
  std::chrono::milliseconds timeout = std::chrono::milliseconds{10'000};
};

/// Tests whether a market can run with the given configuration.
caf::error validate(const market_config& x);

struct market_state {
  /// The name of the actor in logs and in the inspection console.
  static inline constexpr auto name = "market";

  void handle(const messages::token_news& x);

  caf::typed_response_promise<messages::market_ptr>
  handle(const messages::get_market& x);

  [[nodiscard]] caf::settings status() const;

  /// Puts one item into its list: newest first, each mint once.
  void note(const messages::token_news_item& x);

  /// Answers from the lists of news.
  [[nodiscard]] messages::market_ptr
  newest(const messages::get_market& x) const;

  messages::market_actor::pointer self = nullptr;
  market_config config = {};
  std::vector<messages::token_partition_actor> partitions = {};
  /// Newest first, each at most `news_max`.
  std::vector<messages::token_news_item> created = {};
  std::vector<messages::token_news_item> graduated = {};
  int64_t chain_time = 0;
  uint64_t news_total = 0;
  uint64_t requests_total = 0;
  messages::handler_clock handlers = {};
};

/// The market as a whole: top lists over all tokens, who is new, who is about
/// to graduate, who did.
///
/// One exists. Token partitions tell it of births and graduations, one message
/// per epoch that has any; sums and prices stay with them, where they expire by
/// chain time, and are merged on request. It keeps the `news_max` newest of
/// each; what it holds comes again from the store when it is restarted.
messages::market_actor::behavior_type
market(messages::market_actor::stateful_pointer<market_state> self,
       market_config config);

} // namespace pumpscope::actors
