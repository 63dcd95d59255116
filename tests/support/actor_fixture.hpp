#pragma once

#include "messages/registration.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/error.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <gtest/gtest.h>

#include <string_view>
#include <utility>
#include <vector>

namespace pumpscope::test {

struct test_system_config : caf::actor_system_config {
  test_system_config() {
    set("scheduler.policy", caf::atom("testing"));
    set("logger.verbosity", caf::atom("quiet"));
    messages::register_all(*this);
  }
};

/// Hosts actors on CAF's deterministic scheduler: messages are handled only
/// inside `run` and time moves only inside `advance`.
class actor_fixture : public ::testing::Test {
protected:
  ~actor_fixture() override {
    for (auto& x : adopted_)
      caf::anon_send_exit(x, caf::exit_reason::kill);
    adopted_.clear();
    run();
  }

  /// Ends an actor with the test.
  template <class Handle>
  Handle adopt(Handle x) {
    adopted_.push_back(caf::actor_cast<caf::actor>(x));
    return x;
  }

  /// Runs all that can run without time passing.
  void run() {
    while (sched_.has_job())
      sched_.run_once();
  }

  /// Runs all but the actors of this name.
  void run_all_but(std::string_view name) {
    sched_.run_jobs_filtered([name](caf::resumable* x) {
      auto actor = dynamic_cast<caf::scheduled_actor*>(x);
      return actor == nullptr || actor->name() != name;
    });
  }

  /// Kills the actors of this name that are about to run, before they see the
  /// message that they would run for; returns how many.
  size_t kill(std::string_view name) {
    auto victims = std::vector<caf::actor>{};
    for (auto job : sched_.jobs)
      if (auto actor = dynamic_cast<caf::scheduled_actor*>(job);
          actor != nullptr && actor->name() == name)
        victims.push_back(caf::actor_cast<caf::actor>(actor->address()));
    for (auto& x : victims)
      caf::anon_send<caf::message_priority::high>(
        x, caf::exit_msg{x.address(), caf::exit_reason::kill});
    return victims.size();
  }

  void advance(caf::timespan x) {
    sched_.advance_time(x);
    run();
  }

  /// Asks an actor, lets all run, and returns the answer or the error.
  template <class Result, class Handle, class... Ts>
  caf::expected<Result> ask(const Handle& to, Ts&&... xs) {
    auto request = self_->request(to, caf::infinite, std::forward<Ts>(xs)...);
    run();
    auto result = caf::expected<Result>{caf::sec::runtime_error};
    request.receive([&result](Result& x) { result = std::move(x); },
                    [&result](caf::error& err) { result = std::move(err); });
    return result;
  }

  /// Returns a number of an actor's status.
  template <class Handle>
  uint64_t status_of(const Handle& x, caf::string_view key) {
    auto status = ask<caf::settings>(x, atom::status_v);
    return status
             ? static_cast<uint64_t>(caf::get_or(*status, key, int64_t{-1}))
             : 0;
  }

  test_system_config config_ = {};
  caf::actor_system sys_{config_};
  caf::scheduler::test_coordinator& sched_
    = dynamic_cast<caf::scheduler::test_coordinator&>(sys_.scheduler());
  caf::scoped_actor self_{sys_};

private:
  std::vector<caf::actor> adopted_ = {};
};

} // namespace pumpscope::test
