#pragma once

#include "domain/election.hpp"
#include "messages/membership.hpp"
#include "runtime/outcome.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

namespace pumpscope::runtime {

struct seat_settings {
  /// Silence after which a node counts as dead, and how often we beat.
  std::chrono::milliseconds ttl = std::chrono::seconds{5};
  std::chrono::milliseconds beat_period = std::chrono::seconds{1};

  /// Opens where other nodes ask this one, and tells `HOST:PORT`: called once,
  /// when nobody who lives has our name. Until then connections are refused:
  /// who was started again behind a crash must not look like the one that
  /// crashed. Empty = they cannot ask.
  std::function<outcome<std::string>()> listen = {};

  /// Tells whether a connection to `HOST:PORT`, where other nodes ask a node,
  /// is refused; false when that does not show within `patience`, half a beat
  /// and 500 ms at most. Called from the seat's thread, for an owner that
  /// missed a beat. Empty = nobody can tell.
  std::function<bool(const std::string& peer,
                     std::chrono::milliseconds patience)>
    refuses = {};

  /// Tells how many partitions this node has, as it has the sequencer or does
  /// not; from the seat's thread. Empty = none.
  std::function<uint32_t(bool in_term)> partitions = {};

  /// Told why the store cannot be reached, once, and with an empty text when it
  /// can again; from the seat's thread.
  std::function<void(const std::string&)> on_trouble = {};
};

/// Our place among the nodes of a store: beats, claims the sequencer when
/// nobody who lives has it, and gives it back at the end. A node counts as dead
/// that is silent for a `ttl`, or for two beats and refuses connections. One
/// thread of its own talks to the store. Nothing here protects the store from
/// two who think that they have the sequencer: the fence does.
class cluster_seat {
public:
  /// Waits for our name, listens, and beats for the first time. Where a process
  /// that lives has the name it waits until that one is dead, at most for a
  /// `ttl` and two beats, and then fails. Fails with an empty text when `stop`
  /// came first, and as `listen` does.
  static outcome<std::unique_ptr<cluster_seat>>
  take(messages::member self, seat_settings settings,
       std::unique_ptr<messages::membership> nodes,
       const std::stop_token& stop);

  /// Gives back what we have.
  ~cluster_seat();

  cluster_seat(const cluster_seat&) = delete;
  cluster_seat& operator=(const cluster_seat&) = delete;

  /// Waits until we have the sequencer, at most `timeout`; returns the fence
  /// that the term begins with.
  std::optional<uint64_t> wait_for_term(std::chrono::milliseconds timeout);

  /// This node is about to end: the others may know, and look more often
  /// whether what we have is free.
  void retire();

  /// The term ended because somebody took the store over.
  void term_was_lost();

  /// A term goes on.
  [[nodiscard]] bool in_term() const;

  /// We are asked to give all away and end.
  [[nodiscard]] bool draining() const;

  /// Another process has our name, because we were silent for too long.
  [[nodiscard]] bool name_is_lost() const;

  /// All nodes, as of the last beat.
  [[nodiscard]] messages::cluster_view view() const;

  [[nodiscard]] const messages::member& self() const {
    return self_;
  }

private:
  using clock = std::chrono::steady_clock;

  cluster_seat(messages::member self, seat_settings settings,
               std::unique_ptr<messages::membership> nodes);

  /// Waits until nobody who lives has our name, as long as `take` may.
  outcome<void> await_name(clock::time_point begun,
                           const std::stop_token& stop);
  /// Waits for one beat; fails when the wait was too long, or `stop` came.
  outcome<void> wait_for_name(clock::time_point begun,
                              const std::stop_token& stop);
  /// One beat and what follows from it; false when the store did not answer.
  bool beat();
  /// Claims the sequencer when it may be ours.
  void claim();
  /// Tells whether an owner that missed a beat refuses connections, or did so
  /// since its last beat: one that was started again after it may listen there
  /// by now.
  bool refuses(uint64_t owner, const std::string& peer,
               std::chrono::milliseconds silent_for);
  [[nodiscard]] domain::election_limits limits() const;
  /// Silence after which we look whether an owner refuses connections.
  [[nodiscard]] std::chrono::milliseconds suspicion() const;
  /// How long until the next beat.
  [[nodiscard]] std::chrono::milliseconds pause() const;
  void tell_trouble(const std::string& what);
  void run(const std::stop_token& stop);

  messages::member self_;
  seat_settings settings_;
  /// For one thread: the one that makes this, then the seat's.
  std::unique_ptr<messages::membership> nodes_;
  bool in_trouble_ = false;
  /// Since when each beat was answered.
  std::optional<clock::time_point> seen_since_;
  struct refusal {
    uint64_t by = 0;
    std::chrono::milliseconds silent_for = {};
  };
  /// Of an owner that has not beaten since.
  std::optional<refusal> refusal_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  /// Guarded by the mutex.
  messages::cluster_view view_;
  bool name_lost_ = false;
  bool in_term_ = false;
  bool retires_ = false;
  std::optional<uint64_t> term_;
  std::optional<clock::time_point> lost_at_;
  /// Ends first.
  std::jthread thread_;
};

} // namespace pumpscope::runtime
