#pragma once

#include "domain/int128.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <geyser.pb.h>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace pumpscope::simulator {

/// Counts what a stream says, from protobuf objects and with a borsh reader of
/// its own: shares no code with the model, the encoder or the decoder.
class recount {
public:
  using i128 = domain::i128;

  /// Adds a transaction. Failed ones are counted apart.
  void add(const geyser::SubscribeUpdateTransaction& update) {
    const auto& info = update.transaction();
    if (info.meta().has_err()) {
      ++failed;
      return;
    }
    const auto& message = info.transaction().message();
    auto keys = std::vector<std::string>{};
    for (const auto& x : message.account_keys())
      keys.push_back(x);
    for (const auto& x : info.meta().loaded_writable_addresses())
      keys.push_back(x);
    for (const auto& x : info.meta().loaded_readonly_addresses())
      keys.push_back(x);
    auto signers = std::set<std::string>{
      keys.begin(), keys.begin() + message.header().num_required_signatures()};
    auto trades_before = trades;
    for (const auto& list : info.meta().inner_instructions()) {
      const auto& outer = message.instructions(static_cast<int>(list.index()));
      // The last swap instruction of the program names the mints.
      auto owner_accounts = std::string{};
      if (keys.at(outer.program_id_index()) == amm())
        owner_accounts = outer.accounts();
      for (const auto& ix : list.instructions()) {
        const auto& program = keys.at(ix.program_id_index());
        auto ours = program == pump() || program == amm();
        auto event = ix.data().starts_with(wrapper());
        if (event && !ours)
          ++foreign;
        if (!ours)
          continue;
        if (!event) {
          if (program == amm())
            owner_accounts = ix.accounts();
          continue;
        }
        if (program == pump())
          curve_event(ix.data().substr(8), signers, keys.front());
        else
          pool_event(ix.data().substr(8), owner_accounts, keys, signers);
      }
    }
    if (trades > trades_before + 1)
      ++multi_trade_transactions;
  }

  uint64_t trades = 0;
  uint64_t buys = 0;
  uint64_t sells = 0;
  uint64_t failed = 0;
  uint64_t foreign = 0;
  uint64_t ignored = 0;
  uint64_t created = 0;
  uint64_t completed = 0;
  uint64_t migrated = 0;
  uint64_t pools = 0;
  uint64_t deposits = 0;
  uint64_t withdrawals = 0;
  uint64_t inverted = 0;
  uint64_t routed = 0;
  uint64_t vault = 0;
  uint64_t old_layouts = 0;
  uint64_t exact_quote_in = 0;
  uint64_t params_changes = 0;
  uint64_t multi_trade_transactions = 0;
  uint64_t product_checks = 0;
  /// Chains of reserves that do not join, and broken identities of events.
  std::vector<std::string> breaks = {};
  i128 volume_sol = 0;
  i128 volume_usdc = 0;
  std::set<std::string> mints = {};
  std::set<std::string> wallets = {};

private:
  struct reader {
    std::string_view rest = {};

    template <class T>
    T number() {
      auto result = T{};
      if (rest.size() < sizeof(T))
        throw std::runtime_error{"the payload ends inside a field"};
      std::memcpy(&result, rest.data(), sizeof(T));
      rest.remove_prefix(sizeof(T));
      return result;
    }

    std::string bytes(size_t count) {
      if (rest.size() < count)
        throw std::runtime_error{"the payload ends inside a field"};
      auto result = std::string{rest.substr(0, count)};
      rest.remove_prefix(count);
      return result;
    }

    std::string key() {
      return bytes(32);
    }

    std::string text() {
      return bytes(number<uint32_t>());
    }
  };

  struct state {
    i128 base = 0;
    i128 quote = 0;
  };

  static std::string hex(std::string_view digits) {
    auto result = std::string{};
    for (size_t i = 0; i < digits.size(); i += 2)
      result += static_cast<char>(
        std::stoi(std::string{digits.substr(i, 2)}, nullptr, 16));
    return result;
  }

  // Keys as bytes, decoded once by hand from their base58 texts.
  static const std::string& pump() {
    static const auto x
      = hex("0156e0f693665acf44db1568bf175baa5189cb97f5d2ff3b655d2bb6fd6d18b0");
    return x;
  }

