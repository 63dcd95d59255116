#include "runtime/forwarder.hpp"

#include "tests/runtime/fake_membership.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pumpscope::test {

namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Notes who is asked, and answers at once.
class fake_network : public peer::peer_network {
public:
  [[nodiscard]] std::string address() const override {
    return "here:1";
  }

  void ask(std::string_view to, http::request x, http::reply done) override {
    asked.push_back(std::string{to} + " " + x.target);
    done({});
  }

  [[nodiscard]] peer::peer_counters counters() const override {
    auto result = peer::peer_counters{};
    result.asked = asked.size();
    return result;
  }

  std::vector<std::string> asked = {};
};

/// Node `a`, beside `b`, which has the sequencer, and `c`, which died.
class forwarder : public ::testing::Test {
protected:
  forwarder() {
    cluster_->view.members
      = {{{"b", 2, "b:80", "b:7", "1"}, false, true, {}, {}},
         {{"c", 3, "c:80", "c:7", "1"}, false, false, {}, {}}};
    cluster_->view.sequencer = 2;
  }

  void join() {
    auto settings = runtime::seat_settings{};
    settings.ttl = 1h;
    settings.beat_period = 1ms;
    auto seat = runtime::cluster_seat::take(
      {"a", 1, "a:80", "a:7", "1"}, settings,
      std::make_unique<fake_membership>(cluster_), {});
    ASSERT_TRUE(seat);
    seat_ = std::move(*seat);
    sut_.begin(seat_, network_);
  }

  /// Whether another node answers, and with what status.
  std::optional<unsigned> take(const std::string& node = {}) {
    auto x = http::request{};
    x.target = "/api/v1/tokens";
    if (!node.empty())
      x.query = *http::parse_query("node=" + node);
    auto status = std::optional<unsigned>{};
    auto taken = sut_.take(x, [&](const http::response& y) {
      status = y.status;
      body_ = y.body;
    });
    EXPECT_EQ(taken, status.has_value());
    return status;
  }

  std::shared_ptr<fake_cluster> cluster_ = std::make_shared<fake_cluster>();
  std::shared_ptr<fake_network> network_ = std::make_shared<fake_network>();
  std::shared_ptr<runtime::cluster_seat> seat_ = {};
  runtime::forwarder sut_ = {};
  std::string body_ = {};
};

TEST_F(forwarder, a_node_that_is_alone_answers_itself) {
  EXPECT_EQ(take(), std::nullopt);
  EXPECT_EQ(take("b"), std::nullopt);
  EXPECT_THAT(sut_.nodes_json(), HasSubstr("\"nodes\":[]"));
}

TEST_F(forwarder, asks_the_node_with_the_sequencer) {
  join();
  EXPECT_EQ(take(), 200U);
  EXPECT_THAT(network_->asked, ElementsAre("b:7 /api/v1/tokens"));
  EXPECT_EQ(sut_.counters()->asked, 1U);
  EXPECT_THAT(sut_.nodes_json(), HasSubstr("\"self\":\"a\""));
  EXPECT_THAT(sut_.nodes_json(), HasSubstr("\"name\":\"c\",\"role\":\"dead\""));
}

TEST_F(forwarder, asks_the_node_that_is_named) {
  join();
  EXPECT_EQ(take("b"), 200U);
  EXPECT_EQ(take("a"), std::nullopt);
  EXPECT_EQ(take("c"), 404U);
  EXPECT_EQ(take("nobody"), 404U);
}

TEST_F(forwarder, says_when_there_is_nobody_to_ask) {
  cluster_->view.members[0].alive = false;
  join();
  EXPECT_EQ(take(), 503U);
  EXPECT_THAT(body_, HasSubstr("no_sequencer"));
  EXPECT_THAT(network_->asked, IsEmpty());
}

TEST_F(forwarder, says_when_there_is_no_way) {
  network_ = nullptr;
  join();
  EXPECT_EQ(take(), 503U);
  EXPECT_THAT(body_, HasSubstr("--node-listen"));
}

TEST_F(forwarder, who_has_the_sequencer_answers_itself) {
  cluster_->view.sequencer = 0;
  join();
  ASSERT_TRUE(seat_->wait_for_term(10s));
  EXPECT_EQ(take(), std::nullopt);
  EXPECT_THAT(network_->asked, IsEmpty());
}

TEST_F(forwarder, forgets_the_others_at_the_end) {
  join();
  sut_.end();
  EXPECT_EQ(take(), std::nullopt);
  EXPECT_EQ(seat_.use_count(), 1);
  EXPECT_FALSE(sut_.counters());
}

TEST_F(forwarder, passes_on_what_pages_ask_and_no_more) {
  join();
  auto routes = std::vector<http::route>(6);
  auto served = std::vector<std::string>{};
  auto paths = std::vector<std::string>{
    "/api/v1/tokens",     "/udf/config", "/console/api/overview",
    "/console/api/nodes", "/console",    "/webhooks/helius"};
  for (size_t i = 0; i < paths.size(); ++i) {
    routes[i].path = paths[i];
    routes[i].handle = [&served, path = paths[i]](const http::request&,
                                                  const http::reply&) {
      served.push_back(path);
    };
  }
  runtime::forward(routes, std::make_shared<runtime::forwarder>());
  auto by = std::make_shared<runtime::forwarder>();
  by->begin(seat_, network_);
  runtime::forward(routes, by);
  for (auto& route : routes)
    route.handle({}, [](const http::response&) {});
  EXPECT_EQ(network_->asked.size(), 3U);
  EXPECT_THAT(
    served, ElementsAre("/console/api/nodes", "/console", "/webhooks/helius"));
}

} // namespace

} // namespace pumpscope::test
