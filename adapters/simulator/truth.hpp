#pragma once

#include "adapters/simulator/model.hpp"
#include "domain/int128.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace pumpscope::simulator {

/// The money sides of the simulated market.
enum class money : uint8_t { sol = 0, usdc = 1 };

/// What really happened, kept from the model's own numbers: never from the
/// bytes that are served. Average cost and first in, first out beside it, as
/// domain.md section 4 defines them, in a second and simpler writing.
class truth_ledger {
public:
  /// `seed` is the market's, to name wallets and mints.
  truth_ledger(uint64_t seed, bool keep_positions, size_t positions_max);

  /// Books an instruction of a transaction that did not fail.
  void apply(const model_instruction& x);

  /// Counts a failed transaction.
  void count_failed() {
    ++failed_transactions_;
  }

  [[nodiscard]] uint64_t trades() const {
    return trades_;
  }

  /// @copydoc generator::truth_json
  [[nodiscard]] std::string json() const;

  /// @copydoc generator::positions_csv
  [[nodiscard]] std::string positions_csv() const;

private:
  struct lot {
    uint64_t units = 0;
    int64_t cost = 0;
  };

  struct position {
    wallet_index wallet = 0;
    uint64_t token = 0;
    money quote = money::sol;
    domain::i128 units = 0;
    domain::i128 cost = 0;
    domain::i128 cost_gross = 0;
    domain::i128 bought = 0;
    domain::i128 sold = 0;
    domain::i128 invested = 0;
    domain::i128 proceeds = 0;
    domain::i128 realized = 0;
    domain::i128 realized_gross = 0;
    domain::i128 realized_fifo = 0;
    domain::i128 unmatched_units = 0;
    domain::i128 unmatched_proceeds = 0;
    uint32_t buys = 0;
    uint32_t sells = 0;
    uint32_t realizations = 0;
    uint32_t wins = 0;
    size_t first_lot = 0;
    std::vector<lot> lots = {};
  };

  /// The legs of a trade of the coin.
  struct legs {
    bool buy = false;
    uint64_t units = 0;
    domain::i128 gross = 0;
    domain::i128 net = 0;
  };

  struct key {
    uint64_t token = 0;
    wallet_index wallet = 0;
    money quote = money::sol;

    friend bool operator==(const key&, const key&) = default;
  };

  struct key_hasher {
    using is_avalanching = void;
    size_t operator()(const key& x) const noexcept;
  };

  static legs legs_of(const model_instruction& x);
  static void buy(position& p, const legs& x);
  static void sell(position& p, const legs& x);
  void book(const model_instruction& x, const legs& trade);

  uint64_t seed_ = 0;
  bool keep_positions_ = true;
  bool gave_up_ = false;
  size_t positions_max_ = 0;
  boost::unordered_flat_map<key, size_t, key_hasher> index_ = {};
  std::deque<position> positions_ = {};
  boost::unordered_flat_map<uint64_t, bool> tokens_ = {};
  boost::unordered_flat_map<wallet_index, bool> wallets_ = {};
  uint64_t trades_ = 0;
  uint64_t buys_ = 0;
  uint64_t sells_ = 0;
  uint64_t ignored_ = 0;
  uint64_t created_ = 0;
  uint64_t completed_ = 0;
  uint64_t migrated_ = 0;
  uint64_t pools_ = 0;
  uint64_t deposits_ = 0;
  uint64_t withdrawals_ = 0;
  uint64_t failed_transactions_ = 0;
  std::array<domain::i128, 2> volume_ = {};
};

/// The key of a wallet of the model.
domain::pubkey wallet_key(uint64_t seed, wallet_index x);

/// The key of a token's mint.
domain::pubkey mint_key(uint64_t seed, uint64_t token);

} // namespace pumpscope::simulator