  static const std::string& amm() {
    static const auto x
      = hex("0c14defc825ec67694250818bb654065f4298d3156d571b4d4f8090c18e9a863");
    return x;
  }

  static const std::string& wsol() {
    static const auto x
      = hex("069b8857feab8184fb687f634618c035dac439dc1aeb3b5598a0f00000000001");
    return x;
  }

  static const std::string& usdc() {
    static const auto x
      = hex("c6fa7af3bedbad3a3d65f36aabc97431b1bbe4c2d2f6e0e47ca60203452f5d61");
    return x;
  }

  static const std::string& mayhem_vault() {
    static const auto x
      = hex("a28b5fd26ab479a6a9cc6cbf6b0b23eb61885a371e0120aca913beef3d138a78");
    return x;
  }

  static const std::string& wrapper() {
    static const auto x = hex("e445a52e51cb9a1d");
    return x;
  }

  /// The first eight bytes as they read in hex.
  static uint64_t discriminator(std::string_view data) {
    return __builtin_bswap64(reader{data}.number<uint64_t>());
  }

  void booked(bool buy, const std::string& mint, const std::string& wallet,
              i128 quote, bool dollar) {
    ++trades;
    ++(buy ? buys : sells);
    mints.insert(mint);
    wallets.insert(wallet);
    (dollar ? volume_usdc : volume_sol) += quote;
  }

  std::string wallet_of(const std::string& user,
                        const std::set<std::string>& signers,
                        const std::string& payer) {
    if (user == mayhem_vault()) {
      ++vault;
      return user;
    }
    if (signers.contains(user))
      return user;
    ++routed;
    return payer;
  }

  void check(bool holds, const char* what) {
    if (!holds)
      breaks.emplace_back(what);
  }

  void join(const std::string& venue, state before, state after) {
    auto [i, fresh] = reserves_.try_emplace(venue, after);
    if (!fresh) {
      check(i->second.base == before.base, "base reserves");
      check(i->second.quote == before.quote, "quote reserves");
      i->second = after;
    }
  }

  void curve_event(std::string_view data, const std::set<std::string>& signers,
                   const std::string& payer) {
    auto in = reader{data.substr(8)};
    auto id = discriminator(data);
    if (id == 0x1b72a94ddeeb6376) {
      ++created;
      in.text();
      in.text();
      in.text();
      return;
    }
    if (id == 0x5f72619cd42e9808) {
      ++completed;
      in.key();
      completed_.insert(in.key());
      return;
    }
    if (id == 0xbde95db95c94ea94) {
      ++migrated;
      in.key();
      check(completed_.contains(in.key()), "migrated before it was complete");
      return;
    }
    if (id == 0x757be4b6a1a8dcd6) {
      ++params_changes;
      in.number<int64_t>();
      auto mint = in.key();
      auto base = in.number<uint64_t>();
      auto quote = in.number<uint64_t>();
      auto& known = reserves_[mint];
      check(known.base == 0 || (known.base == base && known.quote == quote),
            "old virtual reserves");
      known = {static_cast<i128>(in.number<uint64_t>()), 0};
      known.quote = in.number<uint64_t>();
      return;
    }
    check(id == 0xbddb7fd34ee661ee, "unknown event");
    curve_trade(in, data.size(), signers, payer);
  }

