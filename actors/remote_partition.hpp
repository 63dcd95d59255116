#pragma once

#include "messages/hosting.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace pumpscope::actors {

struct remote_partition_config {
  uint32_t index = 0;

  /// Which of all that stand in: what it asks is told apart by it.
  uint32_t serial = 0;

  /// Who hosts it, for the console.
  std::string node = {};

  /// How long its host may take to answer.
  std::chrono::milliseconds timeout = std::chrono::milliseconds{15'000};

  /// Times that it is asked to make all durable, each for as long as nodes
  /// answer each other (some 8 s).
  uint32_t flushes_max = 70;

  /// Times that it is asked what changed.
  uint32_t changes_max = 7;
};

/// Stands for a wallet partition that another node hosts: whoever asks it is
/// answered from there. Epochs do not come this way.
///
/// One exists per such partition. It holds nothing, and dies with its host's
/// actor, or when another one has the partition.
messages::wallet_partition_actor::behavior_type
remote_wallet_partition(messages::wallet_partition_actor::pointer self,
                        remote_partition_config config,
                        messages::remote_host_actor host);

/// The same for a token partition.
messages::token_partition_actor::behavior_type
remote_token_partition(messages::token_partition_actor::pointer self,
                       remote_partition_config config,
                       messages::remote_host_actor host);

} // namespace pumpscope::actors
