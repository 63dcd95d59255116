#include "domain/wallet_recency.hpp"

#include <algorithm>
#include <bit>

namespace pumpscope::domain {

namespace {

constexpr int64_t minute_seconds = 60;

/// Minutes since 1970, at least 1; times before that count as the first.
uint32_t minute_number(int64_t time) {
  auto number = std::clamp<int64_t>(time / minute_seconds, 1, UINT32_MAX);
  return static_cast<uint32_t>(number);
}

} // namespace

void wallet_recency::registers::add(const pubkey& wallet, int64_t minute) {
  auto hash = wallet_sketch::hash_of(wallet);
  auto rank = std::min<size_t>(
    static_cast<size_t>(std::countl_zero(hash | 127)) + 1, ranks_count - 1);
  auto& last = minutes[hash & 127][rank];
  last = std::max(last, minute_number(minute));
}

void wallet_recency::add(const pubkey& wallet, int64_t minute) {
  auto& last = last_seen_.try_emplace(wallet, minute).first->second;
  last = std::max(last, minute);
  if (registers_) {
    registers_->add(wallet, minute);
    return;
  }
  if (last_seen_.size() <= exact_max)
    return;
  registers_ = std::make_unique<registers>();
  for (auto& [seen, time] : last_seen_)
    registers_->add(seen, time);
}

void wallet_recency::expire(int64_t exact_begin, int64_t longest_begin) {
  auto begin = registers_ ? exact_begin : longest_begin;
  if (registers_)
    exact_from_ = std::max(exact_from_, exact_begin);
  erase_if(last_seen_,
           [begin](const auto& entry) { return entry.second < begin; });
}

uint64_t wallet_recency::count(int64_t begin) const {
  if (!registers_ || begin >= exact_from_) {
    auto inside = [begin](const auto& entry) { return entry.second >= begin; };
    return static_cast<uint64_t>(
      std::count_if(last_seen_.begin(), last_seen_.end(), inside));
  }
  auto sketch = wallet_sketch{};
  auto first = minute_number(begin);
  for (size_t i = 0; i < sketch.registers.size(); ++i)
    for (size_t rank = ranks_count - 1; rank > 0; --rank)
      if (registers_->minutes[i][rank] >= first) {
        sketch.registers[i] = static_cast<uint8_t>(rank);
        break;
      }
  return sketch.estimate();
}

size_t wallet_recency::memory_bytes() const {
  return last_seen_.bucket_count() * (sizeof(pubkey) + sizeof(int64_t) + 1)
         + (registers_ ? sizeof(registers) : 0);
}

} // namespace pumpscope::domain
