#include "adapters/simulator/generator.hpp"

#include "domain/canonical_dump.hpp"
#include "domain/position.hpp"
#include "domain/reference_fold.hpp"
#include "domain/update_decoder.hpp"
#include "tests/adapters/simulator/recount.hpp"

#include <google/protobuf/unknown_field_set.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace pumpscope::simulator {

namespace {

/// One update with its bytes kept.
struct kept {
  update_kind kind = update_kind::slot;
  uint64_t slot = 0;
  uint8_t status = 0;
  bool failed = false;
  bool after_cut = false;
  std::string body = {};
};

generator_settings small_chain(uint64_t seed, uint64_t trades = 2'000) {
  auto result = generator_settings{};
  result.market.seed = seed;
  result.market.wallets = 800;
  result.market.tokens = 120;
  result.market.creations = 0.03;
  result.chain.trades = trades;
  result.chain.transactions_per_slot = 25;
  return result;
}

std::vector<kept> collect(generator& x) {
  auto result = std::vector<kept>{};
  auto update = generated_update{};
  while (x.next(update))
    result.push_back({update.kind, update.slot, update.status, update.failed,
                      update.after_cut, std::string{update.body}});
  return result;
}

std::vector<kept> collect(const generator_settings& settings) {
  auto x = generator{settings};
  return collect(x);
}

geyser::SubscribeUpdate parse(const std::string& body) {
  auto result = geyser::SubscribeUpdate{};
  EXPECT_TRUE(result.ParseFromString(body));
  return result;
}

std::string signature_of(const kept& x) {
  return parse(x.body).transaction().transaction().signature();
}

/// "name":number or "name":"text" out of one line of JSON.
std::string field(const std::string& json, const std::string& name) {
  auto at = json.find('"' + name + "\":");
  if (at == std::string::npos)
    return "absent";
  at += name.size() + 3;
  auto end = json.find_first_of(json[at] == '{' ? "}" : ",}", at);
  return json.substr(at, end - at + (json[at] == '{' ? 1 : 0));
}

/// Rows of a stream as our own decoder reads them, first copy of each.
std::vector<domain::trade> decode(const std::vector<kept>& updates) {
  auto decoder = domain::update_decoder{};
  auto result = std::map<domain::chain_position, domain::trade>{};
  for (const auto& x : updates) {
    auto parsed = decoder.decode(
      {reinterpret_cast<const uint8_t*>(x.body.data()), x.body.size()});
    auto* tx = std::get_if<domain::parsed_transaction>(&parsed);
    if (tx == nullptr || tx->failed)
      continue;
    for (const auto& row : tx->trades)
      result.emplace(row.position, row);
  }
  auto rows = std::vector<domain::trade>{};
  for (auto& [position, row] : result)
    rows.push_back(row);
  return rows;
}

std::string positions_of(const std::vector<domain::trade>& rows) {
  auto fold = domain::reference_fold{};
  for (const auto& x : rows)
    fold.add(x);
  fold.fold();
  auto list = std::vector<std::pair<domain::pubkey, domain::position>>{};
  for (const auto& [key, position] : fold.positions())
    list.emplace_back(key.first, position);
  return domain::canonical::positions_csv(std::move(list));
}

} // namespace

