#include "runtime/verify.hpp"

#include "domain/base58.hpp"
#include "domain/canonical_dump.hpp"
#include "domain/known_keys.hpp"
#include "messages/state_blob.hpp"
#include "runtime/dump.hpp"
#include "runtime/json_text.hpp"
#include "runtime/open_store.hpp"
#include "runtime/verify_journal.hpp"
#include "runtime/verify_states.hpp"

#include <limits>
#include <map>

namespace pumpscope::runtime {

namespace {

namespace canonical = domain::canonical;

/// A canonical line without its newline.
std::string chomp(std::string line) {
  if (line.ends_with('\n'))
    line.pop_back();
  return line;
}

/// Reports a difference between two rows of one key.
void differ(verify_report& report, std::string_view what, std::string stored,
            std::string computed) {
  report.mismatch(std::string{what} + ": stored " + chomp(std::move(stored))
                  + " computed " + chomp(std::move(computed)));
}

/// Compares the rows of a store one after the other, and at the end tells what
/// was expected and never came.
template <class Key>
class expected_rows {
public:
  explicit expected_rows(std::string_view what) : what_(what) {
    // nop
  }

  void expect(const Key& key, std::string line) {
    rows_.emplace(key, std::move(line));
  }

  [[nodiscard]] bool expects(const Key& key) const {
    return rows_.contains(key);
  }

  void see(const Key& key, std::string line, verify_report& report) {
    auto found = rows_.find(key);
    if (found == rows_.end())
      differ(report, what_, std::move(line), "nothing");
    else if (found->second != line)
      differ(report, what_, std::move(line), found->second);
    if (found != rows_.end())
      rows_.erase(found);
  }

