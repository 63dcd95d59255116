#pragma once

#include "domain/error.hpp"
#include "domain/position.hpp"
#include "domain/wallet.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace pumpscope::domain {

/// What one trade did to a wallet: all that windows, boards and the holder
/// count need to know of it.
struct wallet_effect {
  /// SOL-quoted, and the wallet is not the mayhem vault.
  bool counts_on_boards = false;
  /// A sell with matched units.
  bool realized = false;
  /// First trade of the position.
  bool opened = false;
  /// 1: the wallet became a holder of the mint (over all quote mints), -1: it
  /// is none any more.
  int8_t holders = 0;
  /// Realized PnL of the net leg, in quote base units.
  i128 pnl = 0;
  int64_t block_time = 0;
  chain_position position = {};
  position_key key = {};
};

/// Folds a trade into the totals of a wallet; `effect` is what the trade did
/// to its position. Pre: the trade is SOL-quoted.
void apply(wallet_totals& totals, const trade& x,
           const position_effect& effect);

/// The ledger of ONE wallet: the fold of its trades in chain order into its
/// positions and totals. Totals and streaks count SOL-quoted trades only.
///
/// Invariant: each position conserves (see `conserves`), and totals are the
/// sums over the SOL positions.
///
/// Bound: one position per (mint, quote mint) that the wallet traded.
class wallet_ledger {
public:
  explicit wallet_ledger(const pubkey& wallet);

  /// Goes on from stored parts: equal to the ledger that they were taken from.
  /// The parts are not dirty.
  wallet_ledger(const pubkey& wallet, const wallet_totals& totals,
                std::vector<position> positions);

  /// Folds the next trade in chain order. Pre: `x.wallet == wallet()`.
  /// Refuses with `errc::overflow` and changes nothing, see `apply(position&)`.
  result<wallet_effect> apply(const trade& x);

  [[nodiscard]] const pubkey& wallet() const {
    return wallet_;
  }

  [[nodiscard]] const wallet_totals& totals() const {
    return totals_;
  }

  /// Number of positions, closed ones included.
  [[nodiscard]] size_t size() const {
    return entries_.size();
  }

  /// Positions are numbered from 0 in the order of their first trade (stored
  /// ones: in the order given); the numbers stay. Pre: `index < size()`.
  [[nodiscard]] const position& at(size_t index) const {
    return entries_[index].value;
  }

  /// Returns a position or null. Valid until the next `apply`.
  [[nodiscard]] const position* find(const position_key& key) const;

  /// Tells whether anything changed since the last `take_dirty`.
  [[nodiscard]] bool dirty() const {
    return !dirty_.empty();
  }

  /// Returns the numbers of the positions that changed since the last call,
  /// and forgets them. Each number once.
  std::vector<uint32_t> take_dirty();

  /// Takes all positions for changed, as in a ledger that was folded from the
  /// beginning.
  void mark_all_dirty();

  /// Bytes in memory: this object, its positions and their lots.
  [[nodiscard]] size_t memory_bytes() const;

private:
  struct entry {
    position value = {};
    bool dirty = false;
  };

  struct key_hasher {
    using is_avalanching = void;
    size_t operator()(const position_key& x) const noexcept {
      pubkey_hasher hash;
      return hash(x.mint) * 31 + hash(x.quote_mint);
    }
  };

  using index_map
    = boost::unordered_flat_map<position_key, uint32_t, key_hasher>;

  /// Up to this many positions are searched one by one.
  static constexpr size_t linear_max = 8;

  [[nodiscard]] bool holds_elsewhere(const position_key& key) const;
  void note_quote(const position_key& key);
  [[nodiscard]] uint32_t index_of(const position_key& key) const;
  void add(const position_key& key);
  void remove_last();

  pubkey wallet_;
  wallet_totals totals_ = {};
  std::vector<entry> entries_ = {};
  std::vector<uint32_t> dirty_ = {};
  /// A position with another quote mint than the three kinds of money exists.
  bool has_exotic_quote_ = false;
  /// Only above `linear_max` positions.
  std::unique_ptr<index_map> index_ = {};
};

} // namespace pumpscope::domain
