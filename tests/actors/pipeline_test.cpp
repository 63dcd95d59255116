#include "actors/pipeline.hpp"

#include "domain/base58.hpp"
#include "tests/actors/store_fixture.hpp"
#include "tests/simulation/simulated_host.hpp"

using namespace pumpscope;
using namespace pumpscope::test;

namespace {

/// Has nothing, and ends when it is told so.
class silent_source : public messages::source {
public:
  explicit silent_source(std::shared_ptr<bool> at_end)
    : at_end_{std::move(at_end)} {
  }

  [[nodiscard]] std::string name() const override {
    return "silent";
  }

  void resume_from(uint64_t) override {
  }

  messages::read_status read(messages::raw_batch&,
                             std::chrono::milliseconds) override {
    return cancelled_ || *at_end_ ? messages::read_status::end
                                  : messages::read_status::ok;
  }

  [[nodiscard]] std::string last_error() const override {
    return {};
  }

  [[nodiscard]] uint64_t bytes_read() const override {
    return 0;
  }

  [[nodiscard]] uint64_t bytes_total() const override {
    return 0;
  }

  void cancel() override {
    cancelled_ = true;
  }

private:
  std::shared_ptr<bool> at_end_;
  bool cancelled_ = false;
};

/// A node that takes all it is given, and never folds any of it.
class mute_link : public messages::host_link {
public:
  [[nodiscard]] std::string name() const override {
    return "mute";
  }

  void begin(std::string,
             std::function<void(std::string, bool)> on_events) override {
    on_events(to_frame(messages::host_begun{}), false);
  }

  void pass(messages::hosting_id, std::string,
            std::function<void(bool)> done) override {
    done(true);
  }

  void ask(messages::hosting_id, std::string,
           std::function<void(std::optional<std::string>)>) override {
  }

  void end() override {
  }

  void note_lost(const std::string&) override {
  }

  void note_slow() override {
  }
};

/// A pipeline over a journal with one trade that is not folded yet.
class pipeline : public store_fixture {
protected:
  pipeline() {
    commit({plain_trade(domain::trade_side::buy, 1, sample_key(1),
                        sample_key(2), 5, 10)});
    auto config = actors::pipeline_config{};
    config.detached = false;
    config.restarts_max = 2;
    auto parts = actors::pipeline_parts{};
    parts.writer_store = store_;
    parts.reader_store = store_->reader().value();
    parts.auditor_store = store_->reader().value();
    parts.console_store = store_->reader().value();
    config.auditor.keys_per_minute = 60;
    config.auditor.now = [] { return int64_t{77}; };
    parts.make_source = [at_end = at_end_] {
      return std::make_shared<silent_source>(at_end);
    };
    parts.retry_letters = [this](messages::store& store,
                                 const messages::head_row& head) {
      EXPECT_EQ(&store, store_.get());
      head_ = head;
      for (auto& x : letters_)
        commit({std::exchange(x, {})});
      letters_.clear();
      if (taken_over_) {
        EXPECT_TRUE(store_->take_over());
      }
    };
    parts.share_out = [this](uint32_t) {
      return std::exchange(first_shares_, {});
    };
    parts.rebalance = [this] { return std::exchange(plan_, {}); };
    parts.on_move_failed = [this](const std::string& why) {
      move_failure_ = why;
    };
    parts.now = [] { return std::chrono::steady_clock::time_point{}; };
    aut_ = adopt(sys_.spawn(actors::pipeline, config, std::move(parts)));
    request_.emplace(self_->request(aut_, caf::infinite, atom::start_v));
  }

  /// A silent source is always asked again: all but it comes to rest.
  void settle() {
    run_all_but("stream");
    for (auto i = 0; i < 200 && sched_.has_job(); ++i) {
      sched_.run_once();
      run_all_but("stream");
    }
  }

  /// Lets seconds pass, one by one.
  void pass(int seconds) {
    for (auto i = 0; i < seconds; ++i) {
      sched_.advance_time(std::chrono::seconds{1});
      settle();
    }
  }

