#include "adapters/webhook/receiver.hpp"

#include "adapters/webhook/payload.hpp"

#include <algorithm>
#include <utility>

namespace pumpscope::webhook {

namespace {

/// Payloads of one transaction.
constexpr size_t group_max = 64;
constexpr size_t group_bytes_max = size_t{16} << 20;

} // namespace

receiver::receiver(std::unique_ptr<messages::store> view,
                   receiver_settings settings)
  : settings_{std::move(settings)}, view_{std::move(view)}, thread_{[this] {
      work();
    }} {
  // nop
}

receiver::~receiver() {
  {
    auto guard = std::lock_guard{mutex_};
    stopping_ = true;
  }
  wake_.notify_all();
}

bool receiver::authorized(std::string_view header) const {
  const auto& secret = settings_.secret;
  if (secret.empty())
    return true;
  // No early end: the time tells nothing of where the two differ.
  volatile uint8_t difference = header.size() == secret.size() ? 0 : 1;
  for (size_t i = 0; i < header.size(); ++i) {
    auto both = static_cast<uint8_t>(header[i])
                ^ static_cast<uint8_t>(secret[i % secret.size()]);
    difference = static_cast<uint8_t>(difference | both);
  }
  return difference == 0;
}

void receiver::take(std::string payload, reply done) {
  {
    auto guard = std::lock_guard{mutex_};
    auto room = queue_.size() < settings_.waiting_max
                && queued_bytes_ + payload.size()
                     <= settings_.waiting_bytes_max;
    if (room && !stopping_) {
      queued_bytes_ += payload.size();
      queue_.push_back({std::move(payload), std::move(done), {}});
      wake_.notify_one();
      return;
    }
    ++counters_.busy;
  }
  done({verdict::busy, 0, 0, "too many payloads wait for the store"});
}

receiver_counters receiver::counters() const {
  auto guard = std::lock_guard{mutex_};
  return counters_;
}

void receiver::work() {
  auto lock = std::unique_lock{mutex_};
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    auto group = std::vector<waiting>{};
    auto bytes = size_t{0};
    while (!queue_.empty() && group.size() < group_max
           && (group.empty()
               || bytes + queue_.front().payload.size() <= group_bytes_max)) {
      bytes += queue_.front().payload.size();
      group.push_back(std::move(queue_.front()));
      queue_.pop_front();
    }
    queued_bytes_ -= bytes;
    if (group.empty())
      return;
    auto stopping = stopping_;
    lock.unlock();
    if (stopping) {
      for (auto& x : group)
        x.result = {verdict::failed, 0, 0, "the node ends"};
    } else {
      judge(group);
      append(group);
    }
    answer(group);
    lock.lock();
  }
}

void receiver::judge(std::vector<waiting>& xs) const {
  for (auto& x : xs) {
    auto report = read_payload(x.payload, [](auto) {});
    x.result = {report.useless() ? verdict::malformed : verdict::stored,
                report.accepted, report.malformed, report.problem};
  }
}

void receiver::append(std::vector<waiting>& xs) {
  auto wanted = [](const waiting& x) {
    return x.result.outcome == verdict::stored && x.result.accepted > 0;
  };
  auto payloads = std::vector<std::string>{};
  for (auto& x : xs)
    if (wanted(x))
      payloads.push_back(std::move(x.payload));
  if (payloads.empty())
    return;
  auto stored = view_->append_inbox(payloads, settings_.limits);
  auto next = payloads.begin();
  for (auto& x : xs) {
    if (!wanted(x))
      continue;
    x.payload = std::move(*next++);
    if (!stored) {
      x.result.outcome = verdict::failed;
      x.result.problem = "the store did not take the payload";
    } else if (!*stored && payloads.size() > 1) {
      // Some of them may fit.
      append_one(x);
    } else if (!*stored) {
      x.result.outcome = verdict::full;
      x.result.problem = "the inbox is full";
    }
  }
}

void receiver::append_one(waiting& x) {
  auto stored = view_->append_inbox({&x.payload, 1}, settings_.limits);
  if (stored && *stored)
    return;
  x.result.outcome = stored ? verdict::full : verdict::failed;
  x.result.problem = stored ? "the inbox is full"
                            : "the store did not take the payload";
}

void receiver::answer(std::vector<waiting>& xs) {
  {
    auto guard = std::lock_guard{mutex_};
    for (auto& x : xs) {
      counters_.malformed_entries += x.result.malformed;
      switch (x.result.outcome) {
        case verdict::stored:
          ++counters_.stored;
          break;
        case verdict::malformed:
          ++counters_.malformed;
          break;
        case verdict::full:
          ++counters_.full;
          break;
        case verdict::busy:
          ++counters_.busy;
          break;
        case verdict::failed:
          ++counters_.failed;
          break;
      }
    }
  }
  for (auto& x : xs)
    x.done(x.result);
}

} // namespace pumpscope::webhook
