#include "actors/inspector.hpp"

#include "tests/actors/store_fixture.hpp"

using namespace pumpscope;
using namespace pumpscope::test;
using namespace std::chrono_literals;

namespace {

using messages::projection;

/// An actor that tells what the test wants, or nothing at all.
struct puppet {
  caf::settings status = {};
  bool silent = false;
  /// Promises that are never kept, as of one that is busy.
  std::vector<caf::typed_response_promise<caf::settings>> kept = {};
};

messages::status_client_actor::behavior_type
act(messages::status_client_actor::pointer self,
    std::shared_ptr<puppet> strings) {
  return {
    [self, strings](atom::status) -> caf::result<caf::settings> {
      if (!strings->silent)
        return strings->status;
      auto promise = self->make_response_promise<caf::settings>();
      strings->kept.push_back(promise);
      return promise;
    },
  };
}

class inspector : public actor_fixture {
protected:
  inspector() {
    auto config = actors::inspector_config{};
    config.now = [this] { return now_; };
    config.unix_ms = [] { return int64_t{1'700'000'000'000}; };
    aut_ = adopt(sys_.spawn(actors::inspector, config));
  }

  /// Adds a child of the pipeline.
  std::shared_ptr<puppet> add(const char* role, uint32_t index = 0) {
    auto result = std::make_shared<puppet>();
    links_->children.push_back({role, index, adopt(sys_.spawn(act, result))});
    return result;
  }

  void link() {
    links_->generation = 3;
    links_->restarts_total = 2;
    caf::anon_send(aut_, messages::inspector_links_ptr{links_});
    run();
  }

  /// A look, after the one before is too old to be given again.
  messages::console_look look() {
    now_ += 1s;
    auto request = self_->request(aut_, caf::infinite, messages::get_look{});
    run();
    advance(2s);
    auto result = messages::console_look{};
    request.receive(
      [&result](const messages::console_look_ptr& x) { result = *x; },
      [](caf::error& err) { ADD_FAILURE() << to_string(err); });
    return result;
  }

  static const messages::role_look* role(const messages::console_look& x,
                                         std::string_view name) {
    for (auto& of : x.roles)
      if (of.role == name)
        return &of;
    return nullptr;
  }

