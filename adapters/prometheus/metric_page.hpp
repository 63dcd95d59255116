#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pumpscope::prometheus_text {

/// Labels of one sample, by name.
using labels = std::vector<std::pair<std::string, std::string>>;

/// Collects numbers and writes them in the text format that Prometheus scrapes.
/// Samples of one name stand together, whatever their order here. Names get the
/// prefix `pumpscope_`.
class metric_page {
public:
  metric_page();
  ~metric_page();
  metric_page(metric_page&&) noexcept;
  metric_page& operator=(metric_page&&) noexcept;

  /// A number that only grows; the name ends in `_total`.
  void counter(std::string_view name, std::string_view help, double value,
               const labels& of = {});

  /// A number that goes up and down.
  void gauge(std::string_view name, std::string_view help, double value,
             const labels& of = {});

  /// How often something was at most each of the bounds, ascending; `counts`
  /// has one class more, for what is above. Each observation is in one class.
  void histogram(std::string_view name, std::string_view help,
                 std::span<const double> bounds,
                 std::span<const uint64_t> counts, double sum,
                 const labels& of = {});

  [[nodiscard]] std::string text() const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

/// The content type of such a text.
inline constexpr std::string_view content_type
  = "text/plain; version=0.0.4; charset=utf-8";

} // namespace pumpscope::prometheus_text