TEST(generator, gives_the_same_bytes_for_the_same_seed) {
  auto settings = small_chain(7, 1'500);
  settings.faults.duplicate = 0.1;
  settings.faults.fork = 0.05;
  auto one = collect(settings);
  auto two = collect(settings);
  ASSERT_EQ(one.size(), two.size());
  for (size_t i = 0; i < one.size(); ++i)
    ASSERT_EQ(one[i].body, two[i].body) << "update " << i;
  settings.market.seed = 8;
  EXPECT_NE(collect(settings)[200].body, one[200].body);
}

TEST(generator, writes_updates_that_protobuf_writes_the_same_way) {
  auto checked = 0;
  for (const auto& x : collect(small_chain(1, 1'000))) {
    auto update = parse(x.body);
    ASSERT_EQ(update.GetReflection()->GetUnknownFields(update).field_count(),
              0);
    // Minimal varints, fields once and complete: nothing changes in size.
    // (Only proto3 zeros that are written all the same may vanish.)
    ASSERT_LE(update.ByteSizeLong(), x.body.size());
    ASSERT_GE(update.ByteSizeLong() + 8, x.body.size());
    switch (x.kind) {
      case update_kind::slot:
        ASSERT_TRUE(update.has_slot());
        ASSERT_EQ(update.slot().slot(), x.slot);
        ASSERT_EQ(update.slot().status(), x.status);
        break;
      case update_kind::transaction:
        ASSERT_TRUE(update.has_transaction());
        ASSERT_EQ(update.transaction().slot(), x.slot);
        ASSERT_EQ(update.transaction().transaction().meta().has_err(),
                  x.failed);
        ASSERT_EQ(update.transaction().transaction().signature().size(), 64U);
        break;
      case update_kind::block_meta:
        ASSERT_TRUE(update.has_block_meta());
        ASSERT_EQ(update.block_meta().slot(), x.slot);
        break;
    }
    ASSERT_TRUE(update.has_created_at());
    ++checked;
  }
  EXPECT_GT(checked, 1'000);
}

TEST(generator, keeps_every_index_of_a_transaction_inside_its_keys) {
  for (const auto& x : collect(small_chain(2, 1'000))) {
    if (x.kind != update_kind::transaction)
      continue;
    auto update = parse(x.body);
    const auto& info = update.transaction().transaction();
    const auto& message = info.transaction().message();
    auto loaded = info.meta().loaded_writable_addresses_size()
                  + info.meta().loaded_readonly_addresses_size();
    auto keys = static_cast<uint32_t>(message.account_keys_size() + loaded);
    ASSERT_LE(keys, 256U);
    ASSERT_EQ(info.meta().pre_balances_size(), static_cast<int>(keys));
    ASSERT_EQ(info.meta().post_balances_size(), static_cast<int>(keys));
    auto check = [&](uint32_t program, const std::string& accounts) {
      ASSERT_LT(program, keys);
      for (auto index : accounts)
        ASSERT_LT(static_cast<uint8_t>(index), keys);
    };
    for (const auto& ix : message.instructions()) {
      check(ix.program_id_index(), ix.accounts());
      // Programs that are called directly never come from a table.
      ASSERT_LT(ix.program_id_index(),
                static_cast<uint32_t>(message.account_keys_size()));
    }
    for (const auto& list : info.meta().inner_instructions())
      for (const auto& ix : list.instructions()) {
        check(ix.program_id_index(), ix.accounts());
        ASSERT_GE(ix.stack_height(), 2U);
      }
    for (const auto& balance : info.meta().pre_token_balances()) {
      ASSERT_LT(balance.account_index(), keys);
      ASSERT_TRUE(balance.ui_token_amount().decimals() == 6
                  || balance.ui_token_amount().decimals() == 9);
    }
  }
}

TEST(generator, tells_the_truth_that_an_independent_recount_finds) {
  auto sut = generator{small_chain(3, 9'000)};
  auto count = recount{};
  for (const auto& x : collect(sut))
    if (x.kind == update_kind::transaction)
      count.add(parse(x.body).transaction());
  auto truth = sut.truth_json();
  EXPECT_EQ(field(truth, "trades"), std::to_string(count.trades));
  EXPECT_EQ(field(truth, "buys"), std::to_string(count.buys));
  EXPECT_EQ(field(truth, "sells"), std::to_string(count.sells));
  EXPECT_EQ(field(truth, "tokens"), std::to_string(count.mints.size()));
  EXPECT_EQ(field(truth, "wallets"), std::to_string(count.wallets.size()));
  EXPECT_EQ(field(truth, "volume"),
            "{\"SOL\":\"" + domain::to_string(count.volume_sol)
              + "\",\"USDC\":\"" + domain::to_string(count.volume_usdc)
              + "\"}");
  EXPECT_EQ(field(truth, "created"), std::to_string(count.created));
  EXPECT_EQ(field(truth, "completed"), std::to_string(count.completed));
  EXPECT_EQ(field(truth, "migrated"), std::to_string(count.migrated));
  EXPECT_EQ(field(truth, "pools_created"), std::to_string(count.pools));
  EXPECT_EQ(field(truth, "deposits"), std::to_string(count.deposits));
  EXPECT_EQ(field(truth, "withdrawals"), std::to_string(count.withdrawals));
  EXPECT_EQ(field(truth, "ignored"), std::to_string(count.ignored));
  EXPECT_EQ(field(truth, "failed_transactions"), std::to_string(count.failed));
  // Reserves join on every curve and pool, and products are constant.
  EXPECT_EQ(count.breaks, std::vector<std::string>{});
  // The market shows everything that it promises.
  EXPECT_GT(count.product_checks, 1'000U);
  EXPECT_GT(count.completed, 3U);
  EXPECT_GT(count.inverted, 5U);
  EXPECT_GT(count.vault, 10U);
  EXPECT_GT(count.routed, 100U);
  EXPECT_GT(count.foreign, 10U);
  EXPECT_GT(count.old_layouts, 5U);
  EXPECT_GT(count.exact_quote_in, 50U);
  EXPECT_GT(count.multi_trade_transactions, 100U);
  EXPECT_GT(count.params_changes, 0U);
  EXPECT_GT(count.volume_usdc, 0);
}

TEST(generator, agrees_with_the_reference_fold_on_every_position) {
  auto sut = generator{small_chain(4, 4'000)};
  auto rows = decode(collect(sut));
  EXPECT_EQ(rows.size(), sut.trades());
  EXPECT_EQ(positions_of(rows), sut.positions_csv());
  auto fold = domain::reference_fold{};
  for (const auto& x : rows)
    fold.add(x);
  fold.fold();
  EXPECT_GT(fold.positions().size(), 500U);
}

TEST(generator, writes_a_log_twin_of_each_event) {
  auto settings = small_chain(5, 1'000);
  auto cpi = decode(collect(settings));
  settings.chain.inner_instructions = false;
  auto logs = decode(collect(settings));
  ASSERT_EQ(logs.size(), cpi.size());
  for (size_t i = 0; i < logs.size(); ++i) {
    ASSERT_TRUE(domain::has_flag(logs[i], domain::trade_flag::from_log));
    ASSERT_EQ(logs[i].position, cpi[i].position);
    ASSERT_EQ(logs[i].wallet, cpi[i].wallet);
    ASSERT_EQ(logs[i].net_quote_units, cpi[i].net_quote_units);
  }
}

TEST(generator, lets_slots_follow_each_other) {
  auto updates = collect(small_chain(6));
  auto last = uint64_t{0};
  auto skips = 0;
  auto last_time = int64_t{0};
  auto confirmed = std::set<uint64_t>{};
  auto metas = std::set<uint64_t>{};
  for (const auto& x : updates) {
    if (x.kind == update_kind::slot && x.status == 1)
      confirmed.insert(x.slot);
    if (x.kind != update_kind::block_meta)
      continue;
    auto meta = parse(x.body).block_meta();
    if (last != 0) {
      EXPECT_EQ(meta.parent_slot(), last);
      EXPECT_GT(meta.slot(), last);
      skips += meta.slot() > last + 1 ? 1 : 0;
    }
    EXPECT_GE(meta.block_time().timestamp(), last_time);
    EXPECT_FALSE(confirmed.contains(x.slot));
    metas.insert(x.slot);
    last = meta.slot();
    last_time = meta.block_time().timestamp();
  }
  EXPECT_GT(skips, 0);
  EXPECT_EQ(confirmed, metas);
}

namespace {

/// Where each transaction stands in the stream, in block metas before it.
struct placed {
  std::string signature = {};
  uint64_t slot = 0;
  uint64_t metas_of_later_slots = 0;
  bool confirmed_before = false;
};

std::vector<placed> place(const std::vector<kept>& updates) {
  auto metas = std::vector<uint64_t>{};
  auto confirmed = std::set<uint64_t>{};
  auto result = std::vector<placed>{};
  for (const auto& x : updates) {
    if (x.kind == update_kind::block_meta)
      metas.push_back(x.slot);
    if (x.kind == update_kind::slot && x.status == 1)
      confirmed.insert(x.slot);
    if (x.kind != update_kind::transaction)
      continue;
    auto later = static_cast<uint64_t>(
      std::count_if(metas.begin(), metas.end(),
                    [&](uint64_t slot) { return slot > x.slot; }));
    result.push_back(
      {signature_of(x), x.slot, later, confirmed.contains(x.slot)});
  }
  return result;
}

std::set<std::string> signatures(const std::vector<placed>& list) {
  auto result = std::set<std::string>{};
  for (const auto& x : list)
    result.insert(x.signature);
  return result;
}

/// The truth and the stream of a chain with one kind of fault.
struct faulty {
  explicit faulty(const fault_settings& faults, uint64_t transactions = 1'500) {
    auto settings = small_chain(11, transactions);
    auto clean_source = generator{settings};
    clean = place(collect(clean_source));
    clean_truth = clean_source.truth_json();
    settings.faults = faults;
    auto source = generator{settings};
    updates = collect(source);
    list = place(updates);
    truth = source.truth_json();
  }

  std::vector<placed> clean = {};
  std::string clean_truth = {};
  std::vector<kept> updates = {};
  std::vector<placed> list = {};
  std::string truth = {};
};

} // namespace

TEST(generator_faults, duplicates_repeat_transactions_and_lose_none) {
  auto x = faulty{{.duplicate = 0.2}};
  EXPECT_EQ(x.truth, x.clean_truth);
  EXPECT_EQ(signatures(x.list), signatures(x.clean));
  EXPECT_NEAR(static_cast<double>(x.list.size())
                / static_cast<double>(x.clean.size()),
              1.2, 0.05);
}

TEST(generator_faults, reorder_stays_before_the_slot_can_be_sealed) {
  auto x = faulty{{.reorder = 0.3}};
  EXPECT_EQ(x.truth, x.clean_truth);
  EXPECT_EQ(signatures(x.list), signatures(x.clean));
  EXPECT_EQ(x.list.size(), x.clean.size());
  auto moved = 0;
  auto behind_meta = 0;
  for (size_t i = 0; i < x.list.size(); ++i) {
    EXPECT_LE(x.list[i].metas_of_later_slots, 1U);
    moved += x.list[i].signature != x.clean[i].signature ? 1 : 0;
    behind_meta += x.list[i].metas_of_later_slots > 0 ? 1 : 0;
  }
  EXPECT_GT(moved, 100);
  EXPECT_GT(behind_meta, 20);
}

TEST(generator_faults, late_transactions_come_after_the_slot_can_be_sealed) {
  auto x = faulty{{.late = 0.05}};
  EXPECT_EQ(x.truth, x.clean_truth);
  EXPECT_EQ(signatures(x.list), signatures(x.clean));
  auto late = 0;
  for (const auto& tx : x.list) {
    if (tx.metas_of_later_slots == 0)
      continue;
    EXPECT_GE(tx.metas_of_later_slots, 3U);
    EXPECT_TRUE(tx.confirmed_before);
    ++late;
  }
  EXPECT_NEAR(late, static_cast<double>(x.clean.size()) * 0.05,
              static_cast<double>(x.clean.size()) * 0.02);
}

TEST(generator_faults, omitted_transactions_stay_in_the_truth_only) {
  auto x = faulty{{.omit = 0.05}};
  EXPECT_EQ(x.truth, x.clean_truth);
  auto clean = signatures(x.clean);
  auto left = signatures(x.list);
  EXPECT_LT(left.size(), clean.size());
  EXPECT_TRUE(
    std::includes(clean.begin(), clean.end(), left.begin(), left.end()));
  EXPECT_EQ(left.size(), x.list.size());
}

TEST(generator_faults, dead_forks_are_never_confirmed_and_partly_land_again) {
  auto x = faulty{{.fork = 0.2}};
  EXPECT_EQ(x.truth, x.clean_truth);
  auto confirmed = std::set<uint64_t>{};
  auto dead = std::set<uint64_t>{};
  auto seen = std::set<uint64_t>{};
  for (const auto& update : x.updates) {
    seen.insert(update.slot);
    if (update.kind == update_kind::slot && update.status == 1)
      confirmed.insert(update.slot);
    if (update.kind == update_kind::slot && update.status == 6)
      dead.insert(update.slot);
  }
  auto on_chain = std::set<std::string>{};
  auto on_forks = std::set<std::string>{};
  for (const auto& tx : x.list)
    (confirmed.contains(tx.slot) ? on_chain : on_forks).insert(tx.signature);
  EXPECT_EQ(on_chain, signatures(x.clean));
  EXPECT_GT(seen.size(), confirmed.size());
  EXPECT_GT(dead.size(), 0U);
  EXPECT_LT(dead.size(), seen.size() - confirmed.size());
  auto landed = 0;
  auto lost = 0;
  for (const auto& signature : on_forks)
    ++(on_chain.contains(signature) ? landed : lost);
  EXPECT_GT(landed, 10);
  EXPECT_GT(lost, 10);
}

TEST(generator_faults, dead_branches_are_one_to_eight_slots_deep) {
  auto x = faulty{{.fork = 0.8}, 6'000};
  auto parents = std::map<uint64_t, uint64_t>{};
  auto confirmed = std::set<uint64_t>{};
  for (const auto& update : x.updates) {
    if (update.kind != update_kind::slot)
      continue;
    parents[update.slot] = parse(update.body).slot().parent();
    if (update.status == 1)
      confirmed.insert(update.slot);
  }
  // How deep each dead slot is in its branch.
  auto depths = std::map<uint64_t, uint64_t>{};
  for (const auto& [slot, parent] : parents) {
    if (confirmed.contains(slot))
      continue;
    ASSERT_TRUE(depths.contains(parent) || confirmed.contains(parent)
                || parent < parents.begin()->first);
    depths[slot] = depths.contains(parent) ? depths[parent] + 1 : 1;
  }
  auto seen = std::set<uint64_t>{};
  for (const auto& [slot, depth] : depths)
    seen.insert(depth);
  EXPECT_EQ(seen, (std::set<uint64_t>{1, 2, 3, 4, 5, 6, 7, 8}));
}

TEST(generator_faults, a_cut_repeats_earlier_slots) {
  auto x = faulty{{.cut_share = 0.1}};
  EXPECT_EQ(x.truth, x.clean_truth);
  EXPECT_EQ(signatures(x.list), signatures(x.clean));
  auto cuts = 0;
  auto highest = uint64_t{0};
  for (const auto& update : x.updates) {
    if (update.after_cut) {
      ++cuts;
      EXPECT_LE(update.slot, highest);
    }
    highest = std::max(highest, update.slot);
  }
  EXPECT_GT(cuts, 2);
  EXPECT_GT(x.list.size(), x.clean.size());
}

TEST(generator_faults, a_cut_out_of_range_loses_slots) {
  auto x = faulty{{.cut_share = 0.1, .out_of_range = true}};
  EXPECT_EQ(x.truth, x.clean_truth);
  auto left = signatures(x.list);
  EXPECT_LT(left.size(), signatures(x.clean).size());
  EXPECT_EQ(left.size(), x.list.size());
  auto cuts = std::count_if(x.updates.begin(), x.updates.end(),
                            [](const kept& y) { return y.after_cut; });
  EXPECT_GT(cuts, 2);
}

TEST(generator, ends_on_request_with_everything_confirmed) {
  auto settings = small_chain(12);
  settings.chain.trades = 0;
  auto sut = generator{settings};
  auto update = generated_update{};
  for (auto i = 0; i < 500; ++i)
    ASSERT_TRUE(sut.next(update));
  sut.finish();
  auto rest = collect(sut);
  ASSERT_FALSE(rest.empty());
  EXPECT_EQ(rest.back().status, 2);
  EXPECT_FALSE(sut.next(update));
}

TEST(generator, gives_the_truth_up_at_its_bound) {
  auto settings = small_chain(13, 2'000);
  settings.chain.truth_positions_max = 50;
  auto sut = generator{settings};
  collect(sut);
  EXPECT_EQ(field(sut.truth_json(), "positions_sha256"), "null");
  EXPECT_EQ(field(sut.truth_json(), "trades"), std::to_string(sut.trades()));
  EXPECT_EQ(sut.positions_csv(), "");
}

} // namespace pumpscope::simulator
