#pragma once

#include "adapters/simulator/model.hpp"
#include "adapters/simulator/random.hpp"
#include "adapters/simulator/settings.hpp"
#include "adapters/simulator/truth.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace pumpscope::simulator {

/// The market: tokens on curves and in pools, and the wallets that trade them.
/// Makes the transactions of one slot after the other with the programs' own
/// integer math and tells the truth about each. Deterministic in its seed.
///
/// Invariants per curve: reserves after = reserves before -/+ the amounts of
/// each trade; per pool: the same, with LP fees, deposits and withdrawals.
class market {
public:
  market(const market_settings& settings, const chain_settings& chain);

  /// Appends `count` transactions (a few more where migrations are due) to a
  /// plan whose height and block time are set, and books them in the truth.
  void fill(slot_plan& plan, uint32_t count);

  /// Names a transaction that does not exist yet.
  uint64_t fresh_nonce() {
    return ++nonce_;
  }

  [[nodiscard]] const truth_ledger& truth() const {
    return truth_;
  }

  /// Holders of one token that may still sell; beyond, a newcomer takes the
  /// place of one who then holds for ever.
  static constexpr size_t holders_max = 256;

  /// Pools of one token.
  static constexpr size_t pools_max = 4;

private:
  struct holder {
    wallet_index wallet = 0;
    uint64_t units = 0;
  };

  struct pool {
    domain::pubkey id = {};
    domain::pubkey base_mint = {};
    domain::pubkey quote_mint = {};
    domain::pubkey creator = {};
    uint64_t base = 0;
    uint64_t quote = 0;
    int64_t virtual_quote = 0;
    uint64_t lp_supply = 0;
    uint64_t protocol_bps = 5;
    uint64_t creator_bps = 0;
    uint64_t cashback_bps = 0;
    uint64_t holder_bps = 0;
    uint16_t index = 0;
    uint8_t era = 8;
    bool inverted = false;
    bool no_coin_trade = false;
  };

  enum class stage : uint8_t { curve, complete, graduated };

  struct token {
    uint64_t id = 0;
    domain::pubkey mint = {};
    domain::pubkey curve = {};
    domain::pubkey creator = {};
    stage phase = stage::curve;
    uint8_t era = 8;
    bool dollar = false;
    bool mayhem = false;
    bool cashback = false;
    bool holder_rewards = false;
    bool hot = false;
    uint64_t virtual_token = 0;
    uint64_t virtual_quote = 0;
    uint64_t real_token = 0;
    uint64_t real_quote = 0;
    std::vector<holder> holders = {};
    std::vector<pool> pools = {};
  };

  struct migration {
    size_t token = 0;
    uint64_t token_id = 0;
    uint64_t due_height = 0;
  };

  /// A trade that was computed but not booked yet.
  struct draft {
    model_instruction ix = {};
    size_t token = 0;
    /// The pool; `pools_max` = the curve.
    size_t pool = pools_max;
    /// The seller's place among the holders; `holders_max` = none.
    size_t holder = holders_max;
  };

  // Who and what.
  domain::pubkey wallet_key(wallet_index x) const;
  wallet_index draw_buyer(const token& x);
  wallet_index draw_wallet();
  size_t draw_token();
  uint64_t draw_spending(const token& x, wallet_index who);

  // Computing trades, without any effect on the market.
  bool draft_trade(size_t token_index, draft& x);
  bool draft_curve_buy(draft& x, wallet_index who, uint64_t spend);
  bool draft_curve_sell(draft& x, wallet_index who, uint64_t units);
  bool draft_pool_buy(draft& x, wallet_index who, uint64_t spend,
                      bool exact_in);
  bool draft_pool_sell(draft& x, wallet_index who, uint64_t base_in);
  bool draft_pool_trade(draft& x);
  bool draft_vault_trade(size_t token_index, draft& x);
  void set_parties(draft& x, wallet_index who) const;
  void add_curve_fees(model_instruction& ix, const token& x) const;

  // Booking.
  void book(slot_plan& plan, const draft& x);
  void book_curve(const draft& x);
  void book_pool(const draft& x);
  void book_holder(const draft& x);

  // Transactions.
  void add_transaction(slot_plan& plan);
  void add_creation(slot_plan& plan);
  void add_migration(slot_plan& plan, const migration& x);
  void add_side_pool(slot_plan& plan, size_t token_index);
  void add_liquidity_change(slot_plan& plan, size_t token_index);
  void add_virtual_params(slot_plan& plan, size_t token_index);
  void add_bundle(slot_plan& plan);
  void add_trade(slot_plan& plan);
  void add_failed_trade(slot_plan& plan);
  void add_vault_trade(slot_plan& plan);
  void add_ignored_swap(slot_plan& plan);
  void add_foreign(slot_plan& plan);
  model_transaction& open_transaction(slot_plan& plan, wallet_index payer);
  void add_instruction(slot_plan& plan, const model_instruction& ix);

  size_t new_token(wallet_index creator);
  void add_to_trending(size_t token_index);

  market_settings settings_;
  random_source random_;
  truth_ledger truth_;
  std::vector<token> tokens_ = {};
  std::vector<size_t> trending_ = {};
  std::vector<size_t> graduated_ = {};
  std::vector<size_t> mayhem_ = {};
  std::deque<migration> migrations_ = {};
  std::vector<pool> ignored_pools_ = {};
  uint64_t tokens_created_ = 0;
  uint32_t fresh_wallet_ = 0;
  uint64_t nonce_ = 0;
  int64_t now_ = 0;
  uint64_t height_ = 0;
  uint32_t next_index_ = 0;
};

} // namespace pumpscope::simulator
