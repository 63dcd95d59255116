// The event table against the typed decoders, and both against any bytes. The
// first byte picks the event.

#include "adapters/decode_json/event_json.hpp"
#include "domain/pump_events.hpp"
#include "tests/fuzz/require.hpp"

#include <span>

namespace {

using namespace pumpscope;
using domain::idl::event_id;
using fuzz::require;

template <class Event>
void compare(
  std::span<const uint8_t> payload,
  const tl::expected<domain::idl::layout, domain::idl::layout_error>& layout) {
  Event event;
  auto typed = decode_event(payload, event);
  require(typed.has_value() == layout.has_value(), "both take it or none does");
  if (typed) {
    require(*typed == layout->trailing_bytes, "trailing bytes");
    require(event.fields == layout->fields, "fields");
  } else {
    require(typed.error() == layout.error().reason, "reason");
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0)
    return 0;
  auto& kind = domain::idl::events()[data[0] % domain::idl::events_total];
  std::span payload{data + 1, size - 1};
  auto layout = check_layout(kind, payload);
  if (layout) {
    std::string json;
    decode_json::append_data(json, kind, payload, layout->fields);
    require(json.front() == '{' && json.back() == '}', "an object");
  }
  switch (domain::idl::id_of(kind)) {
    case event_id::pump_trade_event:
      compare<domain::trade_event>(payload, layout);
      break;
    case event_id::pump_create_event:
      compare<domain::create_event>(payload, layout);
      break;
    case event_id::pump_complete_event:
      compare<domain::complete_event>(payload, layout);
      break;
    case event_id::pump_complete_pump_amm_migration_event:
      compare<domain::migration_event>(payload, layout);
      break;
    case event_id::pump_update_mayhem_virtual_params_event:
      compare<domain::virtual_params_event>(payload, layout);
      break;
    case event_id::amm_buy_event:
      compare<domain::buy_event>(payload, layout);
      break;
    case event_id::amm_sell_event:
      compare<domain::sell_event>(payload, layout);
      break;
    case event_id::amm_create_pool_event:
      compare<domain::create_pool_event>(payload, layout);
      break;
    case event_id::amm_deposit_event:
    case event_id::amm_withdraw_event:
      compare<domain::liquidity_event>(payload, layout);
      break;
    case event_id::amm_init_boost_event:
      compare<domain::init_boost_event>(payload, layout);
      break;
    case event_id::amm_boost_buy_and_burn_event:
      compare<domain::boost_buy_event>(payload, layout);
      break;
    default:
      break;
  }
  return 0;
}
