#pragma once

#include "actors/pipeline.hpp"
#include "config/options.hpp"
#include "messages/pipeline.hpp"
#include "runtime/console_node.hpp"
#include "runtime/live_queries.hpp"
#include "runtime/outcome.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace pumpscope::runtime {

/// Translates the options into what the actors are configured with.
/// `partitions` is that of the store.
actors::pipeline_config pipeline_config(const config::options& options,
                                        uint32_t partitions);

/// A running pipeline with its actor system. All functions belong to the
/// thread that made it.
class node {
public:
  /// Plans that another node hosts a partition; tells why that cannot be, or an
  /// empty text. Any thread.
  using mover
    = std::function<std::string(uint32_t partition, const std::string& node)>;

  /// Starts the actors on `threads` threads (0 = one per core). `queries`, if
  /// there are any, are answered by them until the node ends. Without `move` no
  /// partition can be.
  node(actors::pipeline_config config, actors::pipeline_parts parts,
       uint32_t threads, std::shared_ptr<live_queries> queries = {},
       mover move = {});

  /// Ends all actors; what is not flushed is folded again next time.
  ~node();

  node(const node&) = delete;
  node& operator=(const node&) = delete;

  /// Waits until the pipeline is at its end, at most `timeout`.
  bool wait(std::chrono::milliseconds timeout);

  /// Asks for a graceful end: `wait` then tells when all is durable.
  void stop();

  /// Partitions should change their node: `pipeline_parts::rebalance` tells
  /// which.
  void rebalance();

  /// What the pipeline ended with: its counters, or why it could not go on.
  /// Pre: `wait` returned true.
  outcome<messages::pipeline_status_ptr> result();

  /// It ended because another owner took the store over. Pre: `wait` returned
  /// true.
  [[nodiscard]] bool lost_its_store() const;

  /// The counters now; fails when the pipeline does not answer.
  outcome<messages::pipeline_status_ptr> status();

  /// The first rows of a board now.
  outcome<messages::board_ptr> board(const messages::get_board& request);

  /// The first rows of a list of tokens now.
  outcome<messages::market_ptr> market(const messages::get_market& request);

  /// What the console asks, from any thread, as long as the node lives.
  console_node& console();

  /// Somebody asked for a graceful end by way of the console.
  [[nodiscard]] bool draining() const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace pumpscope::runtime
