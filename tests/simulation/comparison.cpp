#include "tests/simulation/comparison.hpp"

#include "domain/base58.hpp"
#include "domain/wallet_windows.hpp"
#include "messages/state_rows.hpp"

#include <algorithm>
#include <map>
#include <sstream>

namespace pumpscope::test {

namespace {

void compare_journal(std::ostringstream& out, memory_disk& disk,
                     const true_chain& chain) {
  auto rows = disk.trades.size() + disk.token_events.size();
  if (disk.head.jpos != rows)
    out << "head.jpos is " << disk.head.jpos << ", rows " << rows << "\n";
  if (!disk.keys.empty() && disk.keys.size() != rows)
    out << "keys are not unique\n";
  auto print = [&out](const char* what, const domain::chain_position& x) {
    out << what << ' ' << x.slot << ' ' << x.tx_index << ' ' << x.ix_path
        << "\n";
  };
  for (auto& key : chain.keys)
    if (!disk.keys.contains(key))
      print("not in the journal:", key);
  for (auto& [key, jpos] : disk.keys) {
    auto died = chain.died.contains(key.slot);
    if (!died && !chain.keys.contains(key))
      print("not on the chain:", key);
    if (died && !disk.keys.contains(domain::void_position(key.slot)))
      print("not voided:", key);
  }
  for (auto& [repair, open] : disk.repairs)
    if (open)
      out << "an open repair of " << to_string(repair.key) << "\n";
  for (auto kind : {messages::projection::wallet, messages::projection::token})
    for (uint32_t i = 0; i < disk.identity.partitions; ++i)
      if (disk.at(kind, i).cursor.jpos != disk.head.jpos)
        out << "cursor " << i << " is at " << disk.at(kind, i).cursor.jpos
            << " of " << disk.head.jpos << "\n";
}

void compare_wallets(std::ostringstream& out, memory_disk& disk,
                     const domain::reference_fold& truth) {
  auto stored = std::map<std::pair<domain::pubkey, domain::position_key>,
                         domain::position>{};
  auto totals = std::map<domain::pubkey, domain::wallet_totals>{};
  for (auto& partition : disk.wallet_partitions) {
    for (auto& [wallet, rows] : partition.positions)
      for (auto& [key, row] : rows)
        stored.emplace(std::pair{wallet, key},
                       messages::restore_position(row).value());
    for (auto& [wallet, row] : partition.wallets)
      if (row.totals.trades > 0)
        totals.emplace(wallet, row.totals);
  }
  for (auto& [key, position] : truth.positions()) {
    auto i = stored.find(key);
    if (i == stored.end())
      out << "no position of " << to_string(key.first) << "\n";
    else if (i->second.realized != position.realized
             || i->second.units != position.units
             || i->second.cost_basis != position.cost_basis
             || i->second.realized_fifo != position.realized_fifo
             || i->second.realized_gross != position.realized_gross
             || i->second.invested != position.invested
             || i->second.proceeds != position.proceeds
             || i->second.buys != position.buys
             || i->second.sells != position.sells
             || !std::equal(i->second.lots.begin(), i->second.lots.end(),
                            position.lots.begin(), position.lots.end()))
      out << "position of " << to_string(key.first) << " differs\n";
  }
  if (stored.size() != truth.positions().size())
    out << "positions: " << stored.size() << " stored, "
        << truth.positions().size() << " true\n";
  for (auto& [wallet, x] : truth.wallets()) {
    auto i = totals.find(wallet);
    if (i == totals.end() || i->second.realized != x.realized
        || i->second.trades != x.trades || i->second.wins != x.wins
        || i->second.loss_streak_max != x.loss_streak_max
        || i->second.loss_streak_worst != x.loss_streak_worst
        || i->second.tokens != x.tokens)
      out << "wallet " << to_string(wallet) << " differs\n";
  }
}

void compare_candles(std::ostringstream& out, memory_disk& disk,
                     const domain::reference_fold& truth) {
  auto stored = std::map<domain::candle_key, domain::candle>{};
  for (auto& partition : disk.token_partitions)
    for (auto& [key, row] : partition.candles)
      stored.emplace(domain::candle_key{row.mint, row.quote_mint, row.interval,
                                        row.candle.open_time},
                     row.candle);
  auto expected = size_t{0};
  for (auto& [key, x] : truth.candles()) {
    if (key.interval != domain::interval::m1
        && key.interval != domain::interval::m5)
      continue;
    ++expected;
    auto i = stored.find(key);
    if (i == stored.end())
      out << "no candle of " << to_string(key.mint) << "\n";
    else if (domain::compare(i->second.open, x.open) != 0
             || domain::compare(i->second.high, x.high) != 0
             || domain::compare(i->second.low, x.low) != 0
             || domain::compare(i->second.close, x.close) != 0
             || i->second.volume_quote != x.volume_quote
             || i->second.volume_token != x.volume_token
             || i->second.trades != x.trades || i->second.buys != x.buys
             || i->second.wallets != x.wallets)
      out << "candle of " << to_string(key.mint) << " at " << key.open_time
          << " differs\n";
  }
  if (stored.size() != expected)
    out << "candles: " << stored.size() << " stored, " << expected << " true\n";
}

/// Chains of reserves break where those of the chain do, and no key had to be
/// repaired for a mistake of ours.
void compare_tokens(std::ostringstream& out, memory_disk& disk,
                    const domain::reference_fold& truth) {
  auto breaks = std::map<domain::pubkey, uint64_t>{};
  for (auto& [mint, broken] : truth.breaks())
    ++breaks[mint];
  for (auto& partition : disk.token_partitions)
    for (auto& [mint, row] : partition.tokens)
      if (row.reserve_breaks != breaks[mint])
        out << "token " << to_string(mint) << " has " << row.reserve_breaks
            << " breaks, true are " << breaks[mint] << "\n";
  for (auto& incident : disk.audit)
    out << "an incident of " << to_string(incident.key) << ": " << incident.what
        << "\n";
}

void print(std::ostringstream& out, const char* what,
           std::vector<domain::board_row>::const_iterator row,
           std::vector<domain::board_row>::const_iterator end) {
  if (row == end)
    return;
  out << what << ' ' << to_string(row->wallet) << " net "
      << domain::to_string(row->net) << " losses "
      << domain::to_string(row->losses) << " trades " << row->trades
      << " realizations " << row->realizations << " losing "
      << row->losing_realizations << " last loss " << row->last_loss.slot << ' '
      << row->last_loss.tx_index << ' ' << row->last_loss.ix_path << " at "
      << row->last_loss_at << "\n";
}

void compare_boards(std::ostringstream& out, memory_disk& disk,
                    const domain::reference_fold& truth) {
  auto windows = domain::wallet_windows{};
  windows.advance(disk.head.chain_time);
  for (auto& partition : disk.wallet_partitions) {
    for (auto& [wallet, row] : partition.wallets)
      if (!windows.load(wallet, row.totals))
        out << "totals do not load\n";
    for (auto& [key, bucket] : partition.buckets)
      if (!windows.load(bucket))
        out << "buckets do not load\n";
  }
  windows.finish_load();
  for (auto window : {domain::board_window::h24, domain::board_window::d7,
                      domain::board_window::all})
    for (auto by : {domain::board_by::net, domain::board_by::losses}) {
      auto stored = windows.all(window, by, domain::board_side::losers);
      auto expected = truth.board(window, by, domain::board_side::losers,
                                  disk.head.chain_time);
      if (stored == expected)
        continue;
      out << "board " << to_string(window) << " differs: " << stored.size()
          << " rows stored, " << expected.size() << " true\n";
      auto first = std::mismatch(stored.begin(), stored.end(), expected.begin(),
                                 expected.end());
      print(out, "  stored", first.first, stored.end());
      print(out, "  true  ", first.second, expected.end());
    }
}

} // namespace

std::string compare(memory_disk& disk, const true_chain& truth) {
  auto out = std::ostringstream{};
  compare_journal(out, disk, truth);
  compare_wallets(out, disk, truth.fold);
  compare_candles(out, disk, truth.fold);
  compare_tokens(out, disk, truth.fold);
  compare_boards(out, disk, truth.fold);
  return out.str();
}

} // namespace pumpscope::test
