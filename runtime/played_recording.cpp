#include "runtime/played_recording.hpp"

#include "adapters/recording/reader.hpp"
#include "domain/known_keys.hpp"
#include "domain/wire.hpp"

namespace pumpscope::runtime {

namespace {

using simulator::generated_update;
namespace keys = domain::known_keys;

/// Fields of a `geyser.SubscribeUpdate` that are the server's.
constexpr uint32_t filters_field = 1;
constexpr uint32_t created_at_field = 11;

void describe_transaction(const domain::transaction_view& tx, bool damaged,
                          generated_update& x) {
  x.kind = simulator::update_kind::transaction;
  x.slot = tx.slot;
  x.failed = tx.failed;
  // Whoever asks for our programs gets what may have been theirs.
  x.names_pump = damaged;
  x.names_pump_amm = damaged;
  for (size_t i = 0; i < tx.key_count(); ++i) {
    x.names_pump |= tx.key_is(i, keys::pump_program);
    x.names_pump_amm |= tx.key_is(i, keys::pump_amm_program);
  }
}

} // namespace

played_recording::played_recording(std::unique_ptr<recording::reader> reader)
  : reader_(std::move(reader)), view_(std::make_unique<domain::update_view>()) {
}

played_recording::~played_recording() = default;

outcome<std::unique_ptr<played_recording>>
played_recording::open(const std::string& path) {
  auto opened = recording::reader::open(path);
  if (!opened)
    return fail(std::move(opened.error().text));
  return std::unique_ptr<played_recording>{
    new played_recording{std::move(*opened)}};
}

tl::expected<bool, std::string> played_recording::next(generated_update& x) {
  while (true) {
    auto update = reader_->next();
    if (!update)
      return tl::unexpected{update.error().text};
    if (!*update)
      return false;
    if (!describe(**update, x))
      continue;
    copy_body(**update);
    x.body = body_.view();
    ++updates_;
    if (x.kind == simulator::update_kind::transaction) {
      ++transactions_;
      failed_transactions_ += x.failed ? 1 : 0;
    }
    return true;
  }
}

bool played_recording::describe(std::span<const uint8_t> update,
                                generated_update& x) {
  x = {};
  auto walked = domain::walk_update(update, *view_);
  switch (view_->kind) {
    case domain::update_kind::transaction:
      describe_transaction(view_->transaction, !walked, x);
      return true;
    case domain::update_kind::slot:
      x.kind = simulator::update_kind::slot;
      x.slot = view_->slot.slot;
      x.status = static_cast<uint8_t>(view_->slot.status);
      return true;
    case domain::update_kind::block_meta:
      x.kind = simulator::update_kind::block_meta;
      x.slot = view_->block_meta.slot;
      return true;
    default:
      return false;
  }
}

void played_recording::copy_body(std::span<const uint8_t> update) {
  body_.clear();
  auto reader = domain::wire_reader{update};
  while (reader.next()) {
    auto number = reader.number();
    if (reader.type() != domain::wire_type::bytes || number == filters_field
        || number == created_at_field) {
      reader.skip();
      continue;
    }
    auto bytes = reader.bytes();
    body_.bytes(number, bytes.data(), bytes.size());
  }
}

std::string played_recording::counts_json() const {
  return "{\"updates\":" + std::to_string(updates_) + ",\"transactions\":"
         + std::to_string(transactions_) + ",\"failed_transactions\":"
         + std::to_string(failed_transactions_) + '}';
}

} // namespace pumpscope::runtime