  messages::monotonic_time now_ = messages::monotonic_time{1'000s};
  std::shared_ptr<messages::inspector_links> links_
    = std::make_shared<messages::inspector_links>();
  messages::inspector_actor aut_ = {};
};

TEST_F(inspector, shows_who_does_not_answer_and_does_not_wait_for_it) {
  auto stream = add("stream");
  auto writer = add("store-writer");
  put(stream->status, "mailbox", 7U);
  put(stream->status, "credit", 3U);
  put(stream->status, "source", "silence");
  writer->silent = true;
  link();

  auto x = look();

  ASSERT_EQ(x.actors.size(), 2U);
  EXPECT_TRUE(x.actors[0].answered);
  EXPECT_EQ(x.actors[0].mailbox, 7U);
  EXPECT_FALSE(x.actors[1].answered);
  EXPECT_EQ(x.actors[1].problem, "no answer in time");
  EXPECT_EQ(x.overview.silent, 1U);
  EXPECT_FALSE(x.overview.store_ready);
  EXPECT_EQ(x.overview.store_problem, "no answer in time");
  EXPECT_EQ(role(x, "store-writer")->silent, 1U);
  EXPECT_EQ(x.generation, 3U);
  EXPECT_EQ(x.restarts_total, 2U);
  ASSERT_EQ(x.streams.size(), 1U);
  EXPECT_EQ(x.streams[0].name, "silence");
  EXPECT_EQ(x.streams[0].credit, 3U);
}

TEST_F(inspector, tells_of_an_actor_that_is_gone) {
  add("router");
  link();
  caf::anon_send_exit(links_->children[0].handle, caf::exit_reason::kill);
  run();

  auto x = look();

  EXPECT_FALSE(x.actors[0].answered);
  EXPECT_EQ(x.actors[0].problem, "it is gone");
}

TEST_F(inspector, computes_rates_between_two_looks) {
  auto parser = add("parser");
  auto sequencer = add("sequencer");
  put(parser->status, "handled_total", 100U);
  put(parser->status, "busy_seconds", 1.0);
  put(parser->status, "updates_total", 1'000U);
  put(sequencer->status, "trades_total", 50U);
  put(sequencer->status, "highest_slot", 90U);
  put(sequencer->status, "sealed_slot", 88U);
  link();
  auto first = look();
  EXPECT_FALSE(first.period);
  EXPECT_FALSE(first.actors[0].messages_per_second);
  EXPECT_FALSE(first.overview.trades_per_second);

  put(parser->status, "handled_total", 120U);
  put(parser->status, "busy_seconds", 1.5);
  put(parser->status, "updates_total", 1'300U);
  put(sequencer->status, "trades_total", 60U);
  auto second = look();

  EXPECT_DOUBLE_EQ(second.period.value(), 1.0);
  EXPECT_DOUBLE_EQ(second.actors[0].messages_per_second.value(), 20.0);
  EXPECT_DOUBLE_EQ(second.actors[0].busy.value(), 0.5);
  EXPECT_DOUBLE_EQ(second.overview.updates_per_second.value(), 300.0);
  EXPECT_DOUBLE_EQ(second.overview.trades_per_second.value(), 10.0);
  EXPECT_EQ(second.overview.lag_slots, 2U);
}

TEST_F(inspector, asks_the_actors_once_however_many_look) {
  add("router");
  link();
  look();
  auto again = ask<messages::console_look_ptr>(aut_, messages::get_look{});

  ASSERT_TRUE(again);
  EXPECT_EQ(status_of(aut_, "looks_total"), 1U);
  // Two that ask at once share one look as well.
  now_ += 1s;
  auto a = self_->request(aut_, caf::infinite, messages::get_look{});
  auto b = self_->request(aut_, caf::infinite, messages::get_look{});
  run();
  auto got = 0;
  auto count = [&got](const messages::console_look_ptr&) { ++got; };
  auto fail = [](caf::error& err) { ADD_FAILURE() << to_string(err); };
  a.receive(count, fail);
  b.receive(count, fail);
  EXPECT_EQ(got, 2);
  EXPECT_EQ(status_of(aut_, "looks_total"), 2U);
}

TEST_F(inspector, sums_up_partitions_and_their_entities) {
  auto router = add("router");
  put(router->status, "committed_jpos", 500U);
  for (uint32_t i = 0; i < 2; ++i) {
    auto partition = add("wallet-partition", i);
    put(partition->status, "entities", 10U);
    if (i == 1)
      put(partition->status, "node", "b");
    put(partition->status, "applied", 400U + i * 50U);
    put(partition->status, "cursor", 300U);
    put(partition->status, "entity_restarts_total", i);
    put(partition->status, "fold_time_p50_seconds", 1e-6);
    put(partition->status, "fold_time_p99_seconds", 1e-5 * (i + 1));
  }
  link();

  auto x = look();

  ASSERT_EQ(x.partitions.size(), 2U);
  EXPECT_EQ(x.partitions[0].lag_rows, 100U);
  EXPECT_EQ(x.partitions[1].lag_rows, 50U);
  EXPECT_EQ(x.partitions[0].node, "");
  EXPECT_EQ(x.partitions[1].node, "b");
  EXPECT_EQ(x.partitions[1].unstored_rows, 150U);
  auto ledgers = role(x, "wallet-ledger");
  ASSERT_NE(ledgers, nullptr);
  EXPECT_EQ(ledgers->actors, 20U);
  EXPECT_EQ(ledgers->parent, "wallet-partition");
  EXPECT_EQ(ledgers->restarts, 1U);
  EXPECT_DOUBLE_EQ(ledgers->time_p50.value(), 1e-6);
  EXPECT_DOUBLE_EQ(ledgers->time_p99.value(), 2e-5);
  EXPECT_EQ(x.overview.entities, 20U);
  EXPECT_EQ(x.overview.actors, 3U);
}

TEST_F(inspector, refuses_to_find_while_nobody_runs) {
  auto found = ask<messages::found_key_ptr>(aut_,
                                            messages::find_key{sample_key(1)});
  EXPECT_FALSE(found);
  EXPECT_FALSE(ask<messages::troubles_ptr>(aut_, messages::get_troubles{}));
  EXPECT_FALSE(ask<messages::entity_sample_ptr>(aut_, messages::get_sample{}));
}

TEST_F(inspector, a_trace_of_something_unknown_says_so) {
  link();
  auto found = ask<messages::found_trace_ptr>(aut_, messages::find_trace{});
  ASSERT_TRUE(found);
  EXPECT_FALSE((*found)->found);
  EXPECT_NE((*found)->state.find("by its slot"), std::string::npos);
}

TEST_F(inspector, follows_a_transaction_from_stage_to_stage) {
  link();
  auto counter = std::make_shared<messages::tick_counter>(0);
  auto tell = [&](auto what) {
    caf::anon_send(
      aut_, messages::trace_report_ptr{std::make_shared<messages::trace_report>(
              counter, std::move(what))});
    run();
  };
  auto trace = [&] {
    auto x = ask<messages::found_trace_ptr>(aut_, messages::find_trace{});
    return x ? **x : messages::found_trace{};
  };
  // The signature of `plain_trade` is that of zeros.
  tell(messages::traced_batch{now_ - 2s, now_ - 1s, {{{}, 9, 0}}});
  EXPECT_TRUE(trace().found);
  EXPECT_EQ(trace().state.substr(0, 6), "parsed");
  auto epoch = std::make_shared<messages::epoch>();
  epoch->after.epoch = 4;
  epoch->after.jpos = 1;
  epoch->trades.push_back(plain_trade(domain::trade_side::sell, 9,
                                      sample_key(1), sample_key(2), 5, 10));
  epoch->trades.back().jpos = 1;
  tell(messages::traced_epoch{epoch, now_ - 900ms});
  EXPECT_EQ(trace().state, "sealed, being journaled");
  tell(messages::traced_progress{messages::stage::journal, 4, now_ - 800ms});
  EXPECT_EQ(trace().state, "journaled, being folded");
  tell(messages::traced_progress{messages::stage::fold, 4, now_ - 700ms});
  EXPECT_EQ(trace().state, "folded");
  tell(messages::traced_delivery{1, now_ - 750ms});

  auto x = trace();
  EXPECT_EQ(x.state, "published");
  EXPECT_EQ(x.slot, 9U);
  EXPECT_EQ(x.epoch, 4U);
  ASSERT_EQ(x.rows.size(), 1U);
  EXPECT_EQ(x.rows[0].what, "sell");
  ASSERT_EQ(x.stages.size(), messages::all_stages.size());
  EXPECT_EQ(x.stages[0].at, 1'699'999'998'000);
  EXPECT_EQ(x.stages[4].at, 1'699'999'999'300);
  EXPECT_DOUBLE_EQ(x.stages[4].seconds.value(), 1.3);
  // What was handled is not on its way any more.
  EXPECT_EQ(counter->load(), 0U);
}

TEST_F(inspector, a_tracer_leaves_out_what_would_pile_up) {
  auto sut = messages::tracer{aut_};
  auto sent = uint32_t{0};
  while (sut.wants())
    sut.report(self_.ptr(), messages::traced_delivery{++sent, now_});
  EXPECT_EQ(sent, messages::tracer::in_flight_max);
  sut.report(self_.ptr(), messages::traced_delivery{++sent, now_});
  run();
  EXPECT_EQ(status_of(aut_, "reports_total"), messages::tracer::in_flight_max);
  EXPECT_TRUE(sut.wants());
  EXPECT_FALSE(messages::tracer{}.wants());
}

} // namespace
