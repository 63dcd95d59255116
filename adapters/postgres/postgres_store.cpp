#include "adapters/postgres/postgres_store.hpp"

#include "adapters/postgres/baseline_reader.hpp"
#include "adapters/postgres/call.hpp"
#include "adapters/postgres/hot_statements.hpp"
#include "adapters/postgres/inbox.hpp"
#include "adapters/postgres/journal_reader.hpp"
#include "adapters/postgres/list_reader.hpp"
#include "adapters/postgres/retention_pass.hpp"
#include "adapters/postgres/schema.hpp"
#include "adapters/postgres/search_reader.hpp"
#include "adapters/postgres/state_reader.hpp"
#include "messages/store_checks.hpp"

#include <algorithm>
#include <array>

namespace pumpscope::adapters {

namespace {

using domain::errc;
using messages::checkpoint;
using messages::checkpoint_ptr;
using messages::commit_outcome;
using messages::epoch;
using messages::head_row;
using messages::journal_rows;
using messages::projection;
using messages::store;
using messages::store_error;
using messages::store_result;
using postgres::call;
using postgres::failure;

/// How long the server may work on one statement of retention.
constexpr auto pass_statement_max
  = std::chrono::milliseconds{std::chrono::minutes{10}};

/// How long epochs may have to wait behind the making of partitions.
constexpr auto lock_wait_max = std::chrono::milliseconds{1'000};

/// A store over two connections. Exceptions of the classes behind it end here.
class postgres_store : public store {
public:
  /// `inbox_only`: changes the inbox and nothing else.
  postgres_store(postgres_options options, messages::store_identity id,
                 bool inbox_only = false)
    : options_(std::move(options)),
      id_(id),
      may_write_(!options_.read_only && !inbox_only),
      session_(options_),
      hot_(options_, id),
      journal_(session_, id),
      states_(session_, id),
      lists_(session_),
      searches_(session_),
      inbox_(session_) {
  }

  [[nodiscard]] messages::store_identity identity() const override {
    return id_;
  }

  using store::take_over;

  store_result<head_row> take_over(uint64_t held) override {
    if (!may_write_)
      return refuse_write();
    return call([&] {
      auto claim = postgres::random_claim();
      auto taken = session_.write([=](pqxx::work& tx) {
        return tx
          .exec_params1("SELECT take_over($1, $2)", messages::saturated(held),
                        claim)[0]
          .as<bool>();
      });
      if (!taken)
        throw failure{{errc::fenced, "another owner took the store over"}};
      auto head = journal_.read_head();
      if (options_.held_fence)
        *options_.held_fence = head.fence;
      return head;
    });
  }

  store_result<head_row> read_head() override {
    return call([this] { return journal_.read_head(); });
  }

  store_result<commit_outcome> commit_epoch(const epoch& x) override {
    if (!may_write_)
      return refuse_write();
    if (auto checked = check_epoch(x); !checked)
      return tl::make_unexpected(checked.error());
    return call([&] { return hot_.commit(x); });
  }

  store_result<commit_outcome> commit_checkpoint(const checkpoint& x) override {
    auto outcomes = commit_states(std::array{&x});
    if (!outcomes)
      return tl::make_unexpected(outcomes.error());
    return outcomes->front();
  }

  store_result<std::vector<commit_outcome>>
  commit_checkpoints(std::span<const checkpoint_ptr> xs) override {
    auto pointers = std::vector<const checkpoint*>{};
    pointers.reserve(xs.size());
    for (auto& x : xs)
      pointers.push_back(x.get());
    return commit_states(pointers);
  }

  store_result<std::vector<messages::cursor_row>> read_cursors() override {
    return call([this] { return states_.read_cursors(); });
  }

  store_result<journal_rows> load_tail(projection kind, uint32_t partition,
                                       uint64_t after, uint64_t up_to,
                                       size_t rows_max) override {
    if (auto known = check_partition(partition, id_); !known)
      return tl::make_unexpected(known.error());
    return call([&] {
      return journal_.load_tail(kind, partition, after, up_to, rows_max);
    });
  }

  store_result<std::unique_ptr<messages::history>>
  open_history(projection kind, const domain::pubkey& key,
               uint64_t up_to) override {
    return call([&]() -> std::unique_ptr<messages::history> {
      return std::make_unique<history>(session_, ++histories_, kind, key,
                                       up_to);
    });
  }

  store_result<journal_rows> load_slot(uint64_t slot) override {
    return call([&] { return journal_.load_slot(slot); });
  }

  store_result<journal_rows> load_journal(uint64_t after, uint64_t up_to,
                                          size_t rows_max) override {
    return call([&] { return journal_.load_journal(after, up_to, rows_max); });
  }

  store_result<void> visit_journal(
    const std::function<void(const domain::trade&)>& on_trade,
    const std::function<void(const domain::token_event&)>& on_event) override {
    return call([&] { journal_.visit(on_trade, on_event); });
  }

  store_result<std::vector<messages::wallet_state_rows>>
  load_wallets(std::span<const domain::pubkey> wallets) override {
    return call([&] { return states_.load_wallets(wallets); });
  }

  store_result<std::vector<std::optional<messages::token_row>>>
  load_tokens(std::span<const domain::pubkey> mints) override {
    return call([&] { return states_.load_tokens(mints); });
  }

  store_result<void> visit_wallets(
    uint32_t partition,
    const std::function<void(const messages::wallet_row&)>& f) override {
    return visit(partition, [&] { states_.visit_wallets(partition, f); });
  }

  store_result<void> visit_positions(
    uint32_t partition,
    const std::function<void(const messages::position_row&)>& f) override {
    return visit(partition, [&] { states_.visit_positions(partition, f); });
  }

  store_result<void> visit_holders(
    uint32_t partition,
    const std::function<void(const messages::holders_row&)>& f) override {
    return visit(partition, [&] { states_.visit_holders(partition, f); });
  }

  store_result<void> visit_wallet_buckets(
    uint32_t partition,
    const std::function<void(const domain::wallet_bucket&)>& f) override {
    return visit(partition, [&] { states_.visit_buckets(partition, f); });
  }

  store_result<void> visit_tokens(
    uint32_t partition,
    const std::function<void(const messages::token_row&)>& f) override {
    return visit(partition, [&] { states_.visit_tokens(partition, f); });
  }

  store_result<void> visit_candles(
    uint32_t partition, int64_t since,
    const std::function<void(const messages::candle_row&)>& f) override {
    return visit(partition,
                 [&] { states_.visit_candles(partition, since, f); });
  }

  store_result<std::vector<bool>>
  contains(std::span<const domain::chain_position> keys) override {
    return call([&] { return journal_.contains(keys); });
  }

  store_result<std::vector<messages::slot_row>>
  load_slots(uint64_t from, uint64_t to) override {
    return call([&] { return journal_.load_slots(from, to); });
  }

  store_result<std::vector<messages::slot_row>>
  load_last_slots(size_t count) override {
    return call([&] { return journal_.load_last_slots(count); });
  }

  store_result<std::vector<messages::pool_row>> load_pools() override {
    return call([&] { return journal_.load_pools(); });
  }

  store_result<std::vector<messages::gap_row>>
  load_gaps(bool open_only) override {
    return call([&] { return journal_.load_gaps(open_only); });
  }

  store_result<std::vector<messages::repair_row>>
  load_repairs(projection kind) override {
    return call([&] { return journal_.load_repairs(kind); });
  }

  store_result<std::vector<domain::dead_letter>>
  load_dead_letters(std::optional<domain::chain_position> after,
                    size_t count) override {
    return call([&] { return journal_.load_dead_letters(after, count); });
  }

  store_result<void> record_audit(const messages::audit_row& x) override {
    if (!may_write_)
      return refuse_write();
    return call([&] {
      session_.write([&](pqxx::work& tx) {
        tx.exec_params(
          "SELECT record_audit($1, $2, $3, $4, $5)", x.found_at,
          static_cast<int>(x.kind),
          pqxx::binarystring(x.key.bytes.data(), x.key.bytes.size()),
          messages::saturated(x.jpos),
          x.what.substr(0, messages::audit_text_bytes_max));
      });
    });
  }

  store_result<std::vector<messages::audit_row>>
  load_audit(size_t count) override {
    return call([&] { return journal_.load_audit(count); });
  }

  store_result<std::optional<uint64_t>>
  append_inbox(std::span<const std::string> payloads,
               const messages::inbox_limits& limits) override {
    if (options_.read_only)
      return refuse_write();
    return call([&] { return inbox_.append(payloads, limits); });
  }

  store_result<std::vector<messages::inbox_row>>
  load_inbox(uint64_t after, size_t rows_max, size_t bytes_max) override {
    return call([&] { return inbox_.load(after, rows_max, bytes_max); });
  }

  store_result<void> remove_inbox(uint64_t up_to) override {
    if (options_.read_only)
      return refuse_write();
    return call([&] { inbox_.remove(up_to); });
  }

  store_result<messages::inbox_size> read_inbox_size() override {
    return call([this] { return inbox_.size(); });
  }

  store_result<std::unique_ptr<store>> open_inbox() override {
    if (options_.read_only)
      return refuse_write();
    return call([this]() -> std::unique_ptr<store> {
      auto options = options_;
      options.patience = std::chrono::milliseconds{0};
      return std::make_unique<postgres_store>(std::move(options), id_, true);
    });
  }

  store_result<messages::trade_list>
  load_trades(const messages::trade_query& x) override {
    return ask(x, [&] { return lists_.load_trades(x); });
  }

  store_result<std::vector<messages::candle_row>>
  load_candles(const messages::candle_query& x) override {
    return ask(x, [&] { return lists_.load_candles(x); });
  }

  store_result<std::vector<messages::position_row>>
  load_holders(const messages::holders_query& x) override {
    return ask(x, [&] { return lists_.load_holders(x); });
  }

  store_result<std::vector<messages::token_row>>
  search_tokens(const messages::token_search& x) override {
    return ask(x, [&] { return searches_.search_tokens(x); });
  }

  store_result<std::vector<domain::pubkey>>
  search_wallets(std::string_view address_prefix, size_t rows_max) override {
    if (auto checked = messages::check_wallet_search(address_prefix, rows_max);
        !checked)
      return tl::make_unexpected(checked.error());
    return call(
      [&] { return searches_.search_wallets(address_prefix, rows_max); });
  }

  store_result<messages::store_counts> counts() override {
    return call([this] { return journal_.counts(); });
  }

  store_result<messages::retention_row> read_retention() override {
    return call([this] {
      return session_.read([](pqxx::transaction_base& tx) {
        return postgres::read_retention(tx);
      });
    });
  }

  store_result<void> visit_baseline(
    const std::function<void(const messages::wallet_state_rows&)>& on_wallet,
    const std::function<void(const messages::token_row&)>& on_token) override {
    return call([&] {
      session_.visit([&](pqxx::transaction_base& tx) {
        postgres::visit_baseline(tx, on_wallet, on_token);
      });
    });
  }

  store_result<std::unique_ptr<store>> reader() override {
    return call([this]() -> std::unique_ptr<store> {
      auto options = options_;
      options.read_only = true;
      return std::make_unique<postgres_store>(std::move(options), id_);
    });
  }

private:
  class history : public messages::history {
  public:
    history(postgres::session& from, uint64_t number, projection kind,
            const domain::pubkey& key, uint64_t up_to)
      : rows_(from, number, kind, key, up_to) {
    }

    [[nodiscard]] const messages::history_start& start() const override {
      return rows_.start();
    }

    store_result<journal_rows> next(size_t rows_max) override {
      return call([&] { return rows_.next(rows_max); });
    }

  private:
    postgres::key_history rows_;
  };

  tl::unexpected<store_error> refuse_write() const {
    return tl::make_unexpected(store_error{
      errc::internal, session_.place() + " was opened for reading only"});
  }

  /// Runs `f` when the query is within its bounds.
  template <class Query, class F>
  auto ask(const Query& x, F&& f) -> store_result<decltype(f())> {
    if (auto checked = check_query(x); !checked)
      return tl::make_unexpected(checked.error());
    return call(std::forward<F>(f));
  }

  template <class F>
  store_result<void> visit(uint32_t partition, F&& f) {
    if (auto known = check_partition(partition, id_); !known)
      return known;
    return call(std::forward<F>(f));
  }

  store_result<std::vector<commit_outcome>>
  commit_states(std::span<const checkpoint* const> xs) {
    if (!may_write_)
      return refuse_write();
    for (auto x : xs)
      if (auto checked = check_checkpoint(*x, id_); !checked)
        return tl::make_unexpected(checked.error());
    return call([&] { return hot_.commit(xs); });
  }

  postgres_options options_;
  messages::store_identity id_;
  bool may_write_ = false;
  postgres::session session_;
  postgres::hot_statements hot_;
  postgres::journal_reader journal_;
  postgres::state_reader states_;
  postgres::list_reader lists_;
  postgres::search_reader searches_;
  postgres::inbox inbox_;
  /// Numbers the histories.
  uint64_t histories_ = 0;
};

} // namespace

store_result<postgres_migrations>
migrate_postgres(const postgres_options& options, const postgres_roles& roles) {
  return call([&] { return postgres::migrate(options, roles); });
}

store_result<uint32_t> prepare_postgres(const postgres_options& options,
                                        uint64_t slots) {
  constexpr auto partitions_ahead = 2;
  auto brief = options;
  brief.read_only = false;
  brief.patience = std::chrono::milliseconds{0};
  brief.lock_timeout = std::min(options.lock_timeout, lock_wait_max);
  return call([&] {
    auto own = postgres::session{brief};
    return own.write([&](pqxx::work& tx) {
      return tx
        .exec_params1("SELECT prepare_trade_partitions($1, $2)",
                      messages::saturated(slots), partitions_ahead)[0]
        .as<uint32_t>();
    });
  });
}

store_result<retention_report>
retain_postgres(const postgres_options& options,
                const retention_settings& settings,
                const std::function<bool()>& stopped) {
  auto brief = options;
  brief.read_only = false;
  brief.patience = std::chrono::milliseconds{0};
  // It counts the rows of whole days; nobody waits for that.
  brief.statement_timeout = std::max(options.statement_timeout,
                                     pass_statement_max);
  return call([&] {
    auto pass = postgres::retention_pass{brief, settings};
    return pass.run(stopped);
  });
}

store_result<std::unique_ptr<store>>
open_postgres(const postgres_options& options) {
  return call([&]() -> std::unique_ptr<store> {
    // Who opens a store wants to know at once that there is none to reach.
    auto impatient = options;
    impatient.patience = std::chrono::milliseconds{0};
    auto first = postgres::session{impatient};
    if (options.create && !options.read_only
        && postgres::stored_version(first, options) == 0)
      postgres::migrate(options, {});
    auto id = postgres::read_identity(first, options);
    return std::make_unique<postgres_store>(options, id);
  });
}

} // namespace pumpscope::adapters
