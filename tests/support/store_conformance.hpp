#pragma once

// The suite that every messages::store passes. A test program that includes
// this names its stores:
//
//   INSTANTIATE_TEST_SUITE_P(sqlite, store_conformance,
//                            testing::Values(my_factory), name_of_factory);
//   INSTANTIATE_TEST_SUITE_P(sqlite, store_queries,
//                            testing::Values(my_factory), name_of_factory);

#include "messages/store.hpp"
#include "tests/support/sample_rows.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace pumpscope::test {

/// A fresh store and a way to open it again.
class store_under_test {
public:
  virtual ~store_under_test() = default;

  /// The store, open.
  virtual messages::store& get() = 0;

  /// Closes it and opens what it left. Stores that end when they are closed
  /// keep the object.
  virtual void reopen() = 0;
};

/// Makes fresh stores with 4 partitions per kind; null when the server that it
/// needs is not there, and the test is skipped.
struct store_factory {
  std::string name = {};
  std::function<std::unique_ptr<store_under_test>()> make = {};
};

inline void PrintTo(const store_factory& x, std::ostream* out) {
  *out << x.name;
}

/// Names the instances of the suite.
inline std::string
name_of_factory(const testing::TestParamInfo<store_factory>& info) {
  return info.param.name;
}

/// A fresh store that the fixture owns the fence of.
class store_conformance : public testing::TestWithParam<store_factory> {
protected:
  void SetUp() override {
    subject_ = GetParam().make();
    if (!subject_)
      GTEST_SKIP() << "no server; script/lib/servers.py starts one";
    head = value(store().take_over());
  }

  messages::store& store() {
    return subject_->get();
  }

  void reopen() {
    subject_->reopen();
  }

  /// Unwraps a result; a failure ends the test.
  template <class T>
  T value(messages::store_result<T> x) {
    EXPECT_TRUE(x) << x.error().what;
    if (!x)
      throw std::runtime_error(x.error().what);
    if constexpr (!std::is_void_v<T>)
      return std::move(*x);
  }

  /// Commits an epoch that must succeed, and moves `head`.
  void commit(const messages::epoch& x) {
    ASSERT_EQ(value(store().commit_epoch(x)),
              messages::commit_outcome::committed);
    head = x.after;
  }

  /// Commits a checkpoint that must succeed.
  void commit(const messages::checkpoint& x) {
    ASSERT_EQ(value(store().commit_checkpoint(x)),
              messages::commit_outcome::committed);
  }

  /// Returns the stored cursor of a partition.
  messages::cursor_row cursor(messages::projection kind, uint32_t partition) {
    for (auto& x : value(store().read_cursors()))
      if (x.kind == kind && x.partition == partition)
        return x;
    throw std::runtime_error("no such cursor");
  }

  /// Returns a checkpoint of a partition that goes to the head.
  messages::checkpoint checkpoint_of(messages::projection kind,
                                     uint32_t partition) {
    return checkpoint_after(head, cursor(kind, partition), head.jpos);
  }

  /// Returns a wallet or mint of a partition.
  domain::pubkey key_in(uint32_t partition, uint64_t number = 0) {
    return sample_key_in(number, partition, store().identity());
  }

  /// Commits one epoch with `count` trades of one wallet and mint, one a slot
  /// from `slot` on.
  void commit_trades(size_t count, uint64_t slot, const domain::pubkey& wallet,
                     const domain::pubkey& mint) {
    auto x = epoch_after(head);
    for (auto i = size_t{0}; i < count; ++i)
      add_trade(x, {slot + i, 1, 2}, wallet, mint);
    commit(x);
  }

  /// Everything that a store has of one partition, in the order of visits.
  struct stored_states {
    std::vector<messages::wallet_row> wallets = {};
    std::vector<messages::position_row> positions = {};
    std::vector<domain::wallet_bucket> buckets = {};
    std::vector<messages::token_row> tokens = {};
    std::vector<messages::candle_row> candles = {};
  };

  stored_states visit_all(messages::store& from, uint32_t partition,
                          int64_t since = INT64_MIN) {
    auto x = stored_states{};
    value(from.visit_wallets(
      partition, [&](const auto& row) { x.wallets.push_back(row); }));
    value(from.visit_positions(
      partition, [&](const auto& row) { x.positions.push_back(row); }));
    value(from.visit_wallet_buckets(
      partition, [&](const auto& row) { x.buckets.push_back(row); }));
    value(from.visit_tokens(partition,
                            [&](const auto& row) { x.tokens.push_back(row); }));
    value(from.visit_candles(
      partition, since, [&](const auto& row) { x.candles.push_back(row); }));
    return x;
  }

  stored_states visit_all(uint32_t partition) {
    return visit_all(store(), partition);
  }

  /// The head as the store must have it.
  messages::head_row head = {};

private:
  std::unique_ptr<store_under_test> subject_ = {};
};

/// Returns the positions of rows.
template <class Row>
std::vector<uint64_t> jpos_of(const std::vector<Row>& rows) {
  auto result = std::vector<uint64_t>{};
  for (auto& row : rows)
    result.push_back(row.jpos);
  return result;
}

} // namespace pumpscope::test

#include "tests/support/store_conformance_inbox.hpp"
#include "tests/support/store_conformance_journal.hpp"
#include "tests/support/store_conformance_lists.hpp"
#include "tests/support/store_conformance_queries.hpp"
#include "tests/support/store_conformance_states.hpp"
#include "tests/support/store_conformance_time_travel.hpp"
