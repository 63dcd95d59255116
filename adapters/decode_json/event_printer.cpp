#include "adapters/decode_json/event_printer.hpp"

#include "adapters/decode_json/event_json.hpp"
#include "domain/base58.hpp"

#include <algorithm>
#include <cstring>

namespace pumpscope::decode_json {

namespace {

/// Block times that are kept; more than a stream's slots arrive out of order.
constexpr size_t times_max = 1'024;

template <size_t N, class Value>
Value copy(const uint8_t* bytes) {
  Value result;
  std::memcpy(result.bytes.data(), bytes, N);
  return result;
}

void append_number(std::string& out, std::string_view name, uint64_t x) {
  out += ",\"";
  out += name;
  out += "\":";
  out += std::to_string(x);
}

void append_null(std::string& out, std::string_view name) {
  out += ",\"";
  out += name;
  out += "\":null";
}

} // namespace

event_printer::event_printer(line_sink sink)
  : sink_{std::move(sink)}, view_{std::make_unique<domain::update_view>()} {
  // nop
}

void event_printer::print(std::span<const uint8_t> update) {
  ++counters_.updates;
  if (!walk_update(update, *view_)) {
    hold_error("damaged update");
  } else if (view_->kind == domain::update_kind::transaction) {
    see_slot(view_->transaction.slot);
    print_transaction();
  } else if (view_->kind == domain::update_kind::block_meta) {
    see_slot(view_->block_meta.slot);
    times_[view_->block_meta.slot] = view_->block_meta.block_time;
    if (times_.size() > times_max)
      times_.erase(times_.begin());
  } else if (view_->kind == domain::update_kind::slot) {
    see_slot(view_->slot.slot);
  }
  release(false);
}

void event_printer::finish() {
  release(true);
}

void event_printer::print_transaction() {
  auto outcome = finder_.search(view_->transaction);
  for (auto& event : finder_.events())
    hold(event);
  if (outcome.incomplete && !view_->transaction.failed)
    hold_error("the transaction does not tell all of its events");
}

void event_printer::hold(const domain::found_event& event) {
  uint64_t discriminator = 0;
  if (event.damaged || event.payload.size() < sizeof(discriminator)) {
    hold_error(event.damaged ? "a log line is no base64"
                             : "shorter than a discriminator");
    return;
  }
  std::memcpy(&discriminator, event.payload.data(), sizeof(discriminator));
  auto kind = domain::idl::find_event(event.program, discriminator);
  auto fields = event.payload.subspan(sizeof(discriminator));
  domain::idl::layout layout;
  if (kind != nullptr) {
    auto checked = check_layout(*kind, fields);
    if (!checked) {
      hold_error(describe(checked.error()));
      return;
    }
    layout = *checked;
  }
  ++counters_.events;
  auto& tx = view_->transaction;
  held_line line;
  line.head = "{\"signature\":";
  append_string(
    line.head,
    to_base58(copy<64, domain::signature>(tx.signature.data())).view());
  if (view_->slot_unknown) {
    append_null(line.head, "slot");
  } else {
    line.slot = tx.slot;
    line.head += ",\"slot\":\"" + std::to_string(tx.slot) + '"';
  }
  line.head += ",\"block_time\":";
  auto& out = line.tail;
  out += ",\"tx_failed\":";
  out += tx.failed ? "true" : "false";
  if (tx.message_keys.empty()) {
    append_null(out, "fee_payer");
  } else {
    out += ",\"fee_payer\":";
    append_string(
      out, to_base58(copy<32, domain::pubkey>(tx.message_keys[0])).view());
  }
  out += event.source == domain::event_source::cpi ? ",\"source\":\"cpi\""
                                                   : ",\"source\":\"log\"";
  append_number(out, "outer_index", event.outer_index);
  if (event.inner_index < 0)
    append_null(out, "inner_index");
  else
    append_number(out, "inner_index", static_cast<uint64_t>(event.inner_index));
  if (event.stack_height == 0)
    append_null(out, "stack_height");
  else
    append_number(out, "stack_height", event.stack_height);
  out += ",\"program\":";
  append_string(out, domain::idl::name_of(event.program));
  out += ",\"event\":";
  if (kind != nullptr)
    append_string(out, kind->name);
  else
    out += "null";
  append_number(out, "layout_fields", layout.fields);
  append_number(out, "payload_bytes", event.payload.size());
  out += ",\"data\":";
  if (kind != nullptr)
    append_data(out, *kind, fields, layout.fields);
  else
    out += "null";
  out += '}';
  held_.push_back(std::move(line));
}

void event_printer::hold_error(std::string_view text) {
  ++counters_.errors;
  held_line line;
  line.head = "{\"error\":";
  append_string(line.head, text);
  auto& signature = view_->transaction.signature;
  if (view_->kind == domain::update_kind::transaction
      && signature.size() == 64) {
    line.head += ",\"signature\":";
    append_string(
      line.head,
      to_base58(copy<64, domain::signature>(signature.data())).view());
  }
  line.head += '}';
  held_.push_back(std::move(line));
}

void event_printer::see_slot(uint64_t slot) {
  slot_highest_ = std::max(slot_highest_, slot);
}

void event_printer::release(bool all) {
  while (!held_.empty()) {
    auto& line = held_.front();
    auto time = times_.end();
    // A line without a tail is an error, and one without a slot waits for
    // nothing.
    if (line.slot) {
      time = times_.find(*line.slot);
      auto waits = !all && time == times_.end() && held_.size() <= lines_max
                   && slot_highest_ - *line.slot <= slots_ahead_max;
      if (waits)
        return;
    }
    if (!line.tail.empty()) {
      if (time != times_.end() && time->second)
        line.head += '"' + std::to_string(*time->second) + '"';
      else
        line.head += "null";
      line.head += line.tail;
    }
    sink_(line.head);
    held_.pop_front();
  }
}

} // namespace pumpscope::decode_json
