#include "domain/duration_histogram.hpp"

#include <bit>
#include <cassert>
#include <cmath>

namespace pumpscope::domain {

namespace {

/// Below 4 every value has its own bucket; above, the two bits behind the
/// leading one choose among the four of a power of two.
size_t bucket_of(uint64_t x) {
  if (x < 4)
    return static_cast<size_t>(x);
  auto width = static_cast<size_t>(std::bit_width(x));
  auto index = (width - 2) * 4 + static_cast<size_t>((x >> (width - 3)) & 3);
  return std::min(index, duration_histogram::buckets - 1);
}

uint64_t upper_end(size_t bucket) {
  if (bucket < 4)
    return bucket;
  auto first = uint64_t{5} + bucket % 4;
  return (first << (bucket / 4 - 1)) - 1;
}

} // namespace

void duration_histogram::add(duration x, uint64_t times) {
  x = std::max(x, duration::zero());
  counts_[bucket_of(static_cast<uint64_t>(x.count()))] += times;
  count_ += times;
  if (times > 0)
    longest_ = std::max(longest_, x);
}

duration_histogram&
duration_histogram::operator+=(const duration_histogram& x) {
  for (size_t i = 0; i < buckets; ++i)
    counts_[i] += x.counts_[i];
  count_ += x.count_;
  longest_ = std::max(longest_, x.longest_);
  return *this;
}

std::optional<duration_histogram::duration>
duration_histogram::quantile(double share) const {
  assert(share > 0 && share <= 1);
  if (count_ == 0)
    return std::nullopt;
  auto rank
    = static_cast<uint64_t>(std::ceil(share * static_cast<double>(count_)));
  auto seen = uint64_t{0};
  for (size_t i = 0; i + 1 < buckets; ++i) {
    seen += counts_[i];
    if (seen >= rank)
      return std::min(duration{static_cast<int64_t>(upper_end(i))}, longest_);
  }
  return longest_;
}

void recent_durations::add(duration x, duration now, uint64_t times) {
  if (now - since_ >= period) {
    previous_ = now - since_ < 2 * period ? current_ : duration_histogram{};
    current_ = {};
    since_ = now;
  }
  current_.add(x, times);
  total_ += times;
}

duration_histogram recent_durations::recent(duration now) const {
  auto age = now - since_;
  if (age >= 2 * period)
    return {};
  auto result = current_;
  if (age < period)
    result += previous_;
  return result;
}

} // namespace pumpscope::domain
