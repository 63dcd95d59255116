#include "adapters/simulator/broadcast_log.hpp"

#include <algorithm>
#include <geyser.pb.h>
#include <utility>

namespace pumpscope::simulator {

namespace {

/// Wire number of SlotStatus::SLOT_CREATED_BANK: a block begins.
constexpr uint8_t created_bank = 5;

/// Blocks whose hash is still valid for a transaction.
constexpr size_t valid_blocks = 150;
constexpr size_t blocks_max = 400;

} // namespace

broadcast_log::broadcast_log(uint64_t slots_max, size_t bytes_max)
  : slots_max_(std::max<uint64_t>(slots_max, 1)), bytes_max_(bytes_max) {
}

void broadcast_log::note_block(const generated_update& x) {
  auto update = geyser::SubscribeUpdate{};
  if (!update.ParseFromArray(x.body.data(), static_cast<int>(x.body.size())))
    return;
  const auto& meta = update.block_meta();
  blocks_.push_back(
    {meta.slot(), meta.block_height().block_height(), meta.blockhash()});
  if (blocks_.size() > blocks_max)
    blocks_.pop_front();
}

void broadcast_log::index(const broadcast_message& x) {
  tip_ = std::max(tip_, x.slot);
  auto& slot = slots_[x.slot];
  if (x.kind != update_kind::slot) {
    slot.contents.push_back(x.sequence);
    return;
  }
  if (x.status == created_bank)
    starts_.emplace_back(x.sequence, x.slot);
  if (x.status < commitments) {
    slot.reached[x.status] = x.sequence;
    newest_slot_[x.status] = std::max(newest_slot_[x.status], x.slot);
  }
}

void broadcast_log::trim() {
  while (!window_.empty()
         && (bytes_ > bytes_max_
             || (starts_.size() > slots_max_ && window_.size() > 1))) {
    const auto& oldest = *window_.front();
    bytes_ -= oldest.body.size();
    if (!starts_.empty() && starts_.front().first == oldest.sequence)
      starts_.pop_front();
    window_.pop_front();
    ++first_;
  }
  // Slots whose updates have all left the window.
  while (!slots_.empty() && slots_.size() > 2 * slots_max_ + 64)
    slots_.erase(slots_.begin());
}

void broadcast_log::append(const generated_update& x) {
  auto message = std::make_shared<broadcast_message>();
  message->kind = x.kind;
  message->slot = x.slot;
  message->status = x.status;
  message->failed = x.failed;
  message->names_pump = x.names_pump;
  message->names_pump_amm = x.names_pump_amm;
  message->body = grpc::Slice{x.body.data(), x.body.size()};
  auto wake = std::vector<std::function<void()>>{};
  {
    auto guard = std::lock_guard{mutex_};
    message->sequence = first_ + window_.size();
    bytes_ += x.body.size();
    index(*message);
    window_.push_back(std::move(message));
    if (x.kind == update_kind::block_meta)
      note_block(x);
    trim();
    wake.swap(waiting_);
  }
  for (auto& f : wake)
    f();
}

void broadcast_log::close() {
  auto wake = std::vector<std::function<void()>>{};
  {
    auto guard = std::lock_guard{mutex_};
    closed_ = true;
    wake.swap(waiting_);
  }
  moved_.notify_all();
  for (auto& f : wake)
    f();
}

broadcast_message_ptr broadcast_log::at(uint64_t sequence) const {
  if (sequence < first_ || sequence - first_ >= window_.size())
    return nullptr;
  return window_[sequence - first_];
}

void broadcast_log::deliver(const broadcast_message_ptr& x, const cursor& place,
                            std::vector<broadcast_message_ptr>& out) const {
  if (x->slot < place.from_slot)
    return;
  auto slot = slots_.find(x->slot);
  if (place.commitment == 0 || slot == slots_.end()) {
    out.push_back(x);
    return;
  }
  auto reached = slot->second.reached[place.commitment];
  if (x->kind != update_kind::slot) {
    // Before its slot has the status it waits; what comes later goes at once.
    if (reached != 0 && reached < x->sequence)
      out.push_back(x);
    return;
  }
  if (x->sequence == reached)
    for (auto sequence : slot->second.contents)
      if (sequence < reached)
        if (auto content = at(sequence))
          out.push_back(std::move(content));
  out.push_back(x);
}

broadcast_log::state
broadcast_log::pull(cursor& x, size_t count,
                    std::vector<broadcast_message_ptr>& out,
                    std::function<void()> wake) {
  auto guard = std::lock_guard{mutex_};
  if (x.next < first_)
    return state::lagged;
  while (out.size() < count) {
    auto message = at(x.next);
    if (!message)
      break;
    ++x.next;
    deliver(message, x, out);
  }
  if (!out.empty())
    return state::ready;
  if (closed_)
    return state::ended;
  waiting_.push_back(std::move(wake));
  return state::waiting;
}

broadcast_log::cursor broadcast_log::live() const {
  auto guard = std::lock_guard{mutex_};
  auto result = cursor{};
  result.next = first_ + window_.size();
  return result;
}

broadcast_log::cursor broadcast_log::replay(uint64_t from_slot) const {
  auto guard = std::lock_guard{mutex_};
  auto result = cursor{};
  result.next = first_;
  result.from_slot = from_slot;
  return result;
}

std::optional<uint64_t> broadcast_log::first_available() const {
  auto guard = std::lock_guard{mutex_};
  if (starts_.empty())
    return std::nullopt;
  return starts_.front().second;
}

uint64_t broadcast_log::tip() const {
  auto guard = std::lock_guard{mutex_};
  return tip_;
}

std::optional<block_facts> broadcast_log::newest(uint8_t commitment) const {
  auto guard = std::lock_guard{mutex_};
  auto slot = newest_slot_[std::min<size_t>(commitment, commitments - 1)];
  for (auto i = blocks_.rbegin(); i != blocks_.rend(); ++i)
    if (i->slot <= slot)
      return *i;
  return std::nullopt;
}

bool broadcast_log::valid(const std::string& hash, uint8_t commitment) const {
  auto guard = std::lock_guard{mutex_};
  auto slot = newest_slot_[std::min<size_t>(commitment, commitments - 1)];
  auto seen = size_t{0};
  for (auto i = blocks_.rbegin(); i != blocks_.rend() && seen < valid_blocks;
       ++i) {
    if (i->slot > slot)
      continue;
    if (i->hash == hash)
      return true;
    ++seen;
  }
  return false;
}

uint64_t broadcast_log::add_reader() {
  auto guard = std::lock_guard{mutex_};
  readers_.emplace(++reader_ids_, first_ + window_.size());
  moved_.notify_all();
  return reader_ids_;
}

void broadcast_log::reader_at(uint64_t id, uint64_t sequence) {
  auto guard = std::lock_guard{mutex_};
  if (auto i = readers_.find(id); i != readers_.end())
    i->second = sequence;
  moved_.notify_all();
}

void broadcast_log::remove_reader(uint64_t id) {
  auto guard = std::lock_guard{mutex_};
  readers_.erase(id);
  moved_.notify_all();
}

size_t broadcast_log::readers() const {
  auto guard = std::lock_guard{mutex_};
  return readers_.size();
}

uint64_t broadcast_log::slowest() const {
  auto result = first_ + window_.size();
  for (const auto& [id, sequence] : readers_)
    result = std::min(result, sequence);
  return result;
}

bool broadcast_log::wait_for_readers(uint64_t lead_max, std::stop_token stop) {
  auto lock = std::unique_lock{mutex_};
  return moved_.wait(lock, stop, [&] {
    return !readers_.empty() && first_ + window_.size() - slowest() < lead_max;
  });
}

void broadcast_log::drain(std::chrono::milliseconds patience,
                          std::stop_token stop) {
  auto lock = std::unique_lock{mutex_};
  moved_.wait_for(lock, stop, patience,
                  [&] { return first_ + window_.size() == slowest(); });
}

} // namespace pumpscope::simulator
