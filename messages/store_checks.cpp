#include "messages/store_checks.hpp"

#include "domain/base58_prefix.hpp"
#include "domain/utf8.hpp"

#include <algorithm>
#include <string_view>

namespace pumpscope::messages {

namespace {

store_result<void> refuse(std::string text) {
  return tl::make_unexpected(
    store_error{domain::errc::internal, std::move(text)});
}

store_result<void> check_bound(const char* name, size_t value, size_t max) {
  if (value >= 1 && value <= max)
    return {};
  return tl::make_unexpected(
    store_error{domain::errc::limit_exceeded,
                std::string{name} + " is " + std::to_string(value)
                  + " and not from 1 to " + std::to_string(max)});
}

store_result<void> check_rows(size_t rows_max) {
  return check_bound("rows_max", rows_max, list_rows_max);
}

store_result<void> refuse_text(std::string text) {
  return tl::make_unexpected(
    store_error{domain::errc::invalid_text, std::move(text)});
}

bool is_control(char x) {
  auto byte = static_cast<unsigned char>(x);
  return byte < 0x20 || byte == 0x7F;
}

/// Tells whether two ascending lists of rows are dense together.
bool dense(const epoch& x) {
  auto expected = x.before.jpos;
  auto trade = x.trades.begin();
  auto event = x.token_events.begin();
  while (trade != x.trades.end() || event != x.token_events.end()) {
    ++expected;
    if (trade != x.trades.end() && trade->jpos == expected)
      ++trade;
    else if (event != x.token_events.end() && event->jpos == expected)
      ++event;
    else
      return false;
  }
  return expected == x.after.jpos;
}

} // namespace

store_result<void> check_epoch(const epoch& x) {
  if (x.after.epoch != x.before.epoch + 1)
    return refuse("epoch " + std::to_string(x.after.epoch)
                  + " does not follow epoch " + std::to_string(x.before.epoch));
  if (x.after.fence != x.before.fence)
    return refuse("the heads of an epoch differ in their fence");
  if (!dense(x))
    return refuse("journal positions of epoch " + std::to_string(x.after.epoch)
                  + " are not dense from " + std::to_string(x.before.jpos + 1)
                  + " to " + std::to_string(x.after.jpos));
  return {};
}

store_result<void> check_partition(uint32_t partition,
                                   const store_identity& id) {
  if (partition >= id.partitions)
    return refuse("partition " + std::to_string(partition) + " of "
                  + std::to_string(id.partitions) + " does not exist");
  return {};
}

store_result<void> check_checkpoint(const checkpoint& x,
                                    const store_identity& id) {
  auto& to = x.after;
  if (x.before.kind != to.kind || x.before.partition != to.partition)
    return refuse("the cursors of a checkpoint name different partitions");
  if (auto known = check_partition(to.partition, id); !known)
    return known;
  if (to.jpos < x.before.jpos)
    return refuse("a cursor goes back from " + std::to_string(x.before.jpos)
                  + " to " + std::to_string(to.jpos));
  auto here = [&](const domain::pubkey& key) {
    return domain::partition_of(key, id.hash_seed, id.partitions)
           == to.partition;
  };
  auto all_here = [&](const auto& rows, auto key) {
    return std::all_of(rows.begin(), rows.end(),
                       [&](const auto& row) { return here(key(row)); });
  };
  auto by_wallet = [](const auto& row) { return row.wallet; };
  auto by_mint = [](const auto& row) { return row.mint; };
  auto self = [](const auto& key) { return key; };
  auto of_wallets = to.kind == projection::wallet;
  auto wallet_rows_ok = all_here(x.wallets, by_wallet)
                        && all_here(x.positions, by_wallet)
                        && all_here(x.wallet_buckets, by_wallet)
                        && all_here(x.wallets_replaced, self);
  auto token_rows_ok = all_here(x.tokens, by_mint)
                       && all_here(x.candles, by_mint)
                       && all_here(x.tokens_replaced, self);
  auto has_wallet_rows = !x.wallets.empty() || !x.positions.empty()
                         || !x.wallet_buckets.empty()
                         || !x.wallets_replaced.empty();
  auto has_token_rows = !x.tokens.empty() || !x.candles.empty()
                        || !x.tokens_replaced.empty();
  auto repairs_ok = std::all_of(
    x.repairs_done.begin(), x.repairs_done.end(),
    [&](const auto& row) { return row.kind == to.kind && here(row.key); });
  if (!wallet_rows_ok || !token_rows_ok || !repairs_ok
      || (of_wallets ? has_token_rows : has_wallet_rows))
    return refuse(std::string{"a checkpoint of "}
                  + (of_wallets ? "wallet" : "token") + " partition "
                  + std::to_string(to.partition)
                  + " has rows of another partition");
  return {};
}

store_result<void> check_query(const trade_query& x) {
  if (auto rows = check_rows(x.rows_max); !rows)
    return rows;
  return check_bound("scanned_max", x.scanned_max, scanned_rows_max);
}

store_result<void> check_query(const candle_query& x) {
  if (x.interval != domain::interval::m1 && x.interval != domain::interval::m5)
    return tl::make_unexpected(store_error{domain::errc::limit_exceeded,
                                           "only candles of 60 and 300 "
                                           "seconds are stored"});
  return check_rows(x.rows_max);
}

store_result<void> check_query(const holders_query& x) {
  return check_rows(x.rows_max);
}

store_result<void> check_query(const token_search& x) {
  if (auto size = check_bound("bytes of the text", x.text.size(),
                              search_bytes_max);
      !size)
    return size;
  // What cleaning changes is no text.
  if (domain::clean_utf8(x.text, search_bytes_max) != x.text
      || std::any_of(x.text.begin(), x.text.end(), is_control))
    return refuse_text("the text is no UTF-8 without control characters");
  return check_rows(x.rows_max);
}

store_result<void> check_wallet_search(std::string_view address_prefix,
                                       size_t rows_max) {
  if (address_prefix.size() < address_prefix_min)
    return refuse_text("at least " + std::to_string(address_prefix_min)
                       + " characters of an address are needed");
  if (!domain::find_prefix_ranges(address_prefix))
    return refuse_text("no address begins so: that is not base58");
  return check_rows(rows_max);
}

} // namespace pumpscope::messages
