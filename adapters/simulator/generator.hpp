#pragma once

#include "adapters/simulator/settings.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace pumpscope::simulator {

struct slot_plan;

/// What an update is.
enum class update_kind : uint8_t {
  slot,
  transaction,
  block_meta,
};

/// One update of the stream. `body` is a whole `geyser.SubscribeUpdate` without
/// the field `filters`, which the receiver puts in front (`filters_prefix`).
struct generated_update {
  update_kind kind = update_kind::slot;
  uint64_t slot = 0;
  /// Wire number of the slot's status; only for `update_kind::slot`.
  uint8_t status = 0;
  /// Whether `meta.err` is set; only for transactions.
  bool failed = false;
  /// Whether the keys of a transaction name the program.
  bool names_pump = false;
  /// @copydoc names_pump
  bool names_pump_amm = false;
  /// The chain's clock at the slot, unix milliseconds.
  int64_t time_ms = 0;
  /// The connection is cut right before this update (recordings only): what
  /// follows repeats earlier slots or, out of range, loses some.
  bool after_cut = false;
  /// Valid until the next call.
  std::string_view body = {};
};

/// Makes updates of a simulated chain, one by one: the in-process source of
/// `simulate --record`, of the tests and of the benches. Deterministic: same
/// settings, same bytes. Not thread-safe; needs no CAF and no gRPC.
class generator {
public:
  explicit generator(generator_settings settings);
  generator(generator&&) noexcept;
  generator& operator=(generator&&) noexcept;
  ~generator();

  /// Gives the next update; false at the end of the chain.
  bool next(generated_update& x);

  /// Ends the chain after the current slot: the coming calls of `next` confirm
  /// and finalize what is left, then return false.
  void finish();

  /// Takes `created_at` from this clock (unix nanoseconds) from now on instead
  /// of the chain's: what a live server wants.
  void created_at_clock(std::function<int64_t()> clock);

  /// Tells each block of the chain as it really is, before its first update;
  /// blocks of dead forks are not told.
  void observe_blocks(
    std::function<void(const std::shared_ptr<const slot_plan>&)> observer);

  /// The true totals of the chain so far as one line of JSON, without a
  /// newline. O(positions) for the digest. The chain's numbers, whatever the
  /// faults did to the stream.
  [[nodiscard]] std::string truth_json() const;

  /// The canonical `positions` dump (domain.md section 9) of the truth, header
  /// included; empty when the truth is not kept or was given up.
  [[nodiscard]] std::string positions_csv() const;

  /// Trades of the chain so far, those of dead forks not among them.
  [[nodiscard]] uint64_t trades() const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

/// Returns the bytes of the field `filters` naming one filter key, to be put
/// before a body. Pre: the key is shorter than 128 bytes.
std::string filters_prefix(std::string_view key);

/// The filter key that recordings name for an update of this kind.
std::string_view default_filter_key(update_kind kind);

} // namespace pumpscope::simulator
