#include "bench/support/null_store.hpp"

#include <atomic>

namespace pumpscope::bench {

namespace {

using namespace messages;

/// Counters that a store and its readers share.
struct totals {
  std::atomic<uint64_t> trades = 0;
  std::atomic<uint64_t> token_events = 0;
  std::atomic<uint64_t> slots = 0;
};

class null_history : public history {
public:
  store_result<journal_rows> next(size_t) override {
    return journal_rows{};
  }
};

class null_store : public store {
public:
  explicit null_store(std::shared_ptr<totals> shared)
    : totals_(std::move(shared)) {
    // nop
  }

  [[nodiscard]] store_identity identity() const override {
    return {.hash_seed = 1, .partitions = 64};
  }

  using store::take_over;

  store_result<head_row> take_over(uint64_t) override {
    ++head_.fence;
    return head_;
  }

  store_result<head_row> read_head() override {
    return head_;
  }

  store_result<commit_outcome> commit_epoch(const epoch& x) override {
    head_ = x.after;
    totals_->trades += x.trades.size();
    totals_->token_events += x.token_events.size();
    totals_->slots += x.slots.size();
    return commit_outcome::committed;
  }

  store_result<commit_outcome> commit_checkpoint(const checkpoint&) override {
    return commit_outcome::committed;
  }

  store_result<std::vector<commit_outcome>>
  commit_checkpoints(std::span<const checkpoint_ptr> xs) override {
    return std::vector(xs.size(), commit_outcome::committed);
  }

  store_result<std::vector<cursor_row>> read_cursors() override {
    auto result = std::vector<cursor_row>{};
    for (auto kind : {projection::wallet, projection::token})
      for (auto i = uint32_t{0}; i < identity().partitions; ++i)
        result.push_back({.kind = kind, .partition = i});
    return result;
  }

  store_result<journal_rows> load_tail(projection, uint32_t, uint64_t, uint64_t,
                                       size_t) override {
    return journal_rows{};
  }

  store_result<std::unique_ptr<history>>
  open_history(projection, const domain::pubkey&, uint64_t) override {
    return std::make_unique<null_history>();
  }

  store_result<journal_rows> load_slot(uint64_t) override {
    return journal_rows{};
  }

  store_result<journal_rows> load_journal(uint64_t, uint64_t, size_t) override {
    return journal_rows{};
  }

  store_result<void> visit_journal(
    const std::function<void(const domain::trade&)>&,
    const std::function<void(const domain::token_event&)>&) override {
    return {};
  }

  store_result<std::vector<wallet_state_rows>>
  load_wallets(std::span<const domain::pubkey> wallets) override {
    return std::vector<wallet_state_rows>(wallets.size());
  }

  store_result<std::vector<std::optional<token_row>>>
  load_tokens(std::span<const domain::pubkey> mints) override {
    return std::vector<std::optional<token_row>>(mints.size());
  }

  store_result<void>
  visit_wallets(uint32_t,
                const std::function<void(const wallet_row&)>&) override {
    return {};
  }

  store_result<void>
  visit_positions(uint32_t,
                  const std::function<void(const position_row&)>&) override {
    return {};
  }

  store_result<void>
  visit_holders(uint32_t,
                const std::function<void(const holders_row&)>&) override {
    return {};
  }

  store_result<void> visit_wallet_buckets(
    uint32_t,
    const std::function<void(const domain::wallet_bucket&)>&) override {
    return {};
  }

  store_result<void>
  visit_tokens(uint32_t,
               const std::function<void(const token_row&)>&) override {
    return {};
  }

  store_result<void>
  visit_candles(uint32_t, int64_t,
                const std::function<void(const candle_row&)>&) override {
    return {};
  }

  store_result<std::vector<bool>>
  contains(std::span<const domain::chain_position> keys) override {
    return std::vector<bool>(keys.size());
  }

  store_result<std::vector<slot_row>> load_slots(uint64_t, uint64_t) override {
    return std::vector<slot_row>{};
  }

  store_result<std::vector<slot_row>> load_last_slots(size_t) override {
    return std::vector<slot_row>{};
  }

  store_result<std::vector<pool_row>> load_pools() override {
    return std::vector<pool_row>{};
  }

  store_result<std::vector<gap_row>> load_gaps(bool) override {
    return std::vector<gap_row>{};
  }

  store_result<std::vector<repair_row>> load_repairs(projection) override {
    return std::vector<repair_row>{};
  }

  store_result<std::vector<domain::dead_letter>>
  load_dead_letters(std::optional<domain::chain_position>, size_t) override {
    return std::vector<domain::dead_letter>{};
  }

  store_result<void> record_audit(const audit_row&) override {
    return {};
  }

  store_result<std::vector<audit_row>> load_audit(size_t) override {
    return std::vector<audit_row>{};
  }

  store_result<std::optional<uint64_t>>
  append_inbox(std::span<const std::string>, const inbox_limits&) override {
    return std::nullopt;
  }

  store_result<std::vector<inbox_row>> load_inbox(uint64_t, size_t,
                                                  size_t) override {
    return std::vector<inbox_row>{};
  }

  store_result<void> remove_inbox(uint64_t) override {
    return {};
  }

  store_result<inbox_size> read_inbox_size() override {
    return inbox_size{};
  }

  store_result<std::unique_ptr<store>> open_inbox() override {
    return reader();
  }

  store_result<trade_list> load_trades(const trade_query&) override {
    return trade_list{};
  }

  store_result<std::vector<candle_row>>
  load_candles(const candle_query&) override {
    return std::vector<candle_row>{};
  }

  store_result<std::vector<position_row>>
  load_holders(const holders_query&) override {
    return std::vector<position_row>{};
  }

  store_result<std::vector<token_row>>
  search_tokens(const token_search&) override {
    return std::vector<token_row>{};
  }

  store_result<std::vector<domain::pubkey>> search_wallets(std::string_view,
                                                           size_t) override {
    return std::vector<domain::pubkey>{};
  }

  store_result<store_counts> counts() override {
    auto result = store_counts{};
    result.trades = totals_->trades;
    result.token_events = totals_->token_events;
    result.max_jpos = result.trades + result.token_events;
    result.slots = totals_->slots;
    return result;
  }

  store_result<std::unique_ptr<store>> reader() override {
    return std::make_unique<null_store>(totals_);
  }

private:
  std::shared_ptr<totals> totals_;
  head_row head_ = {};
};

} // namespace

std::unique_ptr<messages::store> make_null_store() {
  return std::make_unique<null_store>(std::make_shared<totals>());
}

} // namespace pumpscope::bench
