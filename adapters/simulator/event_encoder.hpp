#pragma once

#include "adapters/simulator/model.hpp"
#include "adapters/simulator/wire_writer.hpp"

namespace pumpscope::simulator {

/// The events that an instruction can emit.
enum class event_kind : uint8_t {
  create,
  trade,
  complete,
  migration,
  virtual_params,
  create_pool,
  amm_buy,
  amm_sell,
  deposit,
  withdraw,
};

/// Appends one event as the programs emit it: discriminator and borsh fields,
/// cut off at the last field of the instruction's layout era.
void encode_event(wire_writer& out, event_kind kind,
                  const model_instruction& x);

} // namespace pumpscope::simulator
