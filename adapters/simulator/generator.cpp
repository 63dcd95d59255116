#include "adapters/simulator/generator.hpp"

#include "adapters/simulator/chain.hpp"
#include "adapters/simulator/transaction_encoder.hpp"
#include "adapters/simulator/wire_writer.hpp"
#include "domain/base58.hpp"

#include <cassert>
#include <utility>
#include <vector>

namespace pumpscope::simulator {

namespace {

void note_programs(const slot_plan& plan, uint32_t index, generated_update& x) {
  const auto& tx = plan.transactions[index];
  for (uint32_t i = 0; i < tx.count; ++i) {
    auto kind = plan.instructions[tx.first + i].kind;
    auto amm = kind >= instruction_kind::create_pool
               && kind != instruction_kind::foreign;
    x.names_pump |= !amm;
    x.names_pump_amm |= amm || kind == instruction_kind::migrate;
  }
}

} // namespace

struct generator::impl {
  explicit impl(const generator_settings& x)
    : settings(x),
      blocks(x),
      encoder(x.market.seed, x.chain.inner_instructions) {
  }

  void encode(const step& x);
  void encode_slot(const step& x);
  void encode_meta(const slot_plan& x);
  void encode_created_at(int64_t nanos);
  [[nodiscard]] int64_t created_at(const step& x) const;
  [[nodiscard]] domain::pubkey block_hash(const slot_plan& x) const;

  generator_settings settings;
  chain blocks;
  transaction_encoder encoder;
  wire_writer out;
  std::vector<step> steps = {};
  size_t position = 0;
  std::function<int64_t()> clock = {};
};

int64_t generator::impl::created_at(const step& x) const {
  if (clock)
    return clock();
  // The chain's time, a little later with each transaction of the slot.
  return x.plan->block_time * 1'000'000'000
         + static_cast<int64_t>(x.transaction) * 1'000;
}

domain::pubkey generator::impl::block_hash(const slot_plan& x) const {
  return derived_key(settings.market.seed, key_kind::block, x.height,
                     x.dead ? 1 : 0);
}

void generator::impl::encode_created_at(int64_t nanos) {
  auto created = out.begin(11, 1);
  out.number(1, static_cast<uint64_t>(nanos / 1'000'000'000));
  out.number(2, static_cast<uint64_t>(nanos % 1'000'000'000));
  out.end(created);
}

void generator::impl::encode_slot(const step& x) {
  auto slot = out.begin(3, 1);
  out.number(1, x.plan->slot);
  out.number(2, x.plan->parent);
  if (x.status != 0)
    out.number(3, x.status);
  if (x.status == 6)
    out.bytes(4, "block error: invalid blockhash");
  out.end(slot);
}

void generator::impl::encode_meta(const slot_plan& x) {
  auto meta = out.begin(7, 2);
  out.number(1, x.slot);
  out.bytes(2, domain::to_base58(block_hash(x)).view());
  out.bytes(3, {});
  auto time = out.begin(4, 1);
  out.number(1, static_cast<uint64_t>(x.block_time));
  out.end(time);
  auto height = out.begin(5, 1);
  out.number(1, x.height);
  out.end(height);
  out.number(6, x.parent);
  out.bytes(7, domain::to_base58(derived_key(settings.market.seed,
                                             key_kind::block, x.height - 1))
                 .view());
  out.number(8, x.executed_transactions);
  out.number(9, 64);
  out.end(meta);
}

void generator::impl::encode(const step& x) {
  out.clear();
  switch (x.kind) {
    case update_kind::transaction:
      encoder.encode(out, *x.plan, x.plan->transactions[x.transaction],
                     created_at(x));
      return;
    case update_kind::slot:
      encode_slot(x);
      break;
    case update_kind::block_meta:
      encode_meta(*x.plan);
      break;
  }
  encode_created_at(created_at(x));
}

generator::generator(generator_settings settings)
  : impl_(std::make_unique<impl>(settings)) {
}

generator::generator(generator&&) noexcept = default;

generator& generator::operator=(generator&&) noexcept = default;

generator::~generator() = default;

bool generator::next(generated_update& x) {
  auto& self = *impl_;
  while (self.position == self.steps.size()) {
    self.position = 0;
    if (!self.blocks.next_slot(self.steps))
      return false;
  }
  const auto& what = self.steps[self.position++];
  self.encode(what);
  x.kind = what.kind;
  x.slot = what.plan->slot;
  x.status = what.status;
  x.failed = what.kind == update_kind::transaction
             && what.plan->transactions[what.transaction].failed;
  x.after_cut = what.after_cut;
  x.time_ms = what.plan->time_ms;
  x.names_pump = false;
  x.names_pump_amm = false;
  if (what.kind == update_kind::transaction)
    note_programs(*what.plan, what.transaction, x);
  x.body = self.out.view();
  return true;
}

void generator::finish() {
  impl_->blocks.finish();
}

void generator::created_at_clock(std::function<int64_t()> clock) {
  impl_->clock = std::move(clock);
}

void generator::observe_blocks(
  std::function<void(const std::shared_ptr<const slot_plan>&)> observer) {
  impl_->blocks.observe(std::move(observer));
}

std::string generator::truth_json() const {
  return impl_->blocks.market().truth().json();
}

std::string generator::positions_csv() const {
  return impl_->blocks.market().truth().positions_csv();
}

uint64_t generator::trades() const {
  return impl_->blocks.market().truth().trades();
}

std::string filters_prefix(std::string_view key) {
  assert(key.size() < 128);
  return std::string{"\x0a"} + static_cast<char>(key.size()) + std::string{key};
}

std::string_view default_filter_key(update_kind kind) {
  switch (kind) {
    case update_kind::transaction:
      return "pumpscope";
    case update_kind::slot:
      return "slots";
    case update_kind::block_meta:
      return "blocks";
  }
  return {};
}

} // namespace pumpscope::simulator
