#include "runtime/recorder.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>

namespace pumpscope::runtime {

namespace {

/// Sleeps, or returns early when asked to stop.
void wait(std::chrono::milliseconds time, std::stop_token stop) {
  auto mutex = std::mutex{};
  auto never = std::condition_variable_any{};
  auto lock = std::unique_lock{mutex};
  never.wait_for(lock, std::move(stop), time, [] { return false; });
}

/// Trying again cannot help.
bool is_final(domain::errc code) {
  return code == domain::errc::unauthorized
         || code == domain::errc::invalid_config
         || code == domain::errc::limit_exceeded;
}

domain::byte_view bytes_of(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

} // namespace

recorder::recorder(recorder_settings settings, recording::writer& out,
                   std::function<void(const std::string&)> on_cut)
  : settings_(std::move(settings)),
    out_(out),
    on_cut_(std::move(on_cut)),
    client_(settings_.client),
    view_(std::make_unique<domain::update_view>()) {
  // nop
}

outcome<recorder_summary> recorder::run(std::stop_token stop) {
  auto cancel = std::stop_callback{stop, [this] { client_.cancel(); }};
  auto random = std::mt19937_64{std::random_device{}()};
  auto attempt = uint32_t{0};
  while (!stop.stop_requested() && !at_limit()) {
    auto ended = receive(stop);
    if (write_failure_)
      return tl::unexpected{*write_failure_};
    if (stop.stop_requested() || at_limit())
      break;
    if (ended.code == domain::errc::source_out_of_range && connected_) {
      // What lies between is lost: go on live, and say so.
      on_cut_(ended.what + ": slots are missing from here on");
      settings_.from_slot.reset();
      summary_.last_slot = 0;
      continue;
    }
    if (!connected_ || is_final(ended.code))
      return fail(ended.what);
    attempt = domain::next_attempt(settings_.backoff, attempt, client_.lived());
    auto pause = domain::backoff_wait(settings_.backoff, attempt, random());
    on_cut_(ended.what + ": reconnecting in " + std::to_string(pause.count())
            + " ms");
    wait(pause, stop);
    ++summary_.reconnects;
  }
  if (auto done = out_.close(); !done)
    return fail(done.error().text);
  return summary_;
}

yellowstone::stream_error recorder::receive(std::stop_token stop) {
  auto from = settings_.from_slot;
  if (summary_.last_slot != 0)
    from = summary_.last_slot
           - std::min(summary_.last_slot, settings_.resume_slots);
  if (auto opened = client_.open(from); !opened)
    return opened.error();
  auto batch = yellowstone::update_batch{};
  while (!stop.stop_requested() && !at_limit()) {
    batch.clear();
    auto done = client_.read(batch);
    // A server accepts us with its first update, not with the connection.
    connected_ |= !batch.empty();
    if (auto written = append(batch); !written) {
      write_failure_ = written.error();
      return {};
    }
    if (!done)
      return done.error();
  }
  return {};
}

outcome<void> recorder::append(const yellowstone::update_batch& batch) {
  for (auto i = size_t{0}; i < batch.size() && !at_limit(); ++i) {
    auto update = bytes_of(batch[i]);
    if (auto done = out_.append(update); !done)
      return fail(done.error().text);
    ++summary_.updates;
    summary_.bytes += update.size();
    note_slot(update);
  }
  if (auto done = out_.flush(); !done)
    return fail(done.error().text);
  return {};
}

void recorder::note_slot(domain::byte_view update) {
  // Damaged updates are recorded as they are; they only tell no slot.
  if (!domain::walk_update(update, *view_)
      || view_->kind != domain::update_kind::slot)
    return;
  auto slot = view_->slot.slot;
  summary_.last_slot = std::max(summary_.last_slot, slot);
  if (summary_.first_slot == 0 || slot < summary_.first_slot)
    summary_.first_slot = slot;
}

bool recorder::at_limit() const {
  return settings_.updates_max != 0
         && summary_.updates >= settings_.updates_max;
}

} // namespace pumpscope::runtime
