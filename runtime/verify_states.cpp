#include "runtime/verify_states.hpp"

#include "domain/base58.hpp"
#include "domain/leaderboard.hpp"
#include "domain/token_ledger.hpp"
#include "messages/state_rows.hpp"
#include "runtime/open_store.hpp"

#include <map>
#include <string>
#include <vector>

namespace pumpscope::runtime {

namespace {

using bucket_key = std::tuple<domain::pubkey, uint32_t, int64_t>;

/// Names the first column in which two rows of a token differ; empty = none.
std::string difference(const messages::token_row& stored,
                       const messages::token_row& computed) {
  auto result = std::string{};
  auto field = [&result](std::string_view name, const auto& x, const auto& y) {
    if (result.empty() && !(x == y))
      result = name;
  };
  field("quote_mint", stored.quote_mint, computed.quote_mint);
  field("name", stored.name, computed.name);
  field("symbol", stored.symbol, computed.symbol);
  field("uri", stored.uri, computed.uri);
  field("creator", stored.creator, computed.creator);
  field("created_at", stored.created_at, computed.created_at);
  field("last_price", stored.last_price, computed.last_price);
  field("last_trade_at", stored.last_trade_at, computed.last_trade_at);
  field("graduated", stored.graduated, computed.graduated);
  field("market_cap", stored.market_cap, computed.market_cap);
  field("reserve_breaks", stored.reserve_breaks, computed.reserve_breaks);
  field("extra", stored.blob, computed.blob);
  return result;
}

/// What the product's fold makes of the rows of each token, behind its
/// baseline.
std::map<domain::pubkey, messages::token_row>
fold_tokens(const references& refs) {
  auto ledgers = std::map<domain::pubkey, domain::token_ledger>{};
  for (const auto& row : refs.started_tokens) {
    // One that cannot be read was told with the baseline.
    auto started = messages::start_token(row.mint, {{}, row});
    if (started)
      ledgers.emplace(row.mint, std::move(*started));
  }
  auto apply = [&ledgers](const auto& x) {
    auto found = ledgers.find(x.mint);
    if (found == ledgers.end())
      found
        = ledgers.emplace(x.mint, domain::token_ledger::refold(x.mint)).first;
    // What it refuses (overflow) the node refuses as well.
    static_cast<void>(found->second.apply(x));
  };
  refs.tokens->visit(apply, apply);
  auto result = std::map<domain::pubkey, messages::token_row>{};
  for (auto& [mint, ledger] : ledgers) {
    ledger.finish_refold();
    result.emplace(mint, messages::make_token_row(ledger));
  }
  return result;
}

std::string text(const domain::wallet_bucket& x) {
  auto number = [](auto y) { return "," + std::to_string(y); };
  return domain::to_string(x.wallet) + number(x.length) + number(x.start) + ","
         + domain::to_string(x.net) + "," + domain::to_string(x.losses)
         + number(x.realizations) + number(x.losing_realizations)
         + number(x.trades) + number(x.last_loss.slot)
         + number(x.last_loss.tx_index) + number(x.last_loss.ix_path)
         + number(x.last_loss_at);
}

/// The time that the windows of each wallet partition were advanced to.
outcome<std::vector<int64_t>> read_window_times(messages::store& store) {
  auto rows = checked(store.read_cursors());
  if (!rows)
    return tl::unexpected{std::move(rows.error())};
  auto result = std::vector<int64_t>(store.identity().partitions, 0);
  for (const auto& x : *rows)
    if (x.kind == messages::projection::wallet && x.partition < result.size())
      result[x.partition] = x.chain_time;
  return result;
}

} // namespace

outcome<void> verify_tokens(messages::store& store, const references& refs,
                            verify_report& report) {
  auto expected = fold_tokens(refs);
  auto partition = uint32_t{0};
  auto see = [&](const messages::token_row& x) {
    if (refs.tokens_in_repair.contains(x.mint)) {
      expected.erase(x.mint);
      return;
    }
    ++report.tokens;
    auto identity = store.identity();
    if (domain::partition_of(x.mint, identity.hash_seed, identity.partitions)
        != partition)
      report.mismatch("token: " + domain::to_string(x.mint)
                      + " is in partition " + std::to_string(partition)
                      + " and belongs to another one");
    auto found = expected.find(x.mint);
    if (found == expected.end()) {
      // All of its rows may be void.
      auto empty = domain::token_ledger::refold(x.mint);
      empty.finish_refold();
      found = expected.emplace(x.mint, messages::make_token_row(empty)).first;
    }
    if (auto column = difference(x, found->second); !column.empty())
      report.mismatch("token: " + domain::to_string(x.mint) + ": the stored "
                      + column + " is not what the journal says");
    expected.erase(found);
  };
  for (; partition < store.identity().partitions; ++partition)
    if (auto done = checked(store.visit_tokens(partition, see)); !done)
      return done;
  for (const auto& [mint, row] : expected)
    if (!refs.tokens_in_repair.contains(mint))
      report.mismatch("token: " + domain::to_string(mint) + " is not stored");
  return {};
}

outcome<void> verify_buckets(messages::store& store, const references& refs,
                             verify_report& report) {
  auto times = read_window_times(store);
  if (!times)
    return tl::unexpected{std::move(times.error())};
  auto identity = store.identity();
  // Expired ones are deleted some time, and not written any more.
  auto place_of = [&identity](const domain::wallet_bucket& x) {
    return domain::partition_of(x.wallet, identity.hash_seed,
                                identity.partitions);
  };
  auto expired = [&](const domain::wallet_bucket& x) {
    auto window = x.length == 300 ? domain::board_window::h24
                                  : domain::board_window::d7;
    return x.start < domain::window_begin(window, (*times)[place_of(x)]);
  };
  auto expected = refs.wallets->buckets();
  auto partition = uint32_t{0};
  auto see = [&](const domain::wallet_bucket& x) {
    if (refs.wallets_in_repair.contains(x.wallet) || expired(x))
      return;
    ++report.wallet_buckets;
    if (place_of(x) != partition)
      report.mismatch("bucket: " + text(x) + " is in partition "
                      + std::to_string(partition)
                      + " and belongs to another one");
    auto found = expected.find(bucket_key{x.wallet, x.length, x.start});
    if (found == expected.end()) {
      report.mismatch("bucket: stored " + text(x) + " computed nothing");
      return;
    }
    if (x != found->second)
      report.mismatch("bucket: stored " + text(x) + " computed "
                      + text(found->second));
    expected.erase(found);
  };
  for (; partition < identity.partitions; ++partition)
    if (auto done = checked(store.visit_wallet_buckets(partition, see)); !done)
      return done;
  for (const auto& [key, x] : expected)
    if (!refs.wallets_in_repair.contains(x.wallet) && !expired(x))
      report.mismatch("bucket: stored nothing computed " + text(x));
  return {};
}

outcome<void> verify_cursors(messages::store& store, const references& refs,
                             verify_report& report) {
  auto rows = checked(store.read_cursors());
  if (!rows)
    return tl::unexpected{std::move(rows.error())};
  for (const auto& x : *rows) {
    auto name = std::string{x.kind == messages::projection::wallet
                              ? "cursor: wallet partition "
                              : "cursor: token partition "}
                + std::to_string(x.partition);
    if (x.partition >= store.identity().partitions)
      report.mismatch(name + " does not exist");
    if (x.jpos > refs.jpos)
      report.mismatch(name + " is at " + std::to_string(x.jpos)
                      + ", the journal ends at " + std::to_string(refs.jpos));
    if (x.published_jpos > refs.jpos)
      report.mismatch(name + " is published up to "
                      + std::to_string(x.published_jpos)
                      + ", the journal ends at " + std::to_string(refs.jpos));
    if (x.chain_time > refs.chain_time)
      report.mismatch(name + " is at the time " + std::to_string(x.chain_time)
                      + ", the chain at " + std::to_string(refs.chain_time));
  }
  return {};
}

} // namespace pumpscope::runtime
