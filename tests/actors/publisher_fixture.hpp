#pragma once

// A publisher among fakes: sinks, a reader, partitions, boards and a market.

#include "actors/publisher.hpp"
#include "tests/actors/fake_partitions.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/sample_rows.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace pumpscope::test {

using messages::publication;

/// What the fakes around the publisher saw, and what they answer.
struct surroundings {
  std::vector<messages::publication_batch_ptr> batches = {};
  /// What the local sink was given; it tells that it took it, or not.
  std::vector<messages::publication_batch_ptr> local_batches = {};
  bool local_takes = true;
  messages::publisher_actor publisher = {};
  std::vector<messages::get_changes> wallet_requests = {};
  std::vector<messages::get_changes> token_requests = {};
  messages::wallet_changes wallets = {};
  messages::token_changes tokens = {};
  messages::board board = {};
  /// Null = no answer.
  std::shared_ptr<messages::totals_by_wallet> totals = {};
  std::vector<messages::get_totals> totals_requests = {};
  messages::journal_rows old_rows = {};
  std::vector<messages::load_rows> loads = {};
  size_t boards = 0;
  /// Wallets' partitions answer with an error.
  bool wallets_fail = false;
  /// Boards are not answered.
  bool boards_wait = false;
  std::vector<caf::typed_response_promise<messages::board_ptr>> late_boards
    = {};
};

using surroundings_ptr = std::shared_ptr<surroundings>;

inline messages::sink_actor::behavior_type
fake_sink(messages::sink_actor::pointer, surroundings_ptr seen) {
  return {
    [](atom::status) { return caf::settings{}; },
    [](const messages::sink_links_ptr&) {},
    [seen](const messages::publication_batch_ptr& x) {
      seen->batches.push_back(x);
    },
    [](const messages::tick_batch_ptr&) {},
    [](atom::go) {},
    [](atom::tick) {},
  };
}

/// The sink that is always there.
inline messages::sink_actor::behavior_type
fake_local_sink(messages::sink_actor::pointer self, surroundings_ptr seen) {
  return {
    [](atom::status) { return caf::settings{}; },
    [self, seen](const messages::sink_links_ptr& x) {
      seen->publisher = x->publisher;
      self->send(x->publisher, messages::sink_changed{true});
    },
    [self, seen](const messages::publication_batch_ptr& x) {
      seen->local_batches.push_back(x);
      if (seen->local_takes)
        self->send(seen->publisher, messages::batch_delivered{x->number});
    },
    [](const messages::tick_batch_ptr&) {},
    [self, seen](atom::go) {
      self->send(seen->publisher,
                 messages::batch_delivered{seen->local_batches.back()->number});
    },
    [](atom::tick) {},
  };
}

inline messages::store_reader_actor::behavior_type
fake_reader(messages::store_reader_actor::pointer, surroundings_ptr seen) {
  return {
    [](atom::status) { return caf::settings{}; },
    [](const messages::load_partition&) {
      return messages::partition_boot_ptr{};
    },
    [](const messages::load_tail&) { return messages::tail_rows_ptr{}; },
    [](atom::go) {},
    [seen](const messages::load_rows& x) {
      seen->loads.push_back(x);
      return messages::journal_rows_ptr{
        std::make_shared<messages::journal_rows>(seen->old_rows)};
    },
    [](const messages::load_entities&) {
      return messages::loaded_entities_ptr{};
    },
    [](const messages::look_up&) { return messages::looked_up_ptr{}; },
  };
}

/// Hands out what is there, once.
inline wallet_answers wallet_answers_of(const surroundings_ptr& seen) {
  return {{},
          [seen](const messages::get_changes& x) {
            if (x.keys_max != 0)
              seen->wallet_requests.push_back(x);
            if (seen->wallets_fail)
              return std::shared_ptr<messages::wallet_changes>{};
            auto next = messages::wallet_changes{};
            next.epoch = seen->wallets.epoch;
            return std::make_shared<messages::wallet_changes>(
              std::exchange(seen->wallets, next));
          },
          [seen](const messages::get_totals& x) {
            seen->totals_requests.push_back(x);
            return seen->totals;
          }};
}

/// @copydoc wallet_answers_of
inline token_answers token_answers_of(const surroundings_ptr& seen) {
  return {{}, [seen](const messages::get_changes& x) {
            seen->token_requests.push_back(x);
            return std::make_shared<messages::token_changes>(
              std::exchange(seen->tokens, {}));
          }};
}

inline messages::leaderboard_actor::behavior_type
fake_leaderboard(messages::leaderboard_actor::pointer self,
                 surroundings_ptr seen) {
  return {
    [](atom::status) { return caf::settings{}; },
    [](const messages::board_links_ptr&) {},
    [self,
     seen](const messages::get_board&) -> caf::result<messages::board_ptr> {
      ++seen->boards;
      if (seen->boards_wait)
        return seen->late_boards.emplace_back(
          self->make_response_promise<messages::board_ptr>());
      return messages::board_ptr{
        std::make_shared<messages::board>(seen->board)};
    },
  };
}

