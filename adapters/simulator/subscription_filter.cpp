#include "adapters/simulator/subscription_filter.hpp"

#include "domain/base58.hpp"
#include "domain/known_keys.hpp"

#include <algorithm>
#include <geyser.pb.h>
#include <string_view>

namespace pumpscope::simulator {

namespace {

/// Filters of one kind and accounts of one filter that a request may name.
constexpr int filters_max = 64;
constexpr int accounts_max = 10'000;

tl::expected<std::vector<domain::pubkey>, std::string>
read_keys(const google::protobuf::RepeatedPtrField<std::string>& texts) {
  if (texts.size() > accounts_max)
    return tl::unexpected{std::string{"too many accounts"}};
  auto result = std::vector<domain::pubkey>{};
  for (const auto& text : texts) {
    auto key = domain::parse_pubkey(text);
    if (!key)
      return tl::unexpected{"invalid pubkey: " + text.substr(0, 64)};
    result.push_back(*key);
  }
  return result;
}

std::vector<std::string> keys_of(const broadcast_message& x) {
  auto update = geyser::SubscribeUpdate{};
  if (!update.ParseFromArray(x.body.begin(), static_cast<int>(x.body.size())))
    return {};
  const auto& info = update.transaction().transaction();
  auto result = std::vector<std::string>{};
  for (const auto& key : info.transaction().message().account_keys())
    result.push_back(key);
  for (const auto& key : info.meta().loaded_writable_addresses())
    result.push_back(key);
  for (const auto& key : info.meta().loaded_readonly_addresses())
    result.push_back(key);
  // Filters by signature compare with it too.
  result.push_back(info.signature());
  return result;
}

bool holds(const std::vector<std::string>& keys, const domain::pubkey& key) {
  auto bytes = std::string_view{reinterpret_cast<const char*>(key.bytes.data()),
                                key.bytes.size()};
  return std::find(keys.begin(), keys.end(), bytes) != keys.end();
}

} // namespace

tl::expected<subscription_filter::transactions, std::string>
subscription_filter::read(const std::string& key,
                          const geyser::SubscribeRequestFilterTransactions& x) {
  auto result = transactions{};
  result.prefix = filters_prefix(key);
  if (x.has_vote())
    result.vote = x.vote();
  if (x.has_failed())
    result.failed = x.failed();
  if (x.has_signature()) {
    auto signature = domain::parse_signature(x.signature());
    if (!signature)
      return tl::unexpected{std::string{"invalid signature"}};
    result.signature.assign(
      reinterpret_cast<const char*>(signature->bytes.data()), 64);
  }
  if (x.has_cuckoo_account_include() || x.has_token_accounts())
    return tl::unexpected{
      std::string{"the simulator knows no cuckoo and token account filters"}};
  auto include = read_keys(x.account_include());
  auto exclude = read_keys(x.account_exclude());
  auto required = read_keys(x.account_required());
  for (auto* keys : {&include, &exclude, &required})
    if (!*keys)
      return tl::unexpected{keys->error()};
  result.include = std::move(*include);
  result.exclude = std::move(*exclude);
  result.required = std::move(*required);
  result.programs_only = result.signature.empty() && result.exclude.empty()
                         && result.required.empty();
  for (const auto& account : result.include) {
    auto pump = account == domain::known_keys::pump_program;
    auto amm = account == domain::known_keys::pump_amm_program;
    result.pump |= pump;
    result.pump_amm |= amm;
    result.programs_only &= pump || amm;
  }
  return result;
}

tl::expected<subscription_filter, std::string>
subscription_filter::from(const geyser::SubscribeRequest& request) {
  if (request.accounts_size() + request.transactions_status_size()
        + request.blocks_size() + request.entry_size()
      != 0)
    return tl::unexpected{std::string{
      "the simulator serves transactions, slots and blocks_meta only"}};
  if (request.transactions_size() > filters_max
      || request.slots_size() > filters_max
      || request.blocks_meta_size() > filters_max)
    return tl::unexpected{std::string{"too many filters"}};
  auto result = subscription_filter{};
  // The prefix of a key has a length of one byte.
  auto long_key = [](const auto& map) {
    return std::any_of(map.begin(), map.end(),
                       [](const auto& x) { return x.first.size() > 127; });
  };
  if (long_key(request.transactions()) || long_key(request.slots())
      || long_key(request.blocks_meta()))
    return tl::unexpected{std::string{"filter name is too long"}};
  for (const auto& [key, value] : request.transactions()) {
    auto filter = read(key, value);
    if (!filter)
      return tl::unexpected{filter.error()};
    result.transactions_.push_back(std::move(*filter));
  }
  for (const auto& [key, value] : request.slots())
    result.slots_.push_back({filters_prefix(key), value.filter_by_commitment(),
                             value.interslot_updates()});
  for (const auto& [key, value] : request.blocks_meta())
    result.metas_.push_back(filters_prefix(key));
  result.commitment_ = static_cast<uint8_t>(
    std::clamp(static_cast<int>(request.commitment()), 0, 2));
  return result;
}

bool subscription_filter::matches(const transactions& filter,
                                  const broadcast_message& x) {
  // There are no votes here.
  if (filter.vote == true || (filter.failed && *filter.failed != x.failed))
    return false;
  if (filter.programs_only)
    return filter.include.empty() || (filter.pump && x.names_pump)
           || (filter.pump_amm && x.names_pump_amm);
  auto keys = keys_of(x);
  auto in = [&keys](const domain::pubkey& key) { return holds(keys, key); };
  if (!filter.signature.empty()
      && (keys.empty() || keys.back() != filter.signature))
    return false;
  return (filter.include.empty()
          || std::any_of(filter.include.begin(), filter.include.end(), in))
         && std::none_of(filter.exclude.begin(), filter.exclude.end(), in)
         && std::all_of(filter.required.begin(), filter.required.end(), in);
}

std::string subscription_filter::prefix(const broadcast_message& x) const {
  auto result = std::string{};
  switch (x.kind) {
    case update_kind::transaction:
      for (const auto& filter : transactions_)
        if (matches(filter, x))
          result += filter.prefix;
      break;
    case update_kind::slot:
      for (const auto& filter : slots_) {
        auto level = x.status < broadcast_log::commitments;
        if ((level || filter.interslot)
            && (!filter.by_commitment || x.status == commitment_))
          result += filter.prefix;
      }
      break;
    case update_kind::block_meta:
      for (const auto& prefix : metas_)
        result += prefix;
      break;
  }
  return result;
}

} // namespace pumpscope::simulator