  void finish(verify_report& report) {
    for (auto& [key, line] : rows_)
      differ(report, what_, "nothing", std::move(line));
  }

private:
  std::string_view what_;
  std::map<Key, std::string> rows_;
};

/// All that a stored position must have right: the canonical columns, then
/// what only we read.
std::string position_text(const domain::pubkey& wallet,
                          const domain::position& x) {
  auto result = chomp(canonical::position_line(wallet, x));
  for (auto value :
       {x.cost_basis_gross, x.cost_out, x.matched_units, x.held_unit_seconds})
    result += "," + domain::to_string(value);
  result += "," + std::to_string(x.first_trade_at) + ","
            + std::to_string(x.last_trade_at) + " lots";
  for (const auto& lot : x.lots)
    result += " " + domain::to_string(lot.units) + "@"
              + domain::to_string(lot.cost) + "@"
              + std::to_string(lot.bought_at);
  return result;
}

/// The same of a stored row; names what is wrong with its blob.
std::string position_text(const messages::position_row& row) {
  auto x = messages::to_position(row);
  if (!x)
    return position_text(row.wallet, row.position) + " "
           + domain::to_string(x.error());
  return position_text(row.wallet, *x);
}

std::string text(const domain::chain_position& x) {
  return "," + std::to_string(x.slot) + ":" + std::to_string(x.tx_index) + ":"
         + std::to_string(x.ix_path);
}

/// All that a stored wallet must have right: the canonical columns, then what
/// only we read.
std::string wallet_text(const domain::pubkey& wallet,
                        const domain::wallet_totals& x) {
  auto result = chomp(canonical::wallet_line(wallet, x));
  for (auto value : {x.loss_streak_sum, x.cost_out, x.sold_units_matched,
                     x.sold_units, x.volume, x.buy_size_last, x.losses})
    result += "," + domain::to_string(value);
  for (auto value : {x.loss_streak, x.buys_after_loss, x.buys_grown_after_loss,
                     x.losing_realizations})
    result += "," + std::to_string(value);
  for (auto value : {x.first_trade_at, x.last_trade_at, x.last_loss_at})
    result += "," + std::to_string(value);
  return result + text(x.last_loss);
}

/// All that a stored candle must have right: the canonical columns, then prices
/// as they are and what only we read.
std::string candle_text(const messages::candle_row& row) {
  const auto& x = row.candle;
  auto result = chomp(
    canonical::candle_line({row.mint, row.quote_mint, row.interval, x}));
  for (const auto* price :
       {&x.open, &x.high, &x.low, &x.close, &x.previous_close})
    result += "," + domain::to_string(price->quote) + "/"
              + domain::to_string(price->token);
  return result + text(x.first) + text(x.last);
}

template <class Visit>
outcome<void> each_partition(messages::store& store, Visit visit) {
  auto partitions = store.identity().partitions;
  for (auto i = uint32_t{0}; i < partitions; ++i)
    if (auto done = checked(visit(i)); !done)
      return done;
  return {};
}

/// Reports a row that a partition has and that belongs to another one.
void check_place(const messages::store& store, std::string_view what,
                 const domain::pubkey& key, uint32_t partition,
                 verify_report& report) {
  auto identity = store.identity();
  auto right = domain::partition_of(key, identity.hash_seed,
                                    identity.partitions);
  if (right != partition)
    report.mismatch(std::string{what} + ": a row of " + domain::to_string(key)
                    + " is in partition " + std::to_string(partition)
                    + " and belongs to " + std::to_string(right));
}

outcome<void> verify_positions(messages::store& store, const references& refs,
                               verify_report& report) {
  using key = std::pair<domain::pubkey, domain::position_key>;
  auto rows = expected_rows<key>{"position"};
  for (const auto& [owner, x] : refs.wallets->positions())
    if (!refs.wallets_in_repair.contains(owner.first))
      rows.expect(owner, position_text(owner.first, x));
  auto done = each_partition(store, [&](uint32_t partition) {
    return store.visit_positions(partition, [&](const auto& x) {
      if (refs.wallets_in_repair.contains(x.wallet))
        return;
      ++report.positions;
      check_place(store, "position", x.wallet, partition, report);
      rows.see({x.wallet, x.position.key}, position_text(x), report);
    });
  });
  if (done)
    rows.finish(report);
  return done;
}

outcome<void> verify_wallets(messages::store& store, const references& refs,
                             verify_report& report) {
  auto rows = expected_rows<domain::pubkey>{"wallet"};
  for (const auto& [wallet, x] : refs.wallets->wallets())
    if (!refs.wallets_in_repair.contains(wallet))
      rows.expect(wallet, wallet_text(wallet, x));
  auto done = each_partition(store, [&](uint32_t partition) {
    return store.visit_wallets(partition, [&](const auto& x) {
      check_place(store, "wallet", x.wallet, partition, report);
      // A wallet that never traded against SOL has a row of zeros.
      auto counted = x.totals != domain::wallet_totals{} || !x.blob.empty();
      if (!counted || refs.wallets_in_repair.contains(x.wallet))
        return;
      ++report.wallets;
      auto line = wallet_text(x.wallet, x.totals);
      if (!x.blob.empty())
        line += " and " + std::to_string(x.blob.size()) + " bytes";
      rows.see(x.wallet, std::move(line), report);
    });
  });
  if (done)
    rows.finish(report);
  return done;
}

outcome<void> verify_candles(messages::store& store, const references& refs,
                             verify_report& report) {
  using domain::interval;
  auto rows = expected_rows<domain::candle_key>{"candle"};
  for (const auto& [key, x] : refs.tokens->candles())
    // The longer ones are not stored: they are merges of 1m.
    if (key.interval <= interval::m5
        && !refs.tokens_in_repair.contains(key.mint))
      rows.expect(key,
                  candle_text({key.mint, key.quote_mint, key.interval, x}));
  auto done = each_partition(store, [&](uint32_t partition) {
    return store.visit_candles(
      partition, std::numeric_limits<int64_t>::min(), [&](const auto& x) {
        if (refs.tokens_in_repair.contains(x.mint))
          return;
        auto key = domain::candle_key{x.mint, x.quote_mint, x.interval,
                                      x.candle.open_time};
        auto length = static_cast<int64_t>(x.interval);
        auto start = report.retention.start_time;
        if (report.retention.pass != 0 && key.open_time < start - start % length
            && !rows.expects(key)) {
          ++report.candles_below;
          return;
        }
        ++report.candles;
        check_place(store, "candle", x.mint, partition, report);
        rows.see(key, candle_text(x), report);
      });
  });
  if (done)
    rows.finish(report);
  return done;
}

outcome<void> verify_boards(messages::store& store, const references& refs,
                            verify_report& report) {
  using domain::board_by;
  using domain::board_side;
  using domain::board_window;
  for (auto window : {board_window::h24, board_window::d7, board_window::all})
    for (auto by : {board_by::net, board_by::losses})
      for (auto side : {board_side::losers, board_side::winners}) {
        auto stored = stored_board(store, window, by, side);
        if (!stored)
          return tl::unexpected{std::move(stored.error())};
        auto what = "board " + std::string{to_string(window)}
                    + (by == board_by::net ? " net" : " losses")
                    + (side == board_side::losers ? " losers" : " winners");
        auto rows = expected_rows<uint64_t>{what};
        auto rank = uint64_t{0};
        for (const auto& x :
             refs.wallets->board(window, by, side, refs.chain_time)) {
          if (!refs.wallets_in_repair.contains(x.wallet))
            ++rank;
          else
            continue;
          rows.expect(rank, canonical::leaderboard_line(rank, x, by, side));
        }
        rank = 0;
        for (const auto& x : *stored) {
          if (refs.wallets_in_repair.contains(x.wallet))
            continue;
          ++rank;
          ++report.board_rows;
          rows.see(rank, canonical::leaderboard_line(rank, x, by, side),
                   report);
        }
        rows.finish(report);
      }
  return {};
}

} // namespace

void verify_report::mismatch(std::string line) {
  ++mismatches;
  if (mismatch_lines.size() < lines_max)
    mismatch_lines.push_back(std::move(line));
}

outcome<verify_report> verify(messages::store& store) {
  // Baseline and journal are read one after the other: when rows were dropped
  // meanwhile they do not belong together.
  constexpr auto attempts_max = 3;
  for (auto attempt = 0; attempt < attempts_max; ++attempt) {
    auto report = verify_report{};
    auto before = checked(store.read_retention());
    if (!before)
      return tl::unexpected{std::move(before.error())};
    report.retention = *before;
    auto refs = read_references(store, report);
    if (!refs)
      return tl::unexpected{std::move(refs.error())};
    for (auto* step :
         {&verify_positions, &verify_wallets, &verify_tokens, &verify_candles,
          &verify_buckets, &verify_boards, &verify_cursors})
      if (auto done = step(store, *refs, report); !done)
        return tl::unexpected{std::move(done.error())};
    auto after = checked(store.read_retention());
    if (!after)
      return tl::unexpected{std::move(after.error())};
    if (*after == *before)
      return report;
  }
  return fail("old rows were dropped again and again meanwhile: run it again");
}

std::string to_json(const verify_report& x) {
  return json_object{}
    .number("trades", x.trades)
    .number("token_events", x.token_events)
    .number("max_jpos", x.max_jpos)
    .number("positions", x.positions)
    .number("wallets", x.wallets)
    .number("tokens", x.tokens)
    .number("candles", x.candles)
    .number("wallet_buckets", x.wallet_buckets)
    .number("board_rows", x.board_rows)
    .number("repairs_open", x.repairs_open)
    .number("partitions_behind", x.partitions_behind)
    .number("gaps_open", x.gaps_open)
    .number("slots_voided", x.slots_voided)
    .number("start_slot", x.retention.start_slot)
    .number("dropped_rows",
            x.retention.dropped_trades + x.retention.dropped_token_events)
    .number("candles_below_start", x.candles_below)
    .number("reserve_breaks", x.reserve_breaks)
    .number("mismatches", x.mismatches)
    .str();
}

} // namespace pumpscope::runtime
