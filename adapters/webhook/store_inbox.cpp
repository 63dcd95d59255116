#include "adapters/webhook/store_inbox.hpp"

#include "adapters/webhook/payload.hpp"

#include <algorithm>
#include <utility>

namespace pumpscope::webhook {

namespace {

constexpr size_t look_rows_max = 256;
constexpr size_t look_bytes_max = size_t{8} << 20;

bool has_room(const messages::raw_batch& x, size_t bytes) {
  // An update that is larger than a batch has one for itself.
  return x.size() == 0
         || (x.size() < messages::raw_batch_updates_max
             && x.bytes.size() + bytes <= messages::raw_batch_bytes_max);
}

} // namespace

store_inbox::store_inbox(std::shared_ptr<messages::store> view)
  : view_{std::move(view)} {
  // nop
}

bool store_inbox::fill(messages::raw_batch& out) {
  for (;;) {
    for (; !updates_.empty(); updates_.pop_front()) {
      if (!has_room(out, updates_.front().size()))
        return true;
      out.append(updates_.front());
    }
    if (current_ != 0)
      out.payloads_up_to = std::exchange(current_, 0);
    if (out.size() >= messages::raw_batch_updates_max)
      return true;
    if (!next_payload()) {
      // With something in hand another look can wait.
      if (out.size() > 0 || out.payloads_up_to != 0)
        return true;
      if (!load())
        return false;
      if (rows_.empty())
        return true;
    }
  }
}

bool store_inbox::next_payload() {
  if (rows_.empty())
    return false;
  auto row = std::move(rows_.front());
  rows_.pop_front();
  auto report = read_payload(row.payload, [this](auto update) {
    updates_.emplace_back(update.begin(), update.end());
  });
  current_ = row.id;
  auto guard = std::lock_guard{mutex_};
  ++counters_.payloads;
  counters_.entries += report.accepted + report.malformed;
  counters_.malformed += report.malformed;
  return true;
}

bool store_inbox::load() {
  auto rows = view_->load_inbox(read_up_to_, look_rows_max, look_bytes_max);
  note(rows ? std::string{} : rows.error().what);
  if (!rows)
    return false;
  for (auto& row : *rows) {
    read_up_to_ = row.id;
    rows_.push_back(std::move(row));
  }
  return true;
}

bool store_inbox::remove(uint64_t up_to) {
  auto removed = view_->remove_inbox(up_to);
  note(removed ? std::string{} : removed.error().what);
  if (!removed)
    return false;
  auto guard = std::lock_guard{mutex_};
  counters_.removed_up_to = std::max(counters_.removed_up_to, up_to);
  return true;
}

void store_inbox::note(const std::string& error) {
  auto guard = std::lock_guard{mutex_};
  counters_.failures += error.empty() ? 0 : 1;
  error_ = error;
}

messages::inbox_counters store_inbox::counters() const {
  auto guard = std::lock_guard{mutex_};
  return counters_;
}

std::string store_inbox::last_error() const {
  auto guard = std::lock_guard{mutex_};
  return error_;
}

} // namespace pumpscope::webhook
