#pragma once

#include "adapters/simulator/settings.hpp"

#include <cstdint>
#include <string>

namespace pumpscope::test {

/// How rough a simulated run is. Shares are probabilities per call or step.
struct world_settings {
  /// Everything random is drawn from this.
  uint64_t seed = 1;
  uint64_t slots = 16;
  double transactions_per_slot = 5;
  uint32_t wallets = 10;
  uint32_t tokens = 4;
  /// Chain time that a slot takes on top of its 0.4 s: makes windows expire.
  double seconds_per_slot = 0;
  simulator::fault_settings faults = {};
  /// Share of slots that arrive as a whole behind up to 12 later ones.
  double hold = 0;
  /// Share of confirmed slots that die behind the last of their updates.
  double deaths = 0;
  /// Share of slots that are confirmed right behind their block meta.
  double prompt = 0;
  /// Endpoints that tell of the chain, each with faults of its own; 1 = a plain
  /// source without any.
  uint32_t endpoints = 1;
  /// They are read one at a time instead of all at once.
  bool standby = false;
  /// Share of updates that some endpoints lack, but never all of them.
  double omit = 0;
  /// Share of transactions that the stream lacks and a server of blocks has, of
  /// those that chains of reserves tell of.
  double lose = 0;
  /// Share of reads in which an endpoint says nothing, breaks, or refuses us.
  double stall = 0;
  double cut = 0;
  double refuse = 0;
  size_t epoch_rows_max = 10;
  size_t live_max = 4;
  size_t dirty_max = 6;
  size_t history_rows_max = 20'000;
  size_t tails_together_min = 8;
  size_t tails_together_rows_max = 1'000;
  uint64_t gap_slots = 64;
  /// Dead branches take numbers: more than the default, in which 32 blocks lie.
  uint64_t resume_slots = 96;
  /// Faults of the store.
  double unknown = 0;
  double unavailable = 0;
  double crash = 0;
  double fenced = 0;
  /// The process is killed between two steps of the scheduler.
  double kill = 0;
  /// The process freezes instead of dying and thaws beside the next one.
  double freeze = 0;
  /// An actor dies.
  double actor_kill = 0;
  /// Share of partitions that another node hosts, drawn for each generation.
  double hosted = 0;
  /// Share of messages to such a node in front of which the connection breaks.
  /// The node learns of it, or goes on as if nothing was.
  double host_break = 0;
  /// Share of steps in front of which partitions change hands.
  double move = 0;
  /// Somebody follows all that is published. Only where nothing goes wrong:
  /// after a death some is told again, or late.
  bool publishes = false;
  /// Kills, crashes and take-overs together; afterwards all goes well.
  uint32_t faults_max = 8;
  /// The whole stream is played again at the end.
  bool again = false;
};

/// Draws settings from a seed: what the many-seeds test runs.
world_settings random_world(uint64_t seed);

/// What became of a run.
struct world_result {
  /// Empty when everything is equal; else what is not, for people.
  std::string difference = {};
  /// Equal for equal runs: who ran when, and what the store went through.
  uint64_t trace = 0;
  uint64_t steps = 0;
  uint64_t generations = 0;
  uint64_t trades = 0;
  uint64_t repairs = 0;
  uint64_t gaps = 0;
  /// Rows that the stream lacked.
  uint64_t lost_rows = 0;
  /// Rows of slots that died, and those that void them.
  uint64_t voided_rows = 0;
  uint64_t crashes = 0;
  uint64_t killed_actors = 0;
  uint64_t frozen = 0;
  /// Times that a partition was hosted elsewhere, and connections that broke.
  uint64_t hosted = 0;
  uint64_t host_breaks = 0;
  /// Times that a partition was to change hands while the others went on.
  uint64_t moved = 0;
  /// Times that some of them did, all at once.
  uint64_t moves = 0;
};

/// Runs a simulated chain through the real actors and compares everything that
/// the store holds afterwards with the reference fold over the true chain.
/// Deterministic: the same settings give the same run.
world_result run_world(const world_settings& settings);

} // namespace pumpscope::test