  /// Kills the child of this name by way of a message that it must handle.
  void kill_child(std::string_view name) {
    for (auto& child : children(name))
      caf::anon_send_exit(child, caf::exit_reason::kill);
    settle();
  }

  std::vector<caf::actor> children(std::string_view name) {
    auto result = std::vector<caf::actor>{};
    auto& state
      = caf::actor_cast<
          messages::pipeline_actor::stateful_pointer<actors::pipeline_state>>(
          aut_)
          ->state;
    if (name == "router")
      result.push_back(caf::actor_cast<caf::actor>(state.router));
    if (name == "inspector")
      result.push_back(caf::actor_cast<caf::actor>(state.inspector));
    if (name == "wallet-partition")
      result.push_back(caf::actor_cast<caf::actor>(state.wallets.at(0)));
    return result;
  }

  /// Asks the pipeline while its source goes on.
  template <class Answer, class Question>
  caf::expected<Answer> ask_running(const Question& x) {
    auto request = self_->request(aut_, caf::infinite, x);
    settle();
    auto result = caf::expected<Answer>{caf::sec::runtime_error};
    request.receive([&result](Answer& y) { result = std::move(y); },
                    [&result](caf::error& err) { result = std::move(err); });
    return result;
  }

  /// Has another node host the partition from the start.
  void let_b_host() {
    auto config = actors::partition_host_config{};
    config.detached = false;
    auto never = [] { return false; };
    auto host = std::make_shared<simulated_host>(
      "b", sys_, config, std::make_shared<memory_store>(disk_), never, never);
    first_shares_.push_back({std::move(host), {0}});
  }

  /// How the run ended.
  caf::expected<messages::pipeline_status_ptr> outcome() {
    auto result
      = caf::expected<messages::pipeline_status_ptr>{caf::sec::runtime_error};
    request_->receive(
      [&result](messages::pipeline_status_ptr& x) { result = std::move(x); },
      [&result](caf::error& err) { result = std::move(err); });
    return result;
  }

  using request_type = decltype(std::declval<caf::scoped_actor&>()->request(
    messages::pipeline_actor{}, caf::infinite, atom::start_v));

