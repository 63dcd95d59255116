#include "runtime/live_queries.hpp"

#include "messages/registration.hpp"
#include "runtime/foreign_spawn.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/sample_rows.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <future>
#include <optional>
#include <thread>

using namespace pumpscope;
using namespace pumpscope::test;

namespace {

using namespace std::chrono_literals;
using runtime::query_failure;

/// What a pipeline is asked, and whether it answers.
struct asked {
  bool answers = true;
  bool fails = false;
  std::vector<domain::pubkey> wallets = {};
  std::vector<domain::pubkey> tokens = {};
  /// Questions that wait for ever.
  std::vector<caf::response_promise> open = {};
};

using asked_ptr = std::shared_ptr<asked>;

template <class Answer, class Self>
caf::result<std::shared_ptr<const Answer>>
answer(Self self, const asked_ptr& seen) {
  if (seen->fails)
    return caf::make_error(domain::errc::internal, std::string{"no children"});
  if (seen->answers)
    return std::shared_ptr<const Answer>{std::make_shared<Answer>()};
  auto promise
    = self->template make_response_promise<std::shared_ptr<const Answer>>();
  seen->open.push_back(promise);
  return promise;
}

messages::pipeline_actor::behavior_type
fake_pipeline(messages::pipeline_actor::pointer self, asked_ptr seen) {
  return {
    [](atom::status) { return caf::settings{}; },
    [self, seen](atom::start) {
      return answer<messages::pipeline_status>(self, seen);
    },
    [](atom::stop) {},
    [](atom::retry) {},
    [](atom::rebalance) {},
    [](atom::leave) {},
    [](atom::drained) {},
    [](const messages::source_failed&) {},
    [](atom::go) {},
    [self, seen](atom::get) {
      return answer<messages::pipeline_status>(self, seen);
    },
    [self, seen](const messages::get_board&) {
      return answer<messages::board>(self, seen);
    },
    [self, seen](const messages::get_market&) {
      return answer<messages::market>(self, seen);
    },
    [self, seen](atom::get, const domain::pubkey& x) {
      seen->wallets.push_back(x);
      return answer<messages::wallet_view>(self, seen);
    },
    [self, seen](const messages::get_token& x) {
      seen->tokens.push_back(x.mint);
      return answer<messages::token_view>(self, seen);
    },
    [self, seen](const messages::get_totals&) {
      return answer<messages::totals_by_wallet>(self, seen);
    },
    [](const messages::get_look&) { return messages::console_look_ptr{}; },
    [](const messages::get_sample&) { return messages::entity_sample_ptr{}; },
    [](const messages::find_key&) { return messages::found_key_ptr{}; },
    [](const messages::find_trace&) { return messages::found_trace_ptr{}; },
    [](const messages::get_troubles&) { return messages::troubles_ptr{}; },
    [](const messages::repair_wanted&) {},
  };
}

// An actor system waits for the end of every thread that has its logger.
TEST(foreign_spawn, leaves_nothing_of_the_system_in_the_thread) {
  struct settings : caf::actor_system_config {
    settings() {
      messages::register_all(*this);
    }
  };
  auto config = settings{};
  auto system = caf::actor_system{config};
  auto is_clean = false;
  std::thread{[&] {
    runtime::spawn_from_any_thread(system, [](caf::event_based_actor*) {});
    is_clean = caf::logger::current_logger() == nullptr;
  }}.join();
  EXPECT_TRUE(is_clean);
}

// Questions of other nodes come from the threads of another actor system.
TEST(foreign_spawn, leaves_nothing_in_a_thread_of_another_system) {
  auto config = caf::actor_system_config{};
  auto other_config = caf::actor_system_config{};
  auto system = caf::actor_system{config};
  auto other = caf::actor_system{other_config};
  auto is_clean = std::promise<bool>{};
  other.spawn([&](caf::event_based_actor*) {
    runtime::spawn_from_any_thread(system, [](caf::event_based_actor*) {});
    is_clean.set_value(caf::logger::current_logger() != &system.logger());
  });
  EXPECT_TRUE(is_clean.get_future().get());
}

class live_queries : public actor_fixture {
protected:
  void connect() {
    pipeline_ = adopt(sys_.spawn(fake_pipeline, seen_));
    sut_.connect(sys_, pipeline_);
    run();
  }

