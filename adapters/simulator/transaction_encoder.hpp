#pragma once

#include "adapters/simulator/event_encoder.hpp"
#include "adapters/simulator/log_writer.hpp"
#include "adapters/simulator/model.hpp"
#include "adapters/simulator/wire_writer.hpp"
#include "domain/base58.hpp"
#include "domain/pubkey.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace pumpscope::simulator {

/// Writes transactions of the model as the node streams them: header, keys,
/// instructions with their inner instructions and stack heights, logs with the
/// twin of each event, lamport and token balances. A pure function of the plan
/// and the transaction: encoding again gives the same bytes. Keeps its working
/// memory, so not thread-safe.
class transaction_encoder {
public:
  /// `seed` is the market's; without `inner_instructions` the node is one that
  /// records logs only.
  transaction_encoder(uint64_t seed, bool inner_instructions);

  /// Appends the body of a `geyser.SubscribeUpdate` (all but `filters`).
  void encode(wire_writer& out, const slot_plan& plan,
              const model_transaction& tx, int64_t created_at_nanos);

private:
  /// Where a key stands: class in the upper byte, place in the class below.
  using account = uint16_t;

  enum class account_class : uint8_t {
    signer,
    writable,
    readonly,
    loaded_writable,
    loaded_readonly,
  };

  static constexpr size_t classes = 5;

  struct instruction {
    account program = 0;
    uint32_t accounts_begin = 0;
    uint32_t accounts_count = 0;
    uint32_t data_begin = 0;
    uint32_t data_size = 0;
    uint8_t stack_height = 1;
    /// Inner instructions belong to the outer one before them.
    bool inner = false;
  };

  using key_text = domain::base58_text<domain::pubkey_text_max>;

  struct token_balance {
    account where = 0;
    key_text mint = {};
    key_text owner = {};
    uint8_t decimals = 6;
    uint64_t before = 0;
    uint64_t after = 0;
  };

  /// A program with its event authority and its name in the logs.
  struct called_program {
    account id = 0;
    account authority = 0;
    std::string_view name = {};
  };

  /// The accounts of the trade that is being written.
  struct parties {
    account user = 0;
    account mint = 0;
    account quote_mint = 0;
    account user_base = 0;
    account user_quote = 0;
    account venue = 0;
    account venue_base = 0;
    account venue_quote = 0;
    account fee_recipient = 0;
    account creator_vault = 0;
    account token_program = 0;
    account quote_program = 0;
    account system_program = 0;
    account fee_program = 0;
  };

  account add(const domain::pubkey& key, account_class where);
  account program(const domain::pubkey& key);
  account readonly(const domain::pubkey& key);
  account writable(const domain::pubkey& key);
  uint8_t index_of(account x) const;

  called_program pump_program();
  called_program amm_program();

  /// Begins an instruction; its data is what goes into `data_` until `close`.
  void open(account program, uint8_t stack_height,
            std::initializer_list<account> accounts);
  void close();
  void simple(account program, uint8_t stack_height,
              std::initializer_list<account> accounts, std::string_view data);

  void write_prelude(const model_transaction& tx);
  void write_instruction(const model_instruction& x,
                         const model_transaction& tx);
  parties parties_of(const model_instruction& x);
  void write_token_account(const parties& p);
  void write_curve_trade(const model_instruction& x, const parties& p,
                         uint8_t height);
  void write_pool_trade(const model_instruction& x, const parties& p,
                        uint8_t height);
  void write_liquidity(const model_instruction& x, const parties& p);
  void write_create(const model_instruction& x, const parties& p);
  void write_migrate(const model_instruction& x, const parties& p);
  void write_create_pool(const model_instruction& x, const parties& p,
                         uint8_t height);
  void write_virtual_params(const model_instruction& x, const parties& p);
  void write_foreign(const model_instruction& x, const parties& p);
  void write_transfers(const model_instruction& x, const parties& p,
                       uint8_t height);
  void write_event(event_kind kind, const model_instruction& x,
                   const called_program& by, uint8_t height);

  void write_message(wire_writer& out, const model_transaction& tx,
                     const slot_plan& plan);
  void write_meta(wire_writer& out, const model_transaction& tx);
  void write_inner_instructions(wire_writer& out);
  void write_token_balance(wire_writer& out, uint32_t field,
                           const token_balance& x, uint64_t amount);
  void write_instruction_fields(wire_writer& out, const instruction& x);

  uint64_t seed_ = 0;
  bool inner_instructions_ = true;
  bool address_tables_ = false;
  std::array<std::vector<domain::pubkey>, classes> keys_ = {};
  std::array<size_t, classes> base_ = {};
  std::vector<account> accounts_ = {};
  std::vector<instruction> instructions_ = {};
  std::vector<token_balance> balances_ = {};
  wire_writer data_;
  log_writer logs_;
  wire_writer event_;
};

} // namespace pumpscope::simulator
