#pragma once

#include "messages/console.hpp"
#include "runtime/outcome.hpp"

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <utility>

namespace pumpscope::runtime {

/// What the console asks of a running node. Functions do not block; `done` is
/// called once, within about ten seconds: by another thread, or at once.
class console_node {
public:
  template <class Answer>
  using reply = std::function<void(outcome<Answer>)>;

  virtual ~console_node() = default;

  virtual void look(reply<messages::console_look_ptr> done) = 0;

  virtual void
  sample(const messages::get_sample& x, reply<messages::entity_sample_ptr> done)
    = 0;

  virtual void troubles(reply<messages::troubles_ptr> done) = 0;

  virtual void
  find(const messages::find_key& x, reply<messages::found_key_ptr> done)
    = 0;

  virtual void
  trace(const messages::find_trace& x, reply<messages::found_trace_ptr> done)
    = 0;

  /// Has the states of a key folded again from the journal.
  virtual void refold(messages::projection kind, const domain::pubkey& key) = 0;

  /// Starts the pipeline again, with the dead letters that decode now.
  virtual void retry_letters() = 0;

  /// Has another node host a partition of wallets and the one of tokens; tells
  /// why that cannot be, or an empty text.
  virtual std::string move(uint32_t partition, const std::string& node) = 0;

  /// Ends the node gracefully.
  virtual void drain() = 0;
};

/// The way from routes to the node: routes are served before a node runs and
/// after it ended.
class console_link {
public:
  /// The node that is asked from now on; null = none. Once it returns nobody
  /// uses the node before any more.
  void set(console_node* x) {
    auto guard = std::lock_guard{mutex_};
    node_ = x;
  }

  /// Calls `f` with the node; false = there is none.
  template <class F>
  bool with(F f) {
    auto guard = std::lock_guard{mutex_};
    if (node_ == nullptr)
      return false;
    f(*node_);
    return true;
  }

private:
  /// Recursive, because an answer that comes at once may ask again.
  std::recursive_mutex mutex_ = {};
  /// Guarded by the mutex.
  console_node* node_ = nullptr;
};

} // namespace pumpscope::runtime
