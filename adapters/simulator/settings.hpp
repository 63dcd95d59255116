#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace pumpscope::simulator {

/// Damage done to the stream on its way to the consumer; the chain itself, and
/// with it the truth, stays as it is. Shares are probabilities in [0, 1].
struct fault_settings {
  /// A transaction is sent again: at once, in the same slot, or up to 40 slots
  /// later.
  double duplicate = 0;
  /// A transaction moves within its slot or behind up to one later block_meta:
  /// always before its slot can be sealed.
  double reorder = 0;
  /// A slot is preceded by a dead branch of 1 to 8 slots on the same parent:
  /// some of its transactions land again, some never.
  double fork = 0;
  /// A transaction is never sent.
  double omit = 0;
  /// A transaction is sent after its slot was confirmed and at least three
  /// later block_metas went out.
  double late = 0;
  /// How often a connection is cut: wall time of the connection when served,
  /// chain time when recorded (then the stream repeats from up to 8 slots
  /// earlier, as after a resume). Zero = never.
  std::chrono::milliseconds cut = std::chrono::milliseconds{0};
  /// The same as a share of slots, for recordings.
  double cut_share = 0;
  /// A resume is answered with "not available": a served `from_slot` more than
  /// 8 slots below the tip is refused, naming the tip; a recorded cut loses
  /// slots instead of repeating some.
  bool out_of_range = false;
};

/// What the simulated market looks like. Shares are probabilities in [0, 1].
struct market_settings {
  /// The same seed gives the same bytes.
  uint64_t seed = 1;
  /// Distinct wallets that may appear, creators and routers apart.
  uint32_t wallets = 20'000;
  /// Tokens that live at a time; beyond, a new one replaces a curve that is
  /// not graduated.
  uint32_t tokens = 2'000;
  /// Share of transactions that create a token.
  double creations = 0.01;
  /// Share of buys by a wallet that never traded, until `wallets` are used up.
  double fresh_wallets = 0.25;
  /// Stop creating tokens when `tokens` exist instead of replacing some.
  bool tokens_fixed = false;
};

/// Where recordings start: a constant, so that they are reproducible.
inline constexpr int64_t default_start_time = 1'790'000'000;

/// The chain around the market.
struct chain_settings {
  uint64_t first_slot = 450'000'000;
  /// Block time of the first slot, unix seconds; 0 = the wall clock of the
  /// start where the chain is served, else `default_start_time`.
  int64_t start_time = 0;
  /// Transactions of a slot on average; the number varies by half.
  double transactions_per_slot = 250;
  /// Share of slot numbers without a block.
  double skips = 0.05;
  /// Slots to generate; 0 = without end.
  uint64_t slots = 0;
  /// Trades after which no further slot begins; 0 = no such end.
  uint64_t trades = 0;
  /// false = a node that records no inner instructions: logs only.
  bool inner_instructions = true;
  /// Whether the ledger of the truth is kept. Costs about 0.5 us a trade and
  /// 400 bytes a position.
  bool truth = true;
  /// Positions that the truth may hold; above, it is given up and says so.
  size_t truth_positions_max = 5'000'000;
};

/// A generator of updates.
struct generator_settings {
  market_settings market = {};
  chain_settings chain = {};
  fault_settings faults = {};
};

} // namespace pumpscope::simulator
