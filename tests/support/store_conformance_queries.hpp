#pragma once

// Part of store_conformance.hpp: lists for people, searches, and the ledger of
// a wallet as it was.

#include "domain/base58.hpp"
#include "domain/base58_prefix.hpp"
#include "domain/known_keys.hpp"
#include "tests/support/store_conformance.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>

namespace pumpscope::test {

using messages::token_search;
using messages::trade_query;
using testing::ElementsAre;
using testing::IsEmpty;

/// What the tests of lists share.
class store_queries : public store_conformance {
protected:
  /// The positions of all pages of a list; checks that each is within bounds.
  std::vector<uint64_t> all_pages(trade_query x) {
    auto result = std::vector<uint64_t>{};
    for (auto pages = 0; pages < 10'000; ++pages) {
      auto page = value(store().load_trades(x));
      EXPECT_LE(page.trades.size(), x.rows_max);
      for (auto& row : page.trades) {
        EXPECT_TRUE(result.empty() || row.jpos < result.back());
        result.push_back(row.jpos);
      }
      if (page.next_before == 0)
        return result;
      EXPECT_TRUE(x.before_jpos == 0 || page.next_before < x.before_jpos);
      x.before_jpos = page.next_before;
    }
    ADD_FAILURE() << "there is no end of it";
    return result;
  }

  /// Stores rows of tokens.
  void commit_tokens(const std::vector<messages::token_row>& rows) {
    auto id = store().identity();
    for (auto i = 0U; i < id.partitions; ++i) {
      auto x = checkpoint_of(messages::projection::token, i);
      for (auto& row : rows)
        if (domain::partition_of(row.mint, id.hash_seed, id.partitions) == i)
          x.tokens.push_back(row);
      commit(x);
    }
  }

  /// A token with these texts that was traded at a time.
  static messages::token_row token(uint64_t number, std::string symbol,
                                   std::string name, int64_t last_trade_at) {
    auto row = sample_token(sample_key(number), 1);
    row.symbol = std::move(symbol);
    row.name = std::move(name);
    row.last_trade_at = last_trade_at;
    return row;
  }

  /// The symbols of what a search finds.
  std::vector<std::string> found(std::string text, size_t rows_max = 20) {
    auto result = std::vector<std::string>{};
    for (auto& row : value(store().search_tokens({std::move(text), rows_max})))
      result.push_back(row.symbol);
    return result;
  }

  /// Stores positions, of any wallets.
  void commit_positions(const std::vector<messages::position_row>& rows) {
    auto id = store().identity();
    for (auto i = 0U; i < id.partitions; ++i) {
      auto x = checkpoint_of(messages::projection::wallet, i);
      auto wallets = std::set<domain::pubkey>{};
      for (auto& row : rows)
        if (domain::partition_of(row.wallet, id.hash_seed, id.partitions)
            == i) {
          x.positions.push_back(row);
          if (wallets.insert(row.wallet).second)
            x.wallets.push_back(sample_wallet(row.wallet, 1));
        }
      commit(x);
    }
  }

  static messages::position_row
  position(const domain::pubkey& wallet, const domain::pubkey& mint,
           domain::i128 units,
           const domain::pubkey& quote_mint = domain::known_keys::wsol_mint) {
    auto row = sample_position(wallet, mint, quote_mint, 2);
    row.position.units = units;
    return row;
  }

