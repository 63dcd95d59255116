#include "bench/stores/workload.hpp"

#include "domain/known_keys.hpp"
#include "messages/state_blob.hpp"

#include <cmath>
#include <cstring>
#include <string_view>

namespace pumpscope::bench {

namespace {

using messages::projection;

/// Chain time of the first trade.
constexpr int64_t start_time = 1'700'000'000;

constexpr auto token_uri
  = "https://ipfs.io/ipfs/bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7a";

domain::pubkey key_of(uint64_t number, uint64_t salt) {
  auto result = domain::pubkey{};
  auto engine = std::mt19937_64{number * 2 + salt};
  for (auto i = size_t{0}; i < 4; ++i) {
    auto word = engine();
    std::memcpy(result.bytes.data() + 8 * i, &word, sizeof(word));
  }
  return result;
}

domain::pubkey wallet_key(uint64_t number) {
  return key_of(number, 0);
}

domain::pubkey mint_key(uint64_t number) {
  return key_of(number, 1);
}

domain::position position_of(uint64_t mint, uint64_t n) {
  auto x = domain::position{};
  auto amount = static_cast<domain::i128>(n * 1'000'003 + 12'345'678'901);
  x.key = {mint_key(mint), domain::known_keys::wsol_mint};
  x.units = amount * 3;
  x.cost_basis = amount;
  x.bought_units = amount * 9;
  x.sold_units = amount * 6;
  x.invested = amount * 4;
  x.proceeds = amount * 2;
  x.realized = -amount;
  x.realized_gross = -amount + 5;
  x.realized_fifo = -amount + 3;
  x.buys = x.sells = x.realizations = 3;
  x.wins = 1;
  x.cost_basis_gross = amount + 7;
  x.cost_out = amount * 3;
  x.matched_units = amount * 6;
  x.held_unit_seconds = amount * 600;
  x.first_trade_at = start_time;
  x.last_trade_at = start_time + 60;
  x.lots.push_back({x.units, x.cost_basis, start_time});
  return x;
}

domain::wallet_totals totals_of(uint64_t n) {
  auto x = domain::wallet_totals{};
  auto amount = static_cast<domain::i128>(n * 1'000'003 + 12'345'678'901);
  x.trades = n;
  x.realized = -amount;
  x.realized_gross = -amount + 5;
  x.realized_fifo = -amount + 3;
  x.invested = amount * 4;
  x.proceeds = amount * 3;
  x.realizations = n / 2;
  x.loss_streak_max = 4;
  x.loss_streak_worst = amount;
  x.tokens = 5;
  x.cost_out = amount * 3;
  x.sold_units = x.sold_units_matched = amount;
  x.volume = amount * 7;
  x.first_trade_at = start_time;
  x.last_trade_at = start_time + 60;
  x.buy_size_last = amount / 5;
  return x;
}

domain::candle candle_of(int64_t time) {
  auto x = domain::candle{};
  x.open_time = time;
  x.open = x.high = x.low = x.close = {30'000'000'123, 1'073'000'000'000'001};
  x.volume_quote = 123'456'789'012;
  x.volume_token = 987'654'321'012'345;
  x.buy_volume_quote = 100'000'000'000;
  x.sell_volume_quote = 23'456'789'012;
  x.trades = 40;
  x.buys = 25;
  x.sells = 15;
  x.wallets = 20;
  return x;
}

/// Returns a made-up word of `syllables` pairs of letters.
std::string word_of(uint64_t number, size_t syllables) {
  constexpr auto consonants = std::string_view{"bcdfghklmnprstvz"};
  constexpr auto vowels = std::string_view{"aeiou"};
  auto result = std::string{};
  for (auto engine = std::mt19937_64{number}; syllables > 0; --syllables) {
    result += consonants[engine() % consonants.size()];
    result += vowels[engine() % vowels.size()];
  }
  return result;
}

/// Returns the state of a token with one series and 20 wallets in its bar.
std::string sample_token_blob() {
  auto x = domain::token_state{};
  x.created = true;
  x.name = "A token of usual length";
  x.symbol = "TOKEN";
  x.uri = std::string(70, 'u');
  auto& series = x.series.emplace_back();
  for (auto& candle : series.open)
    candle = candle_of(start_time);
  for (auto i = uint64_t{0}; i < 20; ++i)
    series.wallets[wallet_key(i)] = {start_time, start_time};
  x.venues.emplace_back();
  return messages::encode_token_state(x);
}

} // namespace

workload::workload(workload_config config, messages::store_identity id)
  : config_(config), id_(id), token_blob_(sample_token_blob()) {
  for (auto kind : {projection::wallet, projection::token})
    for (auto i = 0U; i < id.partitions; ++i)
      cursors_.push_back({kind, i, 0, 0, 0});
}

uint64_t workload::draw(uint64_t n) {
  auto uniform = static_cast<double>(random_() >> 11U) * 0x1p-53;
  return static_cast<uint64_t>(std::pow(uniform, 3) * static_cast<double>(n));
}

messages::epoch workload::next_epoch(const messages::head_row& head) {
  auto x = messages::epoch{};
  x.before = x.after = head;
  ++x.after.epoch;
  for (auto i = size_t{0}; i < config_.epoch_trades; ++i) {
    auto wallet = draw(config_.wallets);
    auto mint = draw(config_.mints);
    auto& row = x.trades.emplace_back();
    // 400 ms slots.
    row.position.slot = 300'000'000
                        + trades_ * 5 / config_.trades_per_second / 2;
    row.position.tx_index = static_cast<uint32_t>(trades_);
    row.position.ix_path = 3U << 16U | 5;
    row.jpos = ++x.after.jpos;
    row.block_time
      = start_time + static_cast<int64_t>(trades_ / config_.trades_per_second);
    row.event_time = row.block_time;
    auto word = random_();
    for (auto& byte : row.signature.bytes)
      byte = static_cast<uint8_t>(word = word * 6'364'136'223'846'793'005U + 1);
    row.wallet = wallet_key(wallet);
    row.mint = mint_key(mint);
    row.quote_mint = domain::known_keys::wsol_mint;
    row.fee_basis_points = 125;
    row.token_units = word % 1'000'000'000'000;
    row.quote_units = word % 3'000'000'000;
    row.fee_units = row.quote_units / 80;
    row.net_quote_units = row.quote_units + row.fee_units;
    row.event_base_reserves = 1'000'000'000'000'000 - row.token_units;
    row.event_quote_reserves = 30'000'000'000 + row.quote_units;
    row.real_token_reserves = 700'000'000'000'000 - row.token_units;
    row.real_quote_reserves = row.quote_units;
    row.pool_base_units = row.token_units;
    row.pool_quote_units = row.quote_units;
    row.tx_fee_lamports = 105'000;
    row.sol_usd_micros = 150'000'000;
    ++wallets_[wallet];
    ++positions_[wallet * config_.mints + mint];
    mints_[mint] = row.block_time / 60 * 60;
    ++trades_;
  }
  x.after.chain_time = x.trades.back().block_time;
  x.after.sealed_slot = x.trades.back().position.slot;
  return x;
}

std::vector<messages::checkpoint_ptr>
workload::take_checkpoints(const messages::head_row& head) {
  auto list = std::vector<std::shared_ptr<messages::checkpoint>>{};
  for (auto& cursor : cursors_) {
    auto x = std::make_shared<messages::checkpoint>();
    x->fence = head.fence;
    x->before = cursor;
    cursor.jpos = head.jpos;
    cursor.chain_time = head.chain_time;
    x->after = cursor;
    list.push_back(std::move(x));
  }
  auto of = [&](projection kind, const domain::pubkey& key) -> auto& {
    auto first = kind == projection::wallet ? 0 : id_.partitions;
    return *list[first
                 + domain::partition_of(key, id_.hash_seed, id_.partitions)];
  };
  for (auto [number, trades] : wallets_) {
    auto key = wallet_key(number);
    auto& x = of(projection::wallet, key);
    x.wallets.push_back(messages::to_row(key, totals_of(trades)));
    for (auto length : {300, 3'600}) {
      auto bucket = domain::wallet_bucket{};
      bucket.wallet = key;
      bucket.length = static_cast<uint32_t>(length);
      bucket.start = head.chain_time / length * length;
      bucket.net = bucket.losses = -123'456'789;
      bucket.trades = bucket.realizations = bucket.losing_realizations = trades;
      bucket.last_loss = {head.sealed_slot, 500, 3U << 16U | 5};
      bucket.last_loss_at = head.chain_time;
      x.wallet_buckets.push_back(bucket);
    }
  }
  for (auto [number, trades] : positions_) {
    auto key = wallet_key(number / config_.mints);
    of(projection::wallet, key)
      .positions.push_back(
        messages::to_row(key, position_of(number % config_.mints, trades)));
  }
  for (auto [number, minute] : mints_) {
    auto key = mint_key(number);
    auto& x = of(projection::token, key);
    auto& row = x.tokens.emplace_back();
    row.mint = key;
    row.quote_mint = domain::known_keys::wsol_mint;
    row.symbol = word_of(number, 3);
    row.name = row.symbol + " of " + word_of(number + config_.mints, 4);
    row.uri = token_uri;
    row.last_trade_at = minute;
    row.market_cap = 1'000'000;
    row.blob = token_blob_;
    for (auto length : {domain::interval::m1, domain::interval::m5})
      x.candles.push_back({key, row.quote_mint, length,
                           candle_of(domain::open_time(minute, length))});
  }
  wallets_.clear();
  positions_.clear();
  mints_.clear();
  return {list.begin(), list.end()};
}

} // namespace pumpscope::bench
