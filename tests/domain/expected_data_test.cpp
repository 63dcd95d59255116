#include "domain/base58.hpp"
#include "domain/update_decoder.hpp"
#include "tests/domain/fold_fixtures.hpp"
#include "tests/support/source_folder.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

using namespace pumpscope::test;

namespace {

std::filesystem::path data_folder() {
  if (const auto* folder = std::getenv("PUMPSCOPE_SHARED_DATA"))
    return folder;
  return source_folder() / ".." / "shared" / "data";
}

std::string read_file(const std::filesystem::path& path) {
  auto file = std::ifstream{path, std::ios::binary};
  auto text = std::ostringstream{};
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> split(const std::string& text, char separator) {
  auto parts = std::vector<std::string>{};
  auto in = std::istringstream{text};
  for (auto part = std::string{}; std::getline(in, part, separator);)
    parts.push_back(part);
  if (text.ends_with(separator))
    parts.emplace_back();
  return parts;
}

/// Compares two CSV texts; `first_price` up to and without `last_price` are
/// columns that compare as doubles.
void expect_same_csv(const std::string& mine, const std::string& expected,
                     size_t first_price = 0, size_t last_price = 0) {
  auto left = split(mine, '\n');
  auto right = split(expected, '\n');
  EXPECT_EQ(left.size(), right.size());
  for (size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
    if (left[i] == right[i])
      continue;
    auto x = split(left[i], ',');
    auto y = split(right[i], ',');
    ASSERT_EQ(x.size(), y.size()) << left[i];
    for (size_t k = 0; k < x.size(); ++k)
      if (k >= first_price && k < last_price)
        ASSERT_EQ(std::stod(x[k]), std::stod(y[k])) << left[i];
      else
        ASSERT_EQ(x[k], y[k]) << left[i] << "\n" << right[i];
  }
}

/// All rows of a recording in chain order, with the block times of the metas.
/// Deals with clean recordings only: the sequencer has its own tests.
std::vector<row> rows_of_recording(const std::string& bytes) {
  auto decoder = update_decoder{};
  auto transactions = std::vector<parsed_transaction>{};
  auto times = std::map<uint64_t, int64_t>{};
  for (size_t at = 0; at < bytes.size();) {
    uint64_t length = 0;
    for (auto shift = 0;; shift += 7) {
      auto byte = static_cast<uint8_t>(bytes[at++]);
      length |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80)
        break;
    }
    auto update = decoder.decode(
      {reinterpret_cast<const uint8_t*>(bytes.data()) + at, length});
    at += length;
    if (auto* meta = std::get_if<block_meta>(&update); meta && meta->block_time)
      times[meta->slot] = *meta->block_time;
    if (auto* tx = std::get_if<parsed_transaction>(&update); tx && !tx->failed)
      transactions.push_back(std::move(*tx));
  }
  auto rows = std::vector<row>{};
  auto add = [&](auto x) {
    if (auto it = times.find(x.position.slot); it != times.end())
      x.block_time = it->second;
    rows.emplace_back(std::move(x));
  };
  for (auto& tx : transactions) {
    for (auto& x : tx.trades)
      add(std::move(x));
    for (auto& x : tx.token_events)
      add(std::move(x));
  }
  std::sort(rows.begin(), rows.end(), [](const row& x, const row& y) {
    return place_of(x) < place_of(y);
  });
  return rows;
}

class expected_data : public testing::TestWithParam<const char*> {
protected:
  void SetUp() override {
    auto name = std::string{GetParam()};
    auto recording = data_folder() / "recordings" / (name + ".geyser");
    folder_ = data_folder() / "expected" / name;
    if (!std::filesystem::exists(recording)
        || !std::filesystem::exists(folder_))
      GTEST_SKIP() << "no shared data at " << data_folder();
    rows_ = rows_of_recording(read_file(recording));
    auto checks = read_file(folder_ / "checks.json");
    auto at = checks.find("\"chain_time\": ");
    ASSERT_NE(at, std::string::npos);
    now_ = std::stoll(checks.substr(at + 14));
    // Every expected run joins all its chains of reserves.
    ASSERT_NE(checks.find("\"reserve_breaks\": []"), std::string::npos);
  }

  std::string expected(const std::string& name) const {
    return read_file(folder_ / (name + ".csv"));
  }

  void expect_boards(const auto& board_of) const {
    for (auto window : all_windows)
      for (auto by : {board_by::net, board_by::losses}) {
        auto name = "leaderboard_" + std::string{to_string(window)} + "_"
                    + (by == board_by::net ? "net" : "losses");
        SCOPED_TRACE(name);
        expect_same_csv(canonical::leaderboard_csv(board_of(window, by), by,
                                                   board_side::losers),
                        expected(name));
      }
  }