  void curve_trade(reader in, size_t size, const std::set<std::string>& signers,
                   const std::string& payer) {
    auto mint = in.key();
    auto sol = in.number<uint64_t>();
    auto tokens = in.number<uint64_t>();
    auto buy = in.number<uint8_t>() == 1;
    auto user = in.key();
    in.number<int64_t>();
    auto virtual_sol = in.number<uint64_t>();
    auto virtual_token = in.number<uint64_t>();
    auto quote = sol;
    auto virtual_quote = virtual_sol;
    auto dollar = false;
    if (size == 113 || size == 129)
      ++old_layouts;
    if (size > 300) {
      // Layouts of 32 fields and more carry the quote.
      in.bytes(8 + 8 + 32 + 8 + 8 + 32 + 8 + 8 + 1 + 4 * 8);
      in.text();
      in.bytes(1 + 8 + 8 + 8 + 8);
      auto holders = in.number<uint32_t>();
      in.bytes(holders * 34);
      auto quote_mint = in.key();
      auto quote_amount = in.number<uint64_t>();
      auto virtual_quote_reserves = in.number<uint64_t>();
      dollar = quote_mint == usdc();
      if (dollar) {
        check(sol == 0 && virtual_sol == 0, "a dollar curve with SOL fields");
        quote = quote_amount;
        virtual_quote = virtual_quote_reserves;
      } else {
        check(quote_amount == sol, "quote amount of a SOL curve");
      }
    }
    check(!completed_.contains(mint), "trade on a complete curve");
    auto after = state{virtual_token, virtual_quote};
    auto before = buy ? state{after.base + tokens, after.quote - quote}
                      : state{after.base - tokens, after.quote + quote};
    join(mint, before, after);
    if (user != mayhem_vault()) {
      // The constant product never shrinks, and grows by rounding only.
      ++product_checks;
      auto k_before = before.base * before.quote;
      auto k_after = after.base * after.quote;
      check(k_after >= k_before, "constant product");
      check(k_after - k_before <= std::max(after.base, before.base) * 2,
            "constant product, rounding");
    }
    booked(buy, mint, wallet_of(user, signers, payer), quote, dollar);
  }

  void pool_event(std::string_view data, const std::string& accounts,
                  const std::vector<std::string>& keys,
                  const std::set<std::string>& signers) {
    auto in = reader{data.substr(8)};
    auto id = discriminator(data);
    if (id == 0xb1310cd2a076a774) {
      ++pools;
      in.bytes(8 + 2 + 32 + 32 + 32 + 1 + 1 + 8 + 8);
      auto base = in.number<uint64_t>();
      auto quote = in.number<uint64_t>();
      in.bytes(8 + 8 + 8 + 1);
      reserves_[in.key()] = {base, quote};
      return;
    }
    if (id == 0x78f83d531f8e6b90 || id == 0x1609851aa02c47c0) {
      auto deposit = id == 0x78f83d531f8e6b90;
      ++(deposit ? deposits : withdrawals);
      in.bytes(8 + 3 * 8 + 2 * 8);
      auto before = state{static_cast<i128>(in.number<uint64_t>()), 0};
      before.quote = in.number<uint64_t>();
      auto base = i128{in.number<uint64_t>()};
      auto quote = i128{in.number<uint64_t>()};
      in.number<uint64_t>();
      auto sign = deposit ? i128{1} : i128{-1};
      join(in.key(), before,
           {before.base + sign * base, before.quote + sign * quote});
      return;
    }
    auto buy = id == 0x67f4521f2cf57777;
    check(buy || id == 0x3e2f370aa503dc2a, "unknown pool event");
    in.number<int64_t>();
    auto base_amount = i128{in.number<uint64_t>()};
    in.bytes(3 * 8);
    auto before = state{static_cast<i128>(in.number<uint64_t>()), 0};
    before.quote = in.number<uint64_t>();
    auto a = i128{in.number<uint64_t>()};
    in.number<uint64_t>();
    auto lp = i128{in.number<uint64_t>()};
    in.bytes(2 * 8);
    auto with_lp = i128{in.number<uint64_t>()};
    auto b = i128{in.number<uint64_t>()};
    auto pool = in.key();
    auto user = in.key();
    auto net = buy ? std::min(a, b) : a;

    check(with_lp == (buy ? net + lp : net - lp), "amount with LP fee");
    if (buy && a > b)
      ++exact_quote_in;
    join(pool, before,
         buy ? state{before.base - base_amount, before.quote + net + lp}
             : state{before.base + base_amount, before.quote - net + lp});
    auto base_mint = keys.at(static_cast<uint8_t>(accounts.at(3)));
    auto quote_mint = keys.at(static_cast<uint8_t>(accounts.at(4)));
    auto money = [](const std::string& x) {
      return x == wsol() || x == usdc();
    };
    if (money(base_mint) == money(quote_mint)) {
      ++ignored;
      return;
    }
    auto wallet = wallet_of(user, signers, keys.front());
    if (money(base_mint)) {
      ++inverted;
      booked(!buy, quote_mint, wallet, base_amount, base_mint == usdc());
    } else {
      booked(buy, base_mint, wallet, net, quote_mint == usdc());
    }
  }

  std::map<std::string, state> reserves_ = {};
  std::set<std::string> completed_ = {};
};

} // namespace pumpscope::simulator