  ~live_queries() override {
    sut_.disconnect();
    seen_->open.clear();
  }

  /// Takes an answer, or why there is none.
  template <class Answer>
  struct inbox {
    size_t calls = 0;
    Answer answer = {};
    std::optional<query_failure> failure = {};

    runtime::live_queries::callback<Answer> take() {
      return [this](tl::expected<Answer, query_failure> x) {
        ++calls;
        if (x)
          answer = *x;
        else
          failure = x.error();
      };
    }
  };

  asked_ptr seen_ = std::make_shared<asked>();
  messages::pipeline_actor pipeline_ = {};
  runtime::live_queries sut_ = runtime::live_queries{{2s, 3}};
};

TEST_F(live_queries, brings_each_kind_of_answer) {
  connect();
  auto wallet = inbox<messages::wallet_view_ptr>{};
  auto token = inbox<messages::token_view_ptr>{};
  auto board = inbox<messages::board_ptr>{};
  auto market = inbox<messages::market_ptr>{};
  auto status = inbox<messages::pipeline_status_ptr>{};
  sut_.wallet(sample_key(1), wallet.take());
  sut_.token(sample_key(2), token.take());
  run();
  sut_.board({}, board.take());
  sut_.market({}, market.take());
  sut_.status(status.take());
  run();
  EXPECT_TRUE(wallet.answer && token.answer && board.answer && market.answer
              && status.answer);
  EXPECT_EQ(seen_->wallets, std::vector{sample_key(1)});
  EXPECT_EQ(seen_->tokens, std::vector{sample_key(2)});
  EXPECT_EQ(sut_.under_way(), 0U);
}

TEST_F(live_queries, fails_where_nobody_can_be_asked) {
  auto before = inbox<messages::board_ptr>{};
  sut_.board({}, before.take());
  EXPECT_EQ(before.failure, query_failure::unavailable);
  connect();
  sut_.disconnect();
  auto after = inbox<messages::board_ptr>{};
  sut_.board({}, after.take());
  EXPECT_EQ(after.failure, query_failure::unavailable);
}

TEST_F(live_queries, ends_a_question_that_is_not_answered_in_time) {
  connect();
  seen_->answers = false;
  auto x = inbox<messages::token_view_ptr>{};
  sut_.token(sample_key(1), x.take());
  run();
  advance(1999ms);
  EXPECT_EQ(x.calls, 0U);
  EXPECT_EQ(sut_.under_way(), 1U);
  advance(1ms);
  EXPECT_EQ(x.failure, query_failure::timeout);
  EXPECT_EQ(x.calls, 1U);
  EXPECT_EQ(sut_.under_way(), 0U);
}

TEST_F(live_queries, tells_an_error_of_the_actors) {
  connect();
  seen_->fails = true;
  auto x = inbox<messages::wallet_view_ptr>{};
  sut_.wallet(sample_key(1), x.take());
  run();
  EXPECT_EQ(x.failure, query_failure::unavailable);
}

TEST_F(live_queries, has_no_more_questions_under_way_than_it_may) {
  connect();
  seen_->answers = false;
  auto slow = std::array<inbox<messages::board_ptr>, 3>{};
  for (auto& x : slow)
    sut_.board({}, x.take());
  auto more = inbox<messages::board_ptr>{};
  sut_.board({}, more.take());
  EXPECT_EQ(more.failure, query_failure::busy);
  run();
  advance(2s);
  seen_->answers = true;
  auto later = inbox<messages::board_ptr>{};
  sut_.board({}, later.take());
  run();
  EXPECT_TRUE(later.answer);
}

TEST_F(live_queries, fails_at_once_where_the_pipeline_has_ended) {
  connect();
  caf::anon_send_exit(pipeline_, caf::exit_reason::kill);
  run();
  auto x = inbox<messages::board_ptr>{};
  sut_.board({}, x.take());
  run();
  EXPECT_EQ(x.failure, query_failure::unavailable);
}

} // namespace