  /// Journals that a slot does not count.
  void void_slot(uint64_t slot) {
    auto x = epoch_after(head);
    x.slots = {sample_slot(slot)};
    commit(x);
    auto y = epoch_after(head);
    auto event = domain::token_event{};
    event.kind = domain::token_event_kind::slot_voided;
    event.position = domain::void_position(slot);
    event.jpos = ++y.after.jpos;
    y.token_events.push_back(event);
    y.slots_voided = {slot};
    commit(y);
  }
};

TEST_P(store_queries, trades_come_newest_first_with_every_field) {
  auto wallet = key_in(1);
  auto mint = key_in(2);
  auto x = epoch_after(head);
  for (auto i = 1U; i <= 9; ++i)
    add_trade(x, {10, i, 2}, wallet, mint);
  add_event(x, {10, 10, 2}, mint);
  commit(x);
  reopen();
  auto list = value(store().load_trades({.mint = mint}));
  auto expected = x.trades;
  std::reverse(expected.begin(), expected.end());
  EXPECT_EQ(list.trades, expected);
  EXPECT_EQ(list.next_before, 0U);
  EXPECT_EQ(value(store().load_trades({.wallet = wallet})).trades, expected);
  EXPECT_EQ(value(store().load_trades({})).trades, expected);
  EXPECT_THAT(value(store().load_trades({.mint = wallet})).trades, IsEmpty());
}

TEST_P(store_queries, trades_of_a_key_come_in_pages_without_a_hole) {
  auto wallets = std::vector{key_in(0), key_in(1), key_in(1, 900)};
  auto mints = std::vector{key_in(2), key_in(3)};
  auto expected = std::map<std::pair<size_t, size_t>, std::vector<uint64_t>>{};
  // Epochs of odd sizes, so that segments of the index are of several levels.
  for (auto n = uint64_t{0}, epoch = uint64_t{0}; epoch < 40; ++epoch) {
    auto x = epoch_after(head);
    for (auto i = uint64_t{0}; i <= epoch % 7; ++i, ++n) {
      auto wallet = n * n % 7 % wallets.size();
      auto mint = n % 5 % mints.size();
      if (n % 11 == 3)
        add_event(x, {epoch + 1, static_cast<uint32_t>(i), 1}, mints[mint]);
      else
        add_trade(x, {epoch + 1, static_cast<uint32_t>(i), 1}, wallets[wallet],
                  mints[mint]);
      if (n % 11 != 3)
        expected[{wallet, mint}].push_back(x.after.jpos);
    }
    commit(x);
  }
  auto of = [&](std::optional<size_t> wallet, std::optional<size_t> mint) {
    auto result = std::vector<uint64_t>{};
    for (auto& [key, rows] : expected)
      if ((!wallet || key.first == *wallet) && (!mint || key.second == *mint))
        result.insert(result.end(), rows.begin(), rows.end());
    std::sort(result.rbegin(), result.rend());
    return result;
  };
  for (auto rows_max : {size_t{1}, size_t{7}, size_t{1'000}})
    for (auto scanned_max : {size_t{1}, size_t{10}, size_t{20'000}}) {
      auto query = trade_query{.rows_max = rows_max,
                               .scanned_max = scanned_max};
      EXPECT_EQ(all_pages(query), of({}, {}));
      for (size_t i = 0; i < wallets.size(); ++i) {
        query.wallet = wallets[i];
        query.mint.reset();
        EXPECT_EQ(all_pages(query), of(i, {}));
        for (size_t j = 0; j < mints.size(); ++j) {
          query.mint = mints[j];
          EXPECT_EQ(all_pages(query), of(i, j));
        }
      }
      query.wallet.reset();
      EXPECT_EQ(all_pages(query), of({}, 1));
    }
}

TEST_P(store_queries, a_list_of_trades_tells_whether_there_are_more) {
  commit_trades(5, 1, key_in(1), key_in(2));
  auto query = trade_query{.wallet = key_in(1), .rows_max = 5};
  EXPECT_EQ(value(store().load_trades(query)).next_before, 0U);
  query.rows_max = 4;
  EXPECT_EQ(value(store().load_trades(query)).next_before, 2U);
  query.before_jpos = 2;
  auto last = value(store().load_trades(query));
  EXPECT_THAT(jpos_of(last.trades), ElementsAre(1));
  EXPECT_EQ(last.next_before, 0U);
  query.before_jpos = 1;
  EXPECT_THAT(value(store().load_trades(query)).trades, IsEmpty());
  query.before_jpos = std::numeric_limits<uint64_t>::max();
  EXPECT_EQ(value(store().load_trades(query)).trades.size(), 4U);
}

TEST_P(store_queries, trades_are_chosen_by_side_and_size) {
  auto x = epoch_after(head);
  auto mint = key_in(2);
  for (auto i = 1U; i <= 8; ++i) {
    add_trade(x, {10, i, 2}, key_in(i % 4), mint);
    auto& row = x.trades.back();
    row.side = i % 2 == 0 ? domain::trade_side::buy : domain::trade_side::sell;
    row.quote_units = i == 8 ? std::numeric_limits<uint64_t>::max() : i * 100;
  }
  commit(x);
  using domain::trade_side;
  EXPECT_THAT(all_pages({.mint = mint, .side = trade_side::buy}),
              ElementsAre(8, 6, 4, 2));
  EXPECT_THAT(all_pages({.mint = mint,
                         .side = trade_side::sell,
                         .quote_units_min = 300,
                         .rows_max = 2}),
              ElementsAre(7, 5, 3));
  EXPECT_THAT(
    all_pages({.quote_units_min = std::numeric_limits<uint64_t>::max()}),
    ElementsAre(8));
  // What is looked at is bounded, and the answer says how far it went.
  auto narrow = trade_query{.mint = mint,
                            .quote_units_min = uint64_t{1} << 63,
                            .before_jpos = 8,
                            .scanned_max = 3};
  auto first = value(store().load_trades(narrow));
  EXPECT_THAT(first.trades, IsEmpty());
  EXPECT_NE(first.next_before, 0U);
  EXPECT_GE(first.next_before, 5U);
}

TEST_P(store_queries, trades_of_voided_slots_are_left_out) {
  auto mint = key_in(2);
  commit_trades(5, 1, key_in(1), mint);
  void_slot(3);
  EXPECT_THAT(all_pages({.mint = mint, .rows_max = 2}),
              ElementsAre(5, 4, 2, 1));
  EXPECT_THAT(all_pages({.mint = mint, .wallet = key_in(1)}),
              ElementsAre(5, 4, 2, 1));
  EXPECT_THAT(all_pages({.rows_max = 1}), ElementsAre(5, 4, 2, 1));
}

TEST_P(store_queries, candles_are_the_newest_of_a_range_in_order) {
  using domain::interval;
  auto mint = key_in(1);
  auto other = key_in(1, 700);
  auto quote = domain::known_keys::wsol_mint;
  auto x = checkpoint_of(messages::projection::token, 1);
  constexpr auto day = int64_t{86'400};
  auto times = std::vector<int64_t>{-120,   -60, 0,         60,
                                    86'340, day, 400 * day, 400 * day + 60};
  for (auto time : times)
    x.candles.push_back(sample_candle(mint, quote, interval::m1, time, 3));
  x.candles.push_back(sample_candle(mint, quote, interval::m5, 0, 4));
  x.candles.push_back(
    sample_candle(mint, domain::known_keys::usdc_mint, interval::m1, 0, 5));
  x.candles.push_back(sample_candle(other, quote, interval::m1, 0, 6));
  commit(x);
  auto load = [&](int64_t from, int64_t to, size_t rows_max = 100) {
    auto result = std::vector<int64_t>{};
    for (auto& row : value(store().load_candles(
           {mint, quote, interval::m1, from, to, rows_max})))
      result.push_back(row.candle.open_time);
    return result;
  };
  EXPECT_EQ(load(INT64_MIN, INT64_MAX), times);
  EXPECT_THAT(load(0, 60), ElementsAre(0));
  EXPECT_THAT(load(-60, 86'341), ElementsAre(-60, 0, 60, 86'340));
  EXPECT_THAT(load(0, 400 * day + 1, 2), ElementsAre(day, 400 * day));
  EXPECT_THAT(load(61, 86'340), IsEmpty());
  EXPECT_THAT(load(60, 0), IsEmpty());
  auto row = value(store().load_candles({mint, quote, interval::m5, 0, 1, 9}));
  ASSERT_EQ(row.size(), 1U);
  EXPECT_EQ(row[0].candle,
            sample_candle(mint, quote, interval::m5, 0, 4).candle);
  EXPECT_EQ(row[0].mint, mint);
  EXPECT_EQ(row[0].quote_mint, quote);
  EXPECT_EQ(row[0].interval, interval::m5);
}

TEST_P(store_queries, holders_are_who_has_most) {
  auto mint = key_in(2);
  auto other = key_in(2, 800);
  auto a = key_in(0);
  auto b = key_in(1);
  auto c = key_in(2);
  auto d = key_in(3);
  auto twins = std::vector{key_in(3, 500), key_in(0, 500)};
  std::sort(twins.begin(), twins.end());
  auto x = epoch_after(head);
  for (auto& wallet : {a, b, c, d, twins[0], twins[1], a}) {
    add_trade(x, {1, static_cast<uint32_t>(x.after.jpos), 1}, wallet, mint);
    add_trade(x, {1, static_cast<uint32_t>(x.after.jpos), 1}, wallet, other);
  }
  commit(x);
  auto usdc = domain::known_keys::usdc_mint;
  auto rows = std::vector{position(a, mint, domain::i128_max),
                          position(a, mint, 7, usdc),
                          position(b, mint, 0),
                          position(c, mint, -5),
                          position(d, mint, 256),
                          position(twins[1], mint, 255),
                          position(twins[0], mint, 255),
                          position(b, other, 1'000'000)};
  commit_positions(rows);
  auto found = value(store().load_holders({mint, 20}));
  ASSERT_EQ(found.size(), 5U);
  auto expected = {0, 4, 6, 5, 1};
  for (auto i = size_t{0}; i < found.size(); ++i) {
    auto& row = rows[static_cast<size_t>(*(expected.begin() + i))];
    EXPECT_EQ(found[i].wallet, row.wallet) << i;
    EXPECT_EQ(found[i].position, row.position) << i;
    EXPECT_EQ(found[i].blob, "") << i;
  }
  EXPECT_EQ(value(store().load_holders({mint, 3})).size(), 3U);
  EXPECT_EQ(value(store().load_holders({mint, 3}))[2].wallet, twins[0]);
  EXPECT_EQ(value(store().load_holders({other, 3})).size(), 1U);
  EXPECT_THAT(value(store().load_holders({key_in(1), 3})), IsEmpty());
}

TEST_P(store_queries, who_sold_all_is_no_holder_any_more) {
  auto mint = key_in(2);
  commit_trades(1, 1, key_in(1), mint);
  commit_positions({position(key_in(1), mint, 5)});
  EXPECT_EQ(value(store().load_holders({mint, 3})).size(), 1U);
  commit_positions({position(key_in(1), mint, 0)});
  EXPECT_THAT(value(store().load_holders({mint, 3})), IsEmpty());
}

TEST_P(store_queries, tokens_are_found_best_first) {
  commit_tokens({token(1, "MYDOGE", "Something", 50),
                 token(2, "DOGE", "Old coin", 1), token(3, "DOGEX", "x", 9),
                 token(4, "A", "Doge of the moon", 3),
                 token(5, "doge", "New coin", 2), token(6, "B", "The Doge", 60),
                 token(7, "CAT", "Meow", 99), token(8, "", "", 99)});
  EXPECT_THAT(found("doge"),
              ElementsAre("doge", "DOGE", "DOGEX", "A", "B", "MYDOGE"));
  EXPECT_THAT(found("DoGe", 3), ElementsAre("doge", "DOGE", "DOGEX"));
  EXPECT_THAT(found("oge"),
              ElementsAre("B", "MYDOGE", "DOGEX", "A", "doge", "DOGE"));
  EXPECT_THAT(found("oge of the m"), ElementsAre("A"));
  EXPECT_THAT(found("moe"), IsEmpty());
  reopen();
  EXPECT_THAT(found("new COIN"), ElementsAre("doge"));
}

TEST_P(store_queries, short_texts_are_found_at_the_beginning) {
  commit_tokens({token(1, "AI", "Robot", 1), token(2, "AIX", "Other", 2),
                 token(3, "X", "Ai dog", 3), token(4, "MAIN", "A b", 4),
                 token(5, "B", "C", 5)});
  EXPECT_THAT(found("ai"), ElementsAre("AI", "AIX", "X"));
  EXPECT_THAT(found("b"), ElementsAre("B"));
  EXPECT_THAT(found("a"), ElementsAre("AIX", "AI", "MAIN", "X"));
}

TEST_P(store_queries, what_a_search_finds_has_all_but_the_blob) {
  auto row = token(1, "DOGE", "a dog", 5);
  commit_tokens({row});
  auto result = value(store().search_tokens({"a dog", 1}));
  ASSERT_EQ(result.size(), 1U);
  row.blob.clear();
  EXPECT_EQ(result[0].mint, row.mint);
  EXPECT_EQ(result[0].symbol, row.symbol);
  EXPECT_EQ(result[0].name, row.name);
  EXPECT_EQ(result[0].uri, row.uri);
  EXPECT_EQ(result[0].quote_mint, row.quote_mint);
  EXPECT_EQ(result[0].creator, row.creator);
  EXPECT_EQ(result[0].last_price, row.last_price);
  EXPECT_EQ(result[0].market_cap, row.market_cap);
  EXPECT_EQ(result[0].last_trade_at, row.last_trade_at);
  EXPECT_EQ(result[0].graduated, row.graduated);
  EXPECT_EQ(result[0].blob, "");
}

TEST_P(store_queries, tokens_are_found_by_the_text_that_they_have_now) {
  commit_tokens({token(1, "", "", 1), token(2, "first", "name", 1)});
  EXPECT_THAT(found("dog"), IsEmpty());
  commit_tokens({token(1, "dog", "late", 2), token(2, "second", "name", 3)});
  EXPECT_THAT(found("dog"), ElementsAre("dog"));
  EXPECT_THAT(found("first"), IsEmpty());
  EXPECT_THAT(found("name"), ElementsAre("second"));
  // The same again, and back to what it was: once each.
  commit_tokens({token(1, "dog", "late", 9), token(2, "first", "name", 3)});
  EXPECT_THAT(found("first"), ElementsAre("first"));
  EXPECT_THAT(found("second"), IsEmpty());
  EXPECT_EQ(value(store().search_tokens({"dog", 9}))[0].last_trade_at, 9);
}

TEST_P(store_queries, tokens_are_found_by_their_mint) {
  auto row = token(1, "sym", "nam", 1);
  // Its text begins as the address of another one does.
  auto address = domain::to_string(row.mint);
  auto named = token(2, "x", address.substr(0, 5), 9);
  commit_tokens({row, named});
  EXPECT_THAT(found(address), ElementsAre("sym"));
  EXPECT_THAT(found(address.substr(0, 20)), ElementsAre("sym"));
  EXPECT_THAT(found(address.substr(0, 5)), ElementsAre("x", "sym"));
  EXPECT_THAT(found(address.substr(0, 4)), ElementsAre("x", "sym"));
  EXPECT_THAT(found(address.substr(0, 3)), ElementsAre("x"));
}

TEST_P(store_queries, a_search_takes_any_text_for_what_it_is) {
  auto texts = std::vector<std::string>{"100%",
                                        "a_b",
                                        "quo\"te",
                                        "it's",
                                        "back\\slash",
                                        "AND",
                                        "NEAR(a b",
                                        "a OR b",
                                        "col : x",
                                        "star*",
                                        "(paren",
                                        "-minus",
                                        "^caret",
                                        "{x y}",
                                        "'; DROP TABLE t",
                                        "\xF0\x9F\x9A\x80\xF0\x9F\x9A\x80 to",
                                        "na\xC3\xAFve",
                                        "$12",
                                        "two  spaces",
                                        "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD",
                                        "???",
                                        "symbol"};
  auto rows = std::vector<messages::token_row>{};
  for (auto& text : texts)
    rows.push_back(token(rows.size(), "S" + std::to_string(rows.size()),
                         "x" + text + "x", 1));
  rows.push_back(token(900, "PLAIN", "1000 aXb", 1));
  commit_tokens(rows);
  for (size_t i = 0; i < texts.size(); ++i)
    EXPECT_THAT(found(texts[i]), ElementsAre("S" + std::to_string(i)))
      << texts[i];
  EXPECT_THAT(found("%%%"), IsEmpty());
  EXPECT_THAT(found("___"), IsEmpty());
  EXPECT_THAT(found("\"\"\""), IsEmpty());
}

TEST_P(store_queries, a_text_that_is_none_is_refused) {
  using domain::errc;
  auto refusal = [&](std::string text, size_t rows_max = 1) {
    auto result = store().search_tokens({std::move(text), rows_max});
    return result ? errc::none : result.error().code;
  };
  EXPECT_EQ(refusal(""), errc::limit_exceeded);
  EXPECT_EQ(refusal(std::string(10'240, 'a')), errc::limit_exceeded);
  EXPECT_EQ(refusal(std::string(messages::search_bytes_max + 1, 'a')),
            errc::limit_exceeded);
  EXPECT_EQ(refusal(std::string(messages::search_bytes_max, 'a')), errc::none);
  EXPECT_EQ(refusal(std::string("a\0b", 3)), errc::invalid_text);
  EXPECT_EQ(refusal("dog\x80"), errc::invalid_text);
  EXPECT_EQ(refusal("\xED\xA0\x80"), errc::invalid_text);
  EXPECT_EQ(refusal("\xF0\x9F\x9A"), errc::invalid_text);
  EXPECT_EQ(refusal("\2\2dog"), errc::invalid_text);
  EXPECT_EQ(refusal("dog\n"), errc::invalid_text);
  EXPECT_EQ(refusal("dog", 0), errc::limit_exceeded);
  EXPECT_EQ(refusal("dog", messages::list_rows_max + 1), errc::limit_exceeded);
}

TEST_P(store_queries, lists_are_bounded) {
  using domain::errc;
  auto refused = [](const auto& result) {
    return !result && result.error().code == errc::limit_exceeded;
  };
  auto too_many = messages::list_rows_max + 1;
  EXPECT_TRUE(refused(store().load_trades({.rows_max = 0})));
  EXPECT_TRUE(refused(store().load_trades({.rows_max = too_many})));
  EXPECT_TRUE(refused(store().load_trades({.scanned_max = 0})));
  EXPECT_TRUE(refused(
    store().load_trades({.scanned_max = messages::scanned_rows_max + 1})));
  EXPECT_TRUE(store().load_trades({.rows_max = messages::list_rows_max}));
  EXPECT_TRUE(refused(store().load_holders({sample_key(1), 0})));
  EXPECT_TRUE(refused(store().load_holders({sample_key(1), too_many})));
  using domain::interval;
  auto candles = messages::candle_query{sample_key(1), sample_key(2)};
  candles.rows_max = too_many;
  EXPECT_TRUE(refused(store().load_candles(candles)));
  candles.rows_max = 1;
  EXPECT_TRUE(store().load_candles(candles));
  for (auto x : {interval::s1, interval::m15, interval::h1, interval::h24}) {
    candles.interval = x;
    EXPECT_TRUE(refused(store().load_candles(candles)));
  }
}

TEST_P(store_queries, wallets_are_found_by_the_begin_of_their_address) {
  // Two of 44 characters and two of 43 that begin alike, and another one.
  auto prefix = std::string{"9abc"};
  auto keys = std::vector<domain::pubkey>{};
  auto ranges = domain::find_prefix_ranges(prefix).value();
  for (auto& range : ranges) {
    keys.push_back(range.first);
    keys.push_back(range.last);
  }
  ASSERT_EQ(keys.size(), 4U);
  auto rows = std::vector<messages::position_row>{};
  for (auto& key : keys)
    rows.push_back(position(key, sample_key(1), 5));
  rows.push_back(position(key_in(1), sample_key(1), 5));
  commit_positions(rows);
  std::sort(keys.begin(), keys.end(), [](auto& x, auto& y) {
    return domain::to_string(x) < domain::to_string(y);
  });
  EXPECT_EQ(value(store().search_wallets(prefix, 9)), keys);
  EXPECT_EQ(value(store().search_wallets(prefix, 3)),
            (std::vector{keys[0], keys[1], keys[2]}));
  // One of 43 characters may be the begin of one with 44.
  auto longest = std::find_if(keys.begin(), keys.end(), [](auto& x) {
    return domain::to_string(x).size() == 44;
  });
  EXPECT_THAT(value(store().search_wallets(domain::to_string(*longest), 9)),
              ElementsAre(*longest));
  EXPECT_THAT(value(store().search_wallets("zzzz", 9)), IsEmpty());
  auto refusal = [&](std::string_view text, size_t rows_max = 1) {
    auto result = store().search_wallets(text, rows_max);
    return result ? domain::errc::none : result.error().code;
  };
  for (auto text : {"", "4ab", "4ab0", "4ab%", "4ab'", "4ab\x80"})
    EXPECT_EQ(refusal(text), domain::errc::invalid_text) << text;
  EXPECT_EQ(refusal(std::string(10'240, '4')), domain::errc::invalid_text);
  EXPECT_EQ(refusal(std::string("4abc\0", 5)), domain::errc::invalid_text);
  EXPECT_EQ(refusal("4abc", 0), domain::errc::limit_exceeded);
}

TEST_P(store_queries, a_reader_has_the_lists_too) {
  commit_trades(3, 1, key_in(1), key_in(2));
  commit_tokens({token(1, "DOGE", "a dog", 5)});
  auto reader = value(store().reader());
  EXPECT_EQ(value(reader->load_trades({.mint = key_in(2)})).trades.size(), 3U);
  EXPECT_EQ(value(reader->search_tokens({"doge", 5})).size(), 1U);
}

} // namespace pumpscope::test
