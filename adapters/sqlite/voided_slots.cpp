#include "adapters/sqlite/voided_slots.hpp"

#include "domain/token_event.hpp"

namespace pumpscope::adapters::sqlite {

bool voided_slots::has(uint64_t slot, uint64_t up_to) {
  if (slot == slot_)
    return voided_;
  auto at = domain::void_position(slot);
  auto select = db_.prepare("SELECT jpos FROM journal WHERE slot = ? AND "
                            "tx_index = ? AND ix_path = ?");
  select.bind(at.slot, at.tx_index, at.ix_path);
  slot_ = slot;
  voided_ = select.step() && select.unsigned_integer(0) <= up_to;
  return voided_;
}

} // namespace pumpscope::adapters::sqlite
