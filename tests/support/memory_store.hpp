#pragma once

#include "messages/store.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace pumpscope::test {

/// The calls of a store that a fault can be planted into.
enum class store_operation : uint8_t {
  take_over,
  read_head,
  commit_epoch,
  commit_checkpoint,
  read_cursors,
  /// Every other reading call.
  read,
};

/// What goes wrong with one call.
enum class store_fault : uint8_t {
  none,
  /// The write is applied, its answer is lost: `commit_outcome::unknown`.
  /// Calls that have no such outcome answer `errc::unknown_outcome`.
  unknown_applied,
  /// The write is not applied, its answer is lost as well.
  unknown_lost,
  /// The write is refused as `commit_outcome::stale`.
  stale,
  /// Nothing happens but `errc::store_unavailable`; the next call may work.
  unavailable,
  /// Another owner raises the fence right before the call.
  fenced,
  /// The process ends right before the call: nothing is applied, and this
  /// object answers `errc::store_unavailable` from here on.
  crash_before,
  /// The write is applied, then the process ends.
  crash_after,
};

/// What `memory_store`s share, like the disk that real ones share: it survives
/// the crash of a store object.
struct memory_disk {
  using bucket_key = std::tuple<uint32_t, int64_t, domain::pubkey>;
  using candle_key
    = std::tuple<domain::pubkey, domain::pubkey, domain::interval, int64_t>;

  /// The states of one partition of one kind.
  struct partition {
    messages::cursor_row cursor = {};
    std::map<domain::pubkey, messages::wallet_row> wallets = {};
    std::map<domain::pubkey,
             std::map<domain::position_key, messages::position_row>>
      positions = {};
    std::map<bucket_key, domain::wallet_bucket> buckets = {};
    std::map<domain::pubkey, messages::token_row> tokens = {};
    std::map<candle_key, messages::candle_row> candles = {};
  };

  explicit memory_disk(messages::store_identity id);

  /// Readers may live in other threads.
  std::mutex mutex = {};
  messages::store_identity identity = {};
  messages::head_row head = {};
  /// Rows by jpos.
  std::map<uint64_t, domain::trade> trades = {};
  std::map<uint64_t, domain::token_event> token_events = {};
  /// Keys of both, to their jpos.
  std::map<domain::chain_position, uint64_t> keys = {};
  std::map<uint64_t, messages::slot_row> slots = {};
  std::map<domain::chain_position, domain::dead_letter> dead_letters = {};
  std::map<std::pair<uint64_t, uint64_t>, messages::gap_row> gaps = {};
  std::map<messages::repair_row, bool> repairs = {};
  std::map<domain::pubkey, messages::pool_row> pools = {};
  /// Oldest first.
  std::vector<messages::audit_row> audit = {};
  std::map<uint64_t, std::string> inbox = {};
  uint64_t inbox_last_id = 0;
  std::vector<partition> wallet_partitions = {};
  std::vector<partition> token_partitions = {};

  /// Returns the partition that a cursor names. Pre: it exists.
  partition& at(messages::projection kind, uint32_t number);
};

/// A plain store in memory with faults planted by a callback: same calls, same
/// faults, same results. For tests only; it copies without shame.
class memory_store : public messages::store {
public:
  /// Decides what goes wrong with the call that is about to happen; not asked
  /// again after a crash.
  using fault_plan = std::function<store_fault(store_operation)>;

  /// Creates a fresh store.
  explicit memory_store(messages::store_identity id = {.hash_seed = 1,
                                                       .partitions = 2});

  /// Opens what another store object left: a restart.
  explicit memory_store(std::shared_ptr<memory_disk> disk);

  ~memory_store() override;

  /// The disk, for a restart and for tests that look at it.
  [[nodiscard]] std::shared_ptr<memory_disk> disk() const;

  /// Asked before each call; readers take it over when they are opened.
  fault_plan on_operation = {};

  /// Tells whether a planted crash happened.
  [[nodiscard]] bool crashed() const;