  std::filesystem::path folder_ = {};
  std::vector<row> rows_ = {};
  int64_t now_ = 0;
};

TEST_P(expected_data, trades_equal) {
  auto trades = std::vector<trade>{};
  for (const auto& x : rows_)
    if (const auto* y = std::get_if<trade>(&x))
      trades.push_back(*y);
  expect_same_csv(canonical::trades_csv(trades), expected("trades"));
}

TEST_P(expected_data, the_folds_of_the_product_equal) {
  auto sut = product_fold{4};
  for (size_t i = 0; i < rows_.size(); ++i) {
    sut.apply(rows_[i]);
    if (i % 50 == 49)
      sut.restart(0);
  }
  sut.advance(now_);
  EXPECT_EQ(sut.refused(), 0u);
  EXPECT_TRUE(sut.breaks().empty());
  auto positions = std::vector<std::pair<pubkey, position>>{};
  auto wallets = std::vector<std::pair<pubkey, wallet_totals>>{};
  for (const auto& [wallet, ledger] : sut.wallets()) {
    wallets.emplace_back(wallet, ledger.totals());
    for (size_t i = 0; i < ledger.size(); ++i)
      positions.emplace_back(wallet, ledger.at(i));
  }
  expect_same_csv(canonical::positions_csv(positions), expected("positions"));
  expect_same_csv(canonical::wallets_csv(wallets), expected("wallets"));
  auto candles = std::vector<canonical::candle_row>{};
  for (const auto& [name, bar] : sut.candles())
    candles.push_back({name.mint, name.quote_mint, name.interval, bar});
  expect_same_csv(canonical::candles_csv(candles), expected("candles"), 4, 8);
  expect_boards([&](board_window window, board_by by) {
    return sut.board(window, by, board_side::losers);
  });
}

TEST_P(expected_data, the_reference_equals) {
  auto sut = reference_fold{};
  for (const auto& x : rows_)
    std::visit([&](const auto& y) { sut.add(y); }, x);
  sut.fold();
  EXPECT_TRUE(sut.breaks().empty());
  auto positions = std::vector<std::pair<pubkey, position>>{};
  for (const auto& [name, x] : sut.positions())
    positions.emplace_back(name.first, x);
  expect_same_csv(canonical::positions_csv(positions), expected("positions"));
  expect_same_csv(
    canonical::wallets_csv({sut.wallets().begin(), sut.wallets().end()}),
    expected("wallets"));
  auto candles = std::vector<canonical::candle_row>{};
  for (const auto& [name, bar] : sut.candles())
    candles.push_back({name.mint, name.quote_mint, name.interval, bar});
  expect_same_csv(canonical::candles_csv(candles), expected("candles"), 4, 8);
  expect_boards([&](board_window window, board_by by) {
    return sut.board(window, by, board_side::losers, now_);
  });
}

TEST_P(expected_data, every_removed_trade_between_two_others_is_noticed) {
  // A trade is on a chain when its venue has events on both sides of it.
  auto known = std::map<std::pair<pubkey, pubkey>, size_t>{};
  auto last = std::map<std::pair<pubkey, pubkey>, size_t>{};
  for (size_t i = 0; i < rows_.size(); ++i) {
    const auto* event = std::get_if<token_event>(&rows_[i]);
    // These tell no reserves.
    if (event != nullptr
        && (event->kind == token_event_kind::completed
            || event->kind == token_event_kind::migrated))
      continue;
    std::visit(
      [&](const auto& x) {
        known.try_emplace({x.mint, x.pool}, i);
        last[{x.mint, x.pool}] = i;
      },
      rows_[i]);
  }
  for (size_t gone = 0; gone < rows_.size(); ++gone) {
    const auto* x = std::get_if<trade>(&rows_[gone]);
    auto name = x ? std::pair{x->mint, x->pool} : std::pair<pubkey, pubkey>{};
    if (x == nullptr || known[name] == gone || last[name] == gone
        || (x->pool_base_units == 0 && x->pool_quote_units == 0))
      continue;
    auto sut = token_ledger{x->mint};
    auto apply = [&](const auto& y) {
      if (y.mint == x->mint)
        sut.apply(y).value();
    };
    for (size_t i = 0; i < rows_.size(); ++i)
      if (i != gone)
        std::visit(apply, rows_[i]);
    ASSERT_GT(sut.state().reserve_breaks, 0u) << "row " << gone;
  }
}

INSTANTIATE_TEST_SUITE_P(recordings, expected_data,
                         testing::Values("public-curves-2025-10-20",
                                         "public-transactions",
                                         "public-amm-synthetic"),
                         [](const auto& x) {
                           auto name = std::string{x.param};
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

} // namespace
