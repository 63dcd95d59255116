#include "adapters/prometheus/metric_page.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <limits>

namespace pumpscope::prometheus_text {

namespace {

namespace library = ::prometheus;

constexpr std::string_view prefix = "pumpscope_";

} // namespace

struct metric_page::impl {
  /// Adds a sample and returns it.
  library::ClientMetric& add(std::string_view name, std::string_view help,
                             library::MetricType type, const labels& of) {
    auto full = std::string{prefix} + std::string{name};
    auto found = std::find_if(families.begin(), families.end(),
                              [&](auto& x) { return x.name == full; });
    if (found == families.end()) {
      auto& next = families.emplace_back();
      next.name = std::move(full);
      next.help = help;
      next.type = type;
      found = families.end() - 1;
    }
    auto& result = found->metric.emplace_back();
    for (auto& [key, value] : of)
      result.label.push_back({key, value});
    return result;
  }

  std::vector<library::MetricFamily> families = {};
};

metric_page::metric_page() : impl_{std::make_unique<impl>()} {
  // nop
}

metric_page::~metric_page() = default;
metric_page::metric_page(metric_page&&) noexcept = default;
metric_page& metric_page::operator=(metric_page&&) noexcept = default;

void metric_page::counter(std::string_view name, std::string_view help,
                          double value, const labels& of) {
  impl_->add(name, help, library::MetricType::Counter, of).counter.value
    = value;
}

void metric_page::gauge(std::string_view name, std::string_view help,
                        double value, const labels& of) {
  impl_->add(name, help, library::MetricType::Gauge, of).gauge.value = value;
}

void metric_page::histogram(std::string_view name, std::string_view help,
                            std::span<const double> bounds,
                            std::span<const uint64_t> counts, double sum,
                            const labels& of) {
  auto& to
    = impl_->add(name, help, library::MetricType::Histogram, of).histogram;
  to.sample_sum = sum;
  for (size_t i = 0; i < counts.size(); ++i) {
    to.sample_count += counts[i];
    auto& bucket = to.bucket.emplace_back();
    bucket.cumulative_count = to.sample_count;
    bucket.upper_bound
      = i < bounds.size() ? bounds[i] : std::numeric_limits<double>::infinity();
  }
}

std::string metric_page::text() const {
  return library::TextSerializer{}.Serialize(impl_->families);
}

} // namespace pumpscope::prometheus_text