  [[nodiscard]] messages::store_identity identity() const override;
  using store::take_over;
  messages::store_result<messages::head_row> take_over(uint64_t held) override;
  messages::store_result<messages::head_row> read_head() override;
  messages::store_result<messages::commit_outcome>
  commit_epoch(const messages::epoch& x) override;
  messages::store_result<messages::commit_outcome>
  commit_checkpoint(const messages::checkpoint& x) override;
  messages::store_result<std::vector<messages::commit_outcome>>
  commit_checkpoints(std::span<const messages::checkpoint_ptr> xs) override;
  messages::store_result<std::vector<messages::cursor_row>>
  read_cursors() override;
  messages::store_result<messages::journal_rows>
  load_tail(messages::projection kind, uint32_t partition, uint64_t after,
            uint64_t up_to, size_t rows_max) override;
  messages::store_result<std::unique_ptr<messages::history>>
  open_history(messages::projection kind, const domain::pubkey& key,
               uint64_t up_to) override;
  messages::store_result<messages::journal_rows>
  load_slot(uint64_t slot) override;
  messages::store_result<messages::journal_rows>
  load_journal(uint64_t after, uint64_t up_to, size_t rows_max) override;
  messages::store_result<void> visit_journal(
    const std::function<void(const domain::trade&)>& on_trade,
    const std::function<void(const domain::token_event&)>& on_event) override;
  messages::store_result<std::vector<messages::wallet_state_rows>>
  load_wallets(std::span<const domain::pubkey> wallets) override;
  messages::store_result<std::vector<std::optional<messages::token_row>>>
  load_tokens(std::span<const domain::pubkey> mints) override;
  messages::store_result<void> visit_wallets(
    uint32_t partition,
    const std::function<void(const messages::wallet_row&)>& f) override;
  messages::store_result<void> visit_positions(
    uint32_t partition,
    const std::function<void(const messages::position_row&)>& f) override;
  messages::store_result<void> visit_holders(
    uint32_t partition,
    const std::function<void(const messages::holders_row&)>& f) override;
  messages::store_result<void> visit_wallet_buckets(
    uint32_t partition,
    const std::function<void(const domain::wallet_bucket&)>& f) override;
  messages::store_result<void> visit_tokens(
    uint32_t partition,
    const std::function<void(const messages::token_row&)>& f) override;
  messages::store_result<void> visit_candles(
    uint32_t partition, int64_t since,
    const std::function<void(const messages::candle_row&)>& f) override;
  messages::store_result<std::vector<bool>>
  contains(std::span<const domain::chain_position> keys) override;
  messages::store_result<std::vector<messages::slot_row>>
  load_slots(uint64_t from, uint64_t to) override;
  messages::store_result<std::vector<messages::slot_row>>
  load_last_slots(size_t count) override;
  messages::store_result<std::vector<messages::pool_row>> load_pools() override;
  messages::store_result<std::vector<messages::gap_row>>
  load_gaps(bool open_only) override;
  messages::store_result<std::vector<messages::repair_row>>
  load_repairs(messages::projection kind) override;
  messages::store_result<std::vector<domain::dead_letter>>
  load_dead_letters(std::optional<domain::chain_position> after,
                    size_t count) override;
  using store::load_dead_letters;
  messages::store_result<void>
  record_audit(const messages::audit_row& x) override;
  messages::store_result<std::vector<messages::audit_row>>
  load_audit(size_t count) override;
  messages::store_result<std::optional<uint64_t>>
  append_inbox(std::span<const std::string> payloads,
               const messages::inbox_limits& limits) override;
  messages::store_result<std::vector<messages::inbox_row>>
  load_inbox(uint64_t after, size_t rows_max, size_t bytes_max) override;
  messages::store_result<void> remove_inbox(uint64_t up_to) override;
  messages::store_result<messages::inbox_size> read_inbox_size() override;
  messages::store_result<std::unique_ptr<messages::store>>
  open_inbox() override;
  messages::store_result<messages::trade_list>
  load_trades(const messages::trade_query& x) override;
  messages::store_result<std::vector<messages::candle_row>>
  load_candles(const messages::candle_query& x) override;
  messages::store_result<std::vector<messages::position_row>>
  load_holders(const messages::holders_query& x) override;
  messages::store_result<std::vector<messages::token_row>>
  search_tokens(const messages::token_search& x) override;
  messages::store_result<std::vector<domain::pubkey>>
  search_wallets(std::string_view address_prefix, size_t rows_max) override;
  messages::store_result<messages::store_counts> counts() override;
  messages::store_result<std::unique_ptr<messages::store>> reader() override;

private:
  /// Asks the plan; a crash is noted here.
  store_fault next_fault(store_operation x);

  /// Runs a reading call behind its planted fault.
  template <class F>
  auto read(store_operation x, F&& f) -> messages::store_result<decltype(f())>;

  /// Runs a writing call behind its planted fault.
  template <class F>
  messages::store_result<messages::commit_outcome>
  write(store_operation x, F&& f);

  /// The same for `count` writes that one call makes; `f` gives one outcome
  /// each.
  template <class F>
  messages::store_result<std::vector<messages::commit_outcome>>
  write_all(store_operation x, size_t count, F&& f);

  std::shared_ptr<memory_disk> disk_;
  bool crashed_ = false;
};

} // namespace pumpscope::test
