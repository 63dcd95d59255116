#pragma once

#include "domain/leaderboard.hpp"
#include "domain/token_ledger.hpp"
#include "domain/wallet_ledger.hpp"
#include "messages/rows.hpp"
#include "messages/ticket.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace pumpscope::messages {

/// The rows of one epoch sorted by partition. Rows behind the chain are left
/// out: they stand as repairs.
struct routed_epoch {
  /// Rows of all partitions of one kind: partition `i` has
  /// `rows[begins[i] .. begins[i + 1])`, in chain order.
  struct lane {
    std::vector<row_ref> rows = {};
    std::vector<uint32_t> begins = {};
    /// By partition; mostly empty.
    std::vector<std::vector<repair_row>> repairs = {};

    [[nodiscard]] std::span<const row_ref> of(uint32_t partition) const {
      return std::span{rows}.subspan(begins[partition],
                                     begins[partition + 1] - begins[partition]);
    }
  };

  epoch_ptr epoch = {};
  lane wallets = {};
  lane tokens = {};

  [[nodiscard]] const lane& of(projection kind) const {
    return kind == projection::wallet ? wallets : tokens;
  }
};

using routed_epoch_ptr = std::shared_ptr<const routed_epoch>;

/// What a partition needs to know of one row that a token folded: the slim
/// part of `domain::token_effect`.
struct token_row_effect {
  bool needs_refold = false;
  bool on_venue = false;
  bool was_created = false;
  bool was_graduated = false;
  domain::price spot = {};
  domain::price previous = {};
  std::optional<domain::i128> market_cap = {};
  /// Of the curve, when the trade was on it.
  std::optional<double> progress = {};
  std::optional<domain::reserve_break> broken = {};
};

/// What rows add to a state, modulo 2^64: the shadow of a fold. Wallets count
/// their trades against SOL and their net legs, tokens all trades and their
/// gross legs.
struct fold_sums {
  uint64_t trades = 0;
  uint64_t units = 0;

  fold_sums& operator+=(const fold_sums& x) {
    trades += x.trades;
    units += x.units;
    return *this;
  }

  fold_sums& operator-=(const fold_sums& x) {
    trades -= x.trades;
    units -= x.units;
    return *this;
  }

  friend bool operator==(const fold_sums&, const fold_sums&) = default;
};

/// Which rows an entity has to fold: a slice of its partition's share of an
/// epoch, or a page of its history (repair, restart after a crash).
struct entity_part {
  uint32_t begin = 0;
  uint32_t end = 0;
  std::shared_ptr<const history_page> history = {};
  /// With a history: who folded this key before is lost, and had folded the
  /// rows up to this position, in this order; 0 = nobody is lost.
  uint64_t lost_at = 0;
};

/// One partition's share of one epoch, with a place for each row's effect.
template <class Effect>
struct entity_work : fan_out {
  entity_work(size_t parts, epoch_ptr source_epoch)
    : fan_out{parts}, epoch{std::move(source_epoch)}, parts_of(parts) {
  }

  epoch_ptr epoch;
  /// Rows grouped by entity, in chain order inside a group.
  std::vector<row_ref> rows = {};
  /// Parallel to `rows`. A refused row leaves its effect empty.
  std::vector<Effect> effects = {};
  std::vector<entity_part> parts_of;
  /// Rows that the fold refused (amounts beyond its range), by part.
  std::vector<uint32_t> refused = std::vector<uint32_t>(size());
  /// By part: by how much the entity's state grew, as the state itself tells;
  /// with the last page of a history, since before the first one.
  std::vector<fold_sums> sums = std::vector<fold_sums>(size());
  /// The part whose folding is measured (none where there is no such part), and
  /// how long it took. Written by that entity, read once all parts are back.
  size_t timed_part = SIZE_MAX;
  std::chrono::nanoseconds fold_time = std::chrono::nanoseconds{0};
};

/// Measures how long an entity folds its part, if that is the one to be
/// measured. To be held while it folds.
template <class Work>
class fold_timer {
public:
  fold_timer(Work& work, size_t part) {
    if (part != work.timed_part)
      return;
    work_ = &work;
    begin_ = std::chrono::steady_clock::now();
  }

  fold_timer(const fold_timer&) = delete;
  fold_timer& operator=(const fold_timer&) = delete;

  ~fold_timer() {
    if (work_ != nullptr)
      work_->fold_time = std::chrono::steady_clock::now() - begin_;
  }

private:
  Work* work_ = nullptr;
  std::chrono::steady_clock::time_point begin_ = {};
};

/// What folding the whole history of a wallet gives its partition.
struct wallet_history_result {
  std::vector<domain::wallet_bucket> buckets = {};
  domain::wallet_totals totals = {};
  /// Coins that the wallet held before, as far as the entity knows, and holds
  /// now; ascending.
  std::vector<domain::pubkey> held_before = {};
  std::vector<domain::pubkey> held = {};
};

/// What folding the whole history of a token gives its partition.
struct token_history_result {
  std::vector<domain::candle_change> candles = {};
  /// The first ones, and how many there are.
  std::vector<domain::reserve_break> breaks = {};
  uint64_t reserve_breaks = 0;
  domain::pubkey quote_mint = {};
  std::optional<domain::i128> market_cap = {};
  std::optional<double> progress = {};
};

struct wallet_work : entity_work<domain::wallet_effect> {
  using entity_work::entity_work;
  /// By part; empty where the part is no last page of a history.
  std::vector<wallet_history_result> histories
    = std::vector<wallet_history_result>(size());
};

struct token_work : entity_work<token_row_effect> {
  using entity_work::entity_work;
  /// By part; empty where the part is no last page of a history.
  std::vector<token_history_result> histories
    = std::vector<token_history_result>(size());
};

/// A cut through one partition: each dirty entity adds its rows.
template <class Rows>
struct snapshot_work : fan_out {
  explicit snapshot_work(size_t parts) : fan_out{parts}, rows_of(parts) {
  }

  std::vector<Rows> rows_of;
};

/// What a wallet adds to a checkpoint: the changed positions only.
struct wallet_snapshot_rows {
  wallet_row wallet = {};
  std::vector<position_row> positions = {};
};

/// What a token adds to a checkpoint: the changed candles only.
struct token_snapshot_rows {
  token_row token = {};
  std::vector<candle_row> candles = {};
};

using wallet_snapshot_work = snapshot_work<wallet_snapshot_rows>;
using token_snapshot_work = snapshot_work<token_snapshot_rows>;

/// Command: fold these rows. The entity answers by writing effects and
/// finishing the ticket, never by a message.
struct fold_wallet {
  ticket<wallet_work> work = {};
};

/// @copydoc fold_wallet
struct fold_token {
  ticket<token_work> work = {};
};

/// Command: write your state into the cut.
struct snapshot_wallet {
  ticket<wallet_snapshot_work> work = {};
};

/// @copydoc snapshot_wallet
struct snapshot_token {
  ticket<token_snapshot_work> work = {};
};

} // namespace pumpscope::messages
