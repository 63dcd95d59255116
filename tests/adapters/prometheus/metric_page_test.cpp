#include "adapters/prometheus/metric_page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace pumpscope::prometheus_text {

using ::testing::HasSubstr;

TEST(metric_page, puts_samples_of_one_name_together) {
  auto aut = metric_page{};
  aut.counter("answers_total", "Answers.", 3, {{"class", "2xx"}});
  aut.gauge("streams", "Streams that are open.", 7);
  aut.counter("answers_total", "Answers.", 1, {{"class", "5xx"}});
  EXPECT_THAT(aut.text(),
              HasSubstr("# HELP pumpscope_answers_total Answers.\n"
                        "# TYPE pumpscope_answers_total counter\n"
                        "pumpscope_answers_total{class=\"2xx\"} 3\n"
                        "pumpscope_answers_total{class=\"5xx\"} 1\n"));
  EXPECT_THAT(aut.text(), HasSubstr("pumpscope_streams 7\n"));
}

TEST(metric_page, adds_the_classes_of_a_histogram_up) {
  auto aut = metric_page{};
  aut.histogram("wait_seconds", "Waits.", std::array{0.5, 1.0},
                std::array<uint64_t, 3>{2, 3, 4}, 9.5);
  EXPECT_THAT(aut.text(),
              HasSubstr("pumpscope_wait_seconds_count 9\n"
                        "pumpscope_wait_seconds_sum 9.5\n"
                        "pumpscope_wait_seconds_bucket{le=\"0.5\"} 2\n"
                        "pumpscope_wait_seconds_bucket{le=\"1\"} 5\n"
                        "pumpscope_wait_seconds_bucket{le=\"+Inf\"} 9\n"));
}

TEST(metric_page, escapes_what_labels_hold) {
  auto aut = metric_page{};
  aut.gauge("x", "X.", 1, {{"path", "a\"b\nc"}});
  EXPECT_THAT(aut.text(), HasSubstr("{path=\"a\\\"b\\nc\"} 1\n"));
}

} // namespace pumpscope::prometheus_text
