#pragma once

#include "messages/actors.hpp"
#include "messages/handler_clock.hpp"
#include "messages/source.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace pumpscope::actors {

struct stream_config {
  /// How long one read may block.
  std::chrono::milliseconds read_timeout = std::chrono::milliseconds{100};

  /// Slot to begin with, 0 = wherever the source begins.
  uint64_t resume_slot = 0;
};

struct stream_state {
  /// The name of the actor in logs and in the inspection console.
  static inline constexpr auto name = "stream";

  void handle_credit();

  void read();

  [[nodiscard]] caf::settings status() const;

  messages::stream_actor::pointer self = nullptr;
  stream_config config = {};
  std::shared_ptr<messages::source> source = {};
  std::vector<messages::parser_actor> parsers = {};
  messages::source_observer_actor observer = {};
  uint64_t credit = 0;
  uint64_t batches_total = 0;
  uint64_t updates_total = 0;
  uint64_t retries_total = 0;
  uint64_t out_of_range_total = 0;
  bool reading = false;
  bool ended = false;
  std::string last_error = {};
  messages::handler_clock handlers = {};
};

/// Reads one source and deals its batches out to the parsers, one per credit.
///
/// One exists per source, on a thread of its own because reads block. Holds at
/// most the batch it is filling. When it dies, what it had read and not passed
/// on comes again: the pipeline restarts and resumes from the journal.
messages::stream_actor::behavior_type
stream(messages::stream_actor::stateful_pointer<stream_state> self,
       stream_config config, std::shared_ptr<messages::source> source,
       std::vector<messages::parser_actor> parsers,
       messages::source_observer_actor observer);

} // namespace pumpscope::actors