inline messages::market_actor::behavior_type
fake_market(messages::market_actor::pointer) {
  return {
    [](atom::status) { return caf::settings{}; },
    [](const messages::market_links_ptr&) {},
    [](const messages::token_news_ptr&) {},
    [](const messages::get_market&) {
      return messages::market_ptr{std::make_shared<messages::market>()};
    },
  };
}

inline const messages::publication_stamp& stamp_of(const publication& x) {
  return std::visit(
    [](auto& y) -> auto& { return y.stamp; }, x);
}

class publisher : public actor_fixture {
protected:
  void start(const messages::journal_boot& boot = {}) {
    if (has_local_)
      local_ = adopt(sys_.spawn(fake_local_sink, seen_));
    aut_ = adopt(sys_.spawn(actors::publisher, config_,
                            std::make_shared<messages::journal_boot>(boot),
                            adopt(sys_.spawn(fake_sink, seen_)), local_));
    if (local_) {
      auto told = std::make_shared<messages::sink_links>();
      told->publisher = aut_;
      caf::anon_send(local_, messages::sink_links_ptr{std::move(told)});
    }
    head_ = boot.head;
    auto links = std::make_shared<messages::publisher_links>();
    links->reader = adopt(sys_.spawn(fake_reader, seen_));
    links->wallets.push_back(
      adopt(sys_.spawn(fake_wallet_partition, wallet_answers_of(seen_))));
    links->tokens.push_back(
      adopt(sys_.spawn(fake_token_partition, token_answers_of(seen_))));
    links->leaderboard = adopt(sys_.spawn(fake_leaderboard, seen_));
    links->market = adopt(sys_.spawn(fake_market));
    caf::anon_send(aut_, messages::publisher_links_ptr{std::move(links)});
    run();
  }

  void ready(bool x = true) {
    caf::anon_send(aut_, messages::sink_changed{x});
    run();
  }

  /// Commits an epoch with one trade of each of these coins.
  void commit(std::vector<uint64_t> mints, messages::epoch x = {}) {
    auto chain_time = x.after.chain_time;
    x.before = head_;
    x.after = epoch_after(head_).after;
    x.after.chain_time = std::max(chain_time, head_.chain_time);
    for (auto mint : mints) {
      auto tx_index = static_cast<uint32_t>(x.after.jpos);
      add_trade(x, {10, tx_index, 1}, sample_key(1), sample_key(mint));
    }
    head_ = x.after;
    caf::anon_send(aut_, messages::epoch_committed{
                           std::make_shared<messages::epoch>(std::move(x))});
    run();
  }

  void deliver(uint64_t number) {
    caf::anon_send(aut_, messages::batch_delivered{number});
    run();
  }

  /// The sink took all that it was given.
  void deliver_all() {
    while (delivered_ < seen_->batches.size())
      deliver(seen_->batches[delivered_++]->number);
  }

  static std::vector<publication>
  items_of(const std::vector<messages::publication_batch_ptr>& batches) {
    auto result = std::vector<publication>{};
    for (auto& batch : batches)
      result.insert(result.end(), batch->items.begin(), batch->items.end());
    return result;
  }

  /// All that reached the sink so far, in order.
  std::vector<publication> items() const {
    return items_of(seen_->batches);
  }

  /// The same of the local sink.
  std::vector<publication> local_items() const {
    return items_of(seen_->local_batches);
  }

  /// The next answer of the token partition: coin 1 changed.
  void change_token(uint64_t seq, std::vector<int64_t> bar_times = {}) {
    auto change = messages::token_change{};
    change.token.mint = sample_key(1);
    change.seq = seq;
    for (auto time : bar_times) {
      auto bar = messages::bar_change{};
      bar.bar.interval = domain::interval::m1;
      bar.bar.candle.open_time = time;
      bar.seq = seq;
      change.bars.push_back(bar);
    }
    seen_->tokens.epoch = seq;
    seen_->tokens.jpos = seq;
    seen_->tokens.changes.push_back(change);
    seen_->wallets.epoch = seq;
    seen_->wallets.jpos = seq;
    advance(config_.period);
  }

  /// Other actors have both partitions from now on, with answers of their own;
  /// tells whether the publisher follows.
  bool move_partitions(const surroundings_ptr& to) {
    auto moved = std::make_shared<messages::moved_partitions>();
    moved->wallets.emplace_back(
      0, adopt(sys_.spawn(fake_wallet_partition, wallet_answers_of(to))));
    moved->tokens.emplace_back(
      0, adopt(sys_.spawn(fake_token_partition, token_answers_of(to))));
    auto followed = ask<atom::finished>(
      aut_, messages::moved_partitions_ptr{std::move(moved)});
    run();
    return static_cast<bool>(followed);
  }

  bool has_local_ = false;
  messages::sink_actor local_ = {};
  size_t delivered_ = 0;
  actors::publisher_config config_ = {};
  surroundings_ptr seen_ = std::make_shared<surroundings>();
  messages::publisher_actor aut_ = {};
  messages::head_row head_ = {};
};

} // namespace pumpscope::test
