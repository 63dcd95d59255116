#include "adapters/postgres/retention_pass.hpp"

#include "adapters/postgres/baseline_reader.hpp"
#include "adapters/postgres/visit_rows.hpp"
#include "messages/state_blob.hpp"
#include "messages/state_rows.hpp"

#include <algorithm>
#include <optional>

namespace pumpscope::adapters::postgres {

namespace {

using messages::commit_outcome;
using messages::projection;
using messages::saturated;

/// Values of `done_kind`.
constexpr int64_t wallets_next = 0;
constexpr int64_t tokens_next = 1;
constexpr int64_t all_done = 2;

std::string bytes_of(const domain::pubkey& key) {
  return {reinterpret_cast<const char*>(key.bytes.data()), key.bytes.size()};
}

/// A baseline or a row that cannot be read must end the pass: what it would
/// make is dropped for ever.
template <class T>
T must(domain::result<T> x, const char* what) {
  if (!x)
    fail_damaged(what);
  return std::move(*x);
}

} // namespace

retention_pass::retention_pass(const postgres_options& options,
                               const retention_settings& settings)
  : settings_(settings), session_(options), writer_(options, {}) {
}

retention_report retention_pass::run(const std::function<bool()>& stopped) {
  auto report = retention_report{};
  auto attempts = 0;
  while (begin(report)) {
    auto whole = true;
    while (whole && kind_ != all_done) {
      if (stopped && stopped())
        return report;
      whole = make_batch(report);
    }
    if (whole) {
      finish(report);
      break;
    }
    // It goes on from where the store says it is; not for ever.
    constexpr auto attempts_max = 3;
    if (++attempts == attempts_max)
      throw failure{{domain::errc::unknown_outcome,
                     session_.place() + ": baselines were not taken"}};
  }
  report.retention = session_.read(
    [](pqxx::transaction_base& tx) { return read_retention(tx); });
  return report;
}

bool retention_pass::begin(retention_report& report) {
  return session_.write([&](pqxx::work& tx) {
    auto row = tx.exec_params1(
      "SELECT outcome, pass, to_slot, up_to, done_kind, done_key, held_by "
      "FROM begin_retention_pass($1, $2, $3)",
      saturated(settings_.fence), int64_t{settings_.age.count()},
      saturated(settings_.slots_kept));
    auto outcome = row[0].as<int>();
    report.fenced = outcome == 1;
    report.held_by = row[6].as<std::string>();
    if (outcome != 0)
      return false;
    pass_ = unsigned_at(row, 1);
    to_slot_ = unsigned_at(row, 2);
    up_to_ = unsigned_at(row, 3);
    kind_ = row[4].as<int64_t>();
    key_ = bytes_at(row, 5);
    return true;
  });
}

std::vector<domain::pubkey> retention_pass::next_keys() {
  auto wallets = kind_ == wallets_next;
  auto key = std::string{wallets ? "wallet" : "mint"};
  auto condition = " WHERE slot < " + std::to_string(saturated(to_slot_))
                   + " AND jpos <= " + std::to_string(saturated(up_to_));
  auto sql = "SELECT " + key + " FROM trade" + condition;
  if (!wallets)
    sql += " UNION ALL SELECT mint FROM token_event" + condition
           + " AND kind <> " + std::to_string(voided_kind);
  auto behind = key_.empty() ? std::string{} : " WHERE " + key + " > $1";
  auto limit = wallets ? settings_.wallets_max : settings_.tokens_max;
  sql = "SELECT DISTINCT " + key + " FROM (" + sql + ") x" + behind
        + " ORDER BY " + key + " LIMIT " + std::to_string(limit);
  return session_.read([&](pqxx::transaction_base& tx) {
    auto rows = key_.empty() ? tx.exec(sql)
                             : tx.exec_params(sql, pqxx::binarystring{key_});
    auto result = std::vector<domain::pubkey>{};
    for (const auto& row : rows)
      result.push_back(key_at<domain::pubkey>(row, 0));
    return result;
  });
}

bool retention_pass::make_batch(retention_report& report) {
  auto keys = next_keys();
  auto batch = baseline_batch{};
  batch.fence = settings_.fence;
  batch.pass = pass_;
  batch.up_to = up_to_;
  batch.kind_before = kind_;
  batch.key_before = key_;
  batch.kind_after = keys.empty() ? kind_ + 1 : kind_;
  batch.key_after = keys.empty() ? std::string{} : bytes_of(keys.back());
  if (kind_ == wallets_next)
    fold_wallets(keys, batch);
  else
    fold_tokens(keys, batch);
  if (writer_.stage(batch) != commit_outcome::committed)
    return false;
  report.wallets += batch.wallets.size();
  report.tokens += batch.tokens.size();
  kind_ = batch.kind_after;
  key_ = batch.key_after;
  return true;
}

template <class OnKey, class OnRow>
void retention_pass::visit(projection kind,
                           const std::vector<domain::pubkey>& keys,
                           OnKey on_key, OnRow on_row) {
  if (keys.empty())
    return;
  auto wallets = kind == projection::wallet;
  auto sql = history_sql(
    kind, "= ANY (" + to_literal(std::span<const domain::pubkey>{keys}) + ")",
    "AND slot < " + std::to_string(saturated(to_slot_)), up_to_);
  sql += std::string{"ORDER BY "} + (wallets ? "wallet" : "mint")
         + ", slot, tx_index, ix_path";
  session_.read_once([&](pqxx::transaction_base& tx) {
    auto starts = load_starts(tx, kind, keys);
    auto last = std::optional<domain::pubkey>{};
    auto enter = [&](const domain::pubkey& key) {
      if (last == key)
        return;
      last = key;
      // Ascending as the server sorts: by bytes.
      auto i = std::lower_bound(keys.begin(), keys.end(), key);
      if (i == keys.end() || *i != key)
        fail_damaged("the order of keys");
      on_key(key, starts[static_cast<size_t>(i - keys.begin())]);
    };
    visit_rows(tx, sql, [&](const pqxx::row& row) {
      read_journal_row(
        row,
        [&](domain::trade&& x) {
          enter(wallets ? x.wallet : x.mint);
          on_row(x);
        },
        [&](domain::token_event&& x) {
          enter(x.mint);
          on_row(x);
        });
    });
  });
}

void retention_pass::fold_wallets(const std::vector<domain::pubkey>& keys,
                                  baseline_batch& batch) {
  auto ledger = std::optional<domain::wallet_ledger>{};
  auto close = [&] {
    if (!ledger)
      return;
    batch.wallets.push_back(
      messages::to_row(ledger->wallet(), ledger->totals()));
    for (auto i : ledger->take_dirty())
      batch.positions.push_back(
        messages::make_position_row(ledger->wallet(), ledger->at(i)));
  };
  visit(
    projection::wallet, keys,
    [&](const domain::pubkey& key, const messages::history_start& start) {
      close();
      ledger.emplace(must(messages::restore_wallet(key, start.wallet),
                          "a row of baseline_wallet or baseline_position"));
    },
    [&](const auto& row) {
      // What a fold refuses (overflow) it refuses here as well.
      if constexpr (std::is_same_v<std::decay_t<decltype(row)>, domain::trade>)
        static_cast<void>(ledger->apply(row));
    });
  close();
}

void retention_pass::fold_tokens(const std::vector<domain::pubkey>& keys,
                                 baseline_batch& batch) {
  auto ledger = std::optional<domain::token_ledger>{};
  auto close = [&] {
    if (!ledger)
      return;
    ledger->finish_refold();
    batch.tokens.push_back(messages::make_token_row(*ledger));
  };
  visit(
    projection::token, keys,
    [&](const domain::pubkey& key, const messages::history_start& start) {
      close();
      ledger.emplace(
        must(messages::start_token(key, start), "a row of baseline_token"));
    },
    [&](const auto& row) { static_cast<void>(ledger->apply(row)); });
  close();
}

void retention_pass::finish(retention_report& report) {
  auto outcome = session_.write([&](pqxx::work& tx) {
    return tx
      .exec_params1("SELECT finish_retention_pass($1, $2)",
                    saturated(settings_.fence), saturated(pass_))[0]
      .as<int>();
  });
  report.dropped = outcome == 0;
  report.fenced = outcome == 1;
  if (report.dropped)
    session_.write([](pqxx::work& tx) { tx.exec("SELECT clean_baselines()"); });
}

} // namespace pumpscope::adapters::postgres