  /// What other nodes host at first, and what changes hands when we are asked.
  std::vector<messages::host_share> first_shares_ = {};
  messages::rebalance_plan plan_ = {};
  std::string move_failure_ = {};
  /// What letters become when they are tried again.
  std::vector<domain::trade> letters_ = {};
  /// Another owner comes while they are.
  bool taken_over_ = false;
  std::shared_ptr<bool> at_end_ = std::make_shared<bool>(false);
  messages::pipeline_actor aut_ = {};
  std::optional<request_type> request_ = {};
};

TEST_F(pipeline, folds_the_journal_and_ends_with_its_source) {
  settle();
  *at_end_ = true;
  run();
  auto x = outcome();
  ASSERT_TRUE(x);
  EXPECT_EQ((*x)->restarts, 0U);
  EXPECT_EQ(disk_->at(messages::projection::wallet, 0).cursor.jpos, 1U);
}

TEST_F(pipeline, the_audit_finds_and_repairs_a_damaged_state) {
  using messages::projection;
  settle();
  pass(2);
  auto& wallet
    = disk_->at(projection::wallet, 0).wallets.at(sample_key(1)).totals;
  auto& token = disk_->at(projection::token, 0).tokens.at(sample_key(2));
  auto right = std::pair{wallet, token.blob};
  pass(20);
  EXPECT_TRUE(disk_->audit.empty());
  wallet.invested += 1;
  token.blob.clear();
  pass(20);
  EXPECT_EQ(wallet, right.first);
  EXPECT_EQ(token.blob, right.second);
  EXPECT_TRUE(disk_->repairs.empty());
  EXPECT_EQ(disk_->audit.size(), 2U);
  for (auto& x : disk_->audit) {
    EXPECT_EQ(x.found_at, 77);
    EXPECT_EQ(x.jpos, 1U);
    EXPECT_EQ(x.key,
              x.kind == projection::wallet ? sample_key(1) : sample_key(2));
  }
  // Once repaired it is no incident any more.
  pass(20);
  EXPECT_EQ(disk_->audit.size(), 2U);
  *at_end_ = true;
  run();
}

TEST_F(pipeline, a_repair_leaves_the_rows_of_others_alone) {
  using messages::projection;
  settle();
  pass(2);
  auto& wallets = disk_->at(projection::wallet, 0).wallets;
  wallets.at(sample_key(1)).totals.invested += 1;
  pass(20);
  kill_child("router");
  pass(20);
  EXPECT_EQ(wallets.size(), 1U);
  EXPECT_EQ(wallets.at(sample_key(1)).totals.trades, 1U);
  EXPECT_EQ(disk_->audit.size(), 1U);
  *at_end_ = true;
  run();
}

TEST_F(pipeline, starts_all_children_again_when_one_dies) {
  settle();
  auto fence = disk_->head.fence;
  kill_child("router");
  EXPECT_EQ(disk_->head.fence, fence + 1);
  *at_end_ = true;
  run();
  auto x = outcome();
  ASSERT_TRUE(x);
  EXPECT_EQ((*x)->restarts, 1U);
  EXPECT_EQ(disk_->at(messages::projection::wallet, 0).cursor.jpos, 1U);
}

TEST_F(pipeline, starts_again_when_a_child_dies_while_all_becomes_durable) {
  settle();
  *at_end_ = true;
  // The partition is about to make its states durable.
  run_all_but("wallet-ledger");
  ASSERT_EQ(disk_->at(messages::projection::wallet, 0).cursor.jpos, 0U);
  kill_child("wallet-partition");
  run();
  auto x = outcome();
  ASSERT_TRUE(x) << to_string(x.error());
  EXPECT_EQ((*x)->restarts, 1U);
  EXPECT_EQ(disk_->at(messages::projection::wallet, 0).cursor.jpos, 1U);
}

// Behind one that folds nothing all others would wait for as long.
TEST_F(pipeline, starts_again_when_those_that_are_to_leave_fold_nothing) {
  first_shares_.push_back({std::make_shared<mute_link>(), {0}});
  settle();
  auto fence = disk_->head.fence;
  auto x = std::make_shared<messages::epoch>(epoch_after(disk_->head));
  caf::anon_send(caf::actor_cast<messages::router_actor>(children("router")[0]),
                 messages::epoch_committed{x});
  settle();
  plan_.takes.push_back({nullptr, {0}});
  caf::anon_send(aut_, atom::rebalance_v);
  settle();
  pass(9);
  EXPECT_EQ(disk_->head.fence, fence);
  pass(2);
  *at_end_ = true;
  ASSERT_EQ(disk_->head.fence, fence + 1);
  EXPECT_NE(move_failure_.find("do not fold all before"), std::string::npos)
    << move_failure_;
  run();
  ASSERT_TRUE(outcome());
  EXPECT_EQ(disk_->at(messages::projection::wallet, 0).cursor.jpos, 1U);
}

TEST_F(pipeline, shows_all_of_its_children) {
  settle();
  auto x = ask_running<messages::console_look_ptr>(messages::get_look{});
  ASSERT_TRUE(x) << to_string(x.error());
  auto roles = std::set<std::string>{};
  for (auto& actor : (*x)->actors) {
    EXPECT_TRUE(actor.answered) << actor.role << ": " << actor.problem;
    roles.insert(actor.role);
  }
  EXPECT_EQ(roles, (std::set<std::string>{
                     "pipeline", "stream", "parser", "sequencer",
                     "store-writer", "store-reader", "router",
                     "wallet-partition", "token-partition", "leaderboard",
                     "market", "auditor", "store-inspector", "inspector"}));
  EXPECT_EQ((*x)->overview.entities, 2U);
  EXPECT_EQ((*x)->partitions.size(), 2U);
  *at_end_ = true;
  run();
}

TEST_F(pipeline, finds_the_live_state_of_a_key_beside_the_stored_one) {
  settle();
  pass(2);
  disk_->at(messages::projection::wallet, 0)
    .wallets.at(sample_key(1))
    .totals.invested
    += 1;
  auto x
    = ask_running<messages::found_key_ptr>(messages::find_key{sample_key(1)});
  ASSERT_TRUE(x) << to_string(x.error());
  auto& wallet = (*x)->wallet;
  EXPECT_TRUE(wallet.live);
  EXPECT_TRUE(wallet.stored);
  EXPECT_FALSE(wallet.dirty);
  EXPECT_EQ(wallet.actor.role, "wallet-ledger");
  EXPECT_EQ(wallet.actor.name, domain::to_string(sample_key(1)));
  EXPECT_FALSE((*x)->token.known());
  auto differing = std::vector<std::string>{};
  for (auto& field : wallet.fields)
    if (field.live != field.stored)
      differing.push_back(field.name + " " + field.live + " " + field.stored);
  EXPECT_EQ(differing, std::vector<std::string>{"invested 10 11"});
  auto token
    = ask_running<messages::found_key_ptr>(messages::find_key{sample_key(2)});
  ASSERT_TRUE(token);
  EXPECT_TRUE((*token)->token.live);
  EXPECT_TRUE((*token)->token.stored);
  for (auto& field : (*token)->token.fields)
    EXPECT_EQ(field.live, field.stored) << field.name;
  *at_end_ = true;
  run();
}

TEST_F(pipeline, samples_the_entities_of_a_partition) {
  settle();
  auto x = ask_running<messages::entity_sample_ptr>(
    messages::get_sample{messages::projection::token, 0, 5});
  ASSERT_TRUE(x) << to_string(x.error());
  ASSERT_EQ((*x)->actors.size(), 1U);
  EXPECT_TRUE((*x)->actors[0].answered);
  EXPECT_EQ((*x)->actors[0].name, domain::to_string(sample_key(2)));
  EXPECT_FALSE(ask_running<messages::entity_sample_ptr>(
    messages::get_sample{messages::projection::token, 1, 5}));
  *at_end_ = true;
  run();
}

TEST_F(pipeline, tells_of_entities_that_another_node_hosts) {
  auto node_of = [](const messages::actor_look& x) {
    for (auto& counter : x.counters)
      if (counter.name == "node")
        return std::get<std::string>(counter.value);
    return std::string{};
  };
  let_b_host();
  settle();
  auto sample = ask_running<messages::entity_sample_ptr>(
    messages::get_sample{messages::projection::token, 0, 5});
  ASSERT_TRUE(sample) << to_string(sample.error());
  ASSERT_EQ((*sample)->actors.size(), 1U);
  auto& token = (*sample)->actors[0];
  EXPECT_TRUE(token.answered);
  EXPECT_EQ(token.name, domain::to_string(sample_key(2)));
  EXPECT_EQ(node_of(token), "b");
  auto found
    = ask_running<messages::found_key_ptr>(messages::find_key{sample_key(1)});
  ASSERT_TRUE(found) << to_string(found.error());
  auto& wallet = (*found)->wallet;
  EXPECT_TRUE(wallet.live);
  EXPECT_TRUE(wallet.dirty);
  EXPECT_TRUE(wallet.actor.answered);
  EXPECT_EQ(node_of(wallet.actor), "b");
  EXPECT_FALSE((*found)->token.live);
  *at_end_ = true;
  run();
  ASSERT_TRUE(outcome());
}

TEST_F(pipeline, an_inspector_that_dies_takes_nobody_along) {
  settle();
  auto fence = disk_->head.fence;
  kill_child("inspector");
  EXPECT_EQ(disk_->head.fence, fence);
  auto x = ask_running<messages::console_look_ptr>(messages::get_look{});
  ASSERT_TRUE(x) << to_string(x.error());
  EXPECT_EQ((*x)->overview.silent, 0U);
  *at_end_ = true;
  run();
  ASSERT_TRUE(outcome());
}

TEST_F(pipeline, finds_a_journaled_transaction_by_its_slot) {
  settle();
  auto signature = domain::signature{};
  auto without = ask_running<messages::found_trace_ptr>(
    messages::find_trace{signature, 0});
  ASSERT_TRUE(without);
  EXPECT_FALSE((*without)->found);
  auto x = ask_running<messages::found_trace_ptr>(
    messages::find_trace{signature, 1});
  ASSERT_TRUE(x) << to_string(x.error());
  EXPECT_TRUE((*x)->found);
  ASSERT_EQ((*x)->rows.size(), 1U);
  EXPECT_EQ((*x)->rows[0].jpos, 1U);
  EXPECT_EQ((*x)->places.size(), 1U);
  *at_end_ = true;
  run();
}

TEST_F(pipeline, folds_a_key_again_when_it_is_asked_to) {
  using messages::projection;
  settle();
  pass(2);
  auto& wallet
    = disk_->at(projection::wallet, 0).wallets.at(sample_key(1)).totals;
  auto right = wallet;
  wallet.invested += 1;
  caf::anon_send(aut_,
                 messages::repair_wanted{projection::wallet, sample_key(1)});
  settle();
  pass(3);
  EXPECT_EQ(wallet, right);
  *at_end_ = true;
  run();
}

TEST_F(pipeline, retries_letters_between_two_generations) {
  settle();
  auto fence = disk_->head.fence;
  letters_.push_back(plain_trade(domain::trade_side::buy, 2, sample_key(3),
                                 sample_key(2), 7, 10));
  caf::anon_send(aut_, atom::retry_v);
  // Asked twice, it is done once.
  caf::anon_send(aut_, atom::retry_v);
  settle();
  EXPECT_EQ(disk_->head.fence, fence + 1);
  EXPECT_TRUE(letters_.empty());
  // The next one begins without.
  letters_.emplace_back();
  kill_child("router");
  EXPECT_EQ(letters_.size(), 1U);
  *at_end_ = true;
  run();
  auto x = outcome();
  ASSERT_TRUE(x) << to_string(x.error());
  EXPECT_EQ((*x)->restarts, 1U);
  auto& wallets = disk_->at(messages::projection::wallet, 0).wallets;
  EXPECT_EQ(wallets.at(sample_key(3)).totals.trades, 1U);
  EXPECT_EQ(wallets.at(sample_key(1)).totals.trades, 1U);
}

TEST_F(pipeline, retries_no_letters_once_it_ends) {
  settle();
  letters_.emplace_back();
  caf::anon_send(aut_, atom::stop_v);
  caf::anon_send(aut_, atom::retry_v);
  run_all_but("stream");
  run();
  EXPECT_TRUE(outcome());
  EXPECT_EQ(letters_.size(), 1U);
}

TEST_F(pipeline, a_retry_that_loses_the_store_ends_it) {
  settle();
  letters_.push_back(plain_trade(domain::trade_side::buy, 2, sample_key(3),
                                 sample_key(2), 7, 10));
  caf::anon_send(aut_, atom::retry_v);
  taken_over_ = true;
  settle();
  auto x = outcome();
  ASSERT_FALSE(x);
  EXPECT_EQ(x.error(), caf::make_error(domain::errc::fenced));
}

TEST_F(pipeline, gives_up_when_children_die_too_often) {
  settle();
  for (auto i = 0; i < 3; ++i)
    kill_child("router");
  run();
  EXPECT_FALSE(outcome());
}

TEST_F(pipeline, ends_when_another_owner_took_over) {
  settle();
  ASSERT_TRUE(store_->take_over());
  *at_end_ = true;
  run();
  auto x = outcome();
  ASSERT_FALSE(x);
  EXPECT_EQ(x.error(), caf::make_error(domain::errc::fenced));
}

} // namespace
