#pragma once

#include "actors/trace_log.hpp"
#include "messages/actors.hpp"
#include "messages/handler_clock.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pumpscope::actors {

struct inspector_config {
  /// How long an actor may take to tell of itself; then the console shows that
  /// it did not.
  std::chrono::milliseconds answer_timeout = std::chrono::seconds{1};

  /// The same for the store: its lists may be long.
  std::chrono::milliseconds store_timeout = std::chrono::seconds{5};

  /// A look that is younger is given again: many who watch ask the actors no
  /// more often than one.
  std::chrono::milliseconds look_period = std::chrono::milliseconds{500};

  trace_log_limits traces = {};

  /// Supplies monotonic time.
  std::function<messages::monotonic_time()> now
    = std::chrono::steady_clock::now;

  /// Supplies unix time in milliseconds.
  std::function<int64_t()> unix_ms = [] {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
  };
};

struct inspector_state {
  /// The name of the actor in logs and in the inspection console.
  static inline constexpr auto name = "inspector";

  using look_promise = caf::typed_response_promise<messages::console_look_ptr>;

  void handle_links(const messages::inspector_links& x);

  void handle(const messages::trace_report& x);

  look_promise handle(const messages::get_look& x);

  caf::typed_response_promise<messages::entity_sample_ptr>
  handle(const messages::get_sample& x);

  caf::typed_response_promise<messages::found_key_ptr>
  handle(const messages::find_key& x);

  caf::typed_response_promise<messages::found_trace_ptr>
  handle(const messages::find_trace& x);

  caf::result<messages::troubles_ptr> handle(const messages::get_troubles& x);

  [[nodiscard]] caf::settings status() const;

  /// A look that is being taken.
  struct round {
    std::vector<messages::actor_look> actors = {};
    /// Who did not answer yet.
    size_t missing = 0;
  };

  void finish_look(round& x);

  /// What an actor had counted at the look before.
  struct counted {
    uint64_t handled = 0;
    double busy_seconds = 0;
  };

  /// Gives an actor its rates since the look before.
  void rate(messages::actor_look& x, double seconds);

  /// Has an entity tell of itself; `to` must be there until it is done.
  template <class Done>
  void ask_entity(const messages::entity_handles::entity& x,
                  messages::actor_look& to, Done done);

  /// A key in both projections: filled by several answers.
  struct search {
    messages::found_key result = {};
    messages::wallet_view_ptr live_wallet = {};
    messages::token_view_ptr live_token = {};
    messages::stored_key_ptr stored = {};
    caf::typed_response_promise<messages::found_key_ptr> promise = {};
    size_t missing = 1;
  };

  template <class View, class Partition>
  void search_entity(const std::shared_ptr<search>& x,
                     messages::found_entity& in, const Partition& partition,
                     std::shared_ptr<const View> search::*view);
  void search_store(const std::shared_ptr<search>& x);
  void one_less(const std::shared_ptr<search>& x) const;

  /// What is known of a transaction without the store.
  [[nodiscard]] messages::found_trace
  trace_of(const domain::signature& x) const;

  /// Names the partitions of its rows, and says how far it is.
  void describe(messages::found_trace& x) const;

  messages::inspector_actor::pointer self = nullptr;
  inspector_config config = {};
  messages::inspector_links links = {};
  trace_log traces = trace_log{{}};
  messages::monotonic_time linked_at = {};

  std::shared_ptr<round> looking = {};
  std::vector<look_promise> waiting = {};
  messages::console_look_ptr last = {};
  messages::monotonic_time last_at = {};
  /// By role and number; only actors of this generation.
  std::map<std::string, counted> counted_before = {};
  uint64_t trades_before = 0;
  uint64_t updates_before = 0;

  uint64_t looks_total = 0;
  uint64_t searches_total = 0;
  uint64_t reports_total = 0;
  messages::handler_clock handlers = {};
};

/// Answers the console: asks all actors how they do, finds the actor of a key
/// and what the store has of it, and puts together which way a transaction
/// went.
///
/// One exists. It holds the last ways (see `trace_log_limits`) and the last
/// look, nothing that anybody else needs. When it dies the pipeline spawns
/// another one and nothing else; the ways of this generation are lost with it.
messages::inspector_actor::behavior_type
inspector(messages::inspector_actor::stateful_pointer<inspector_state> self,
          inspector_config config);

} // namespace pumpscope::actors
