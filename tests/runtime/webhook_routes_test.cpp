#include "runtime/http_api.hpp"
#include "tests/adapters/webhook/payload_fixture.hpp"
#include "tests/support/memory_store.hpp"
#include "tests/support/raw_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

namespace pumpscope::test {

namespace {

using ::testing::HasSubstr;

/// The routes of webhooks on a real server, over a store in memory.
class webhook_routes : public ::testing::Test {
protected:
  webhook_routes() {
    auto started = http::server::start({}, runtime::webhook_routes(receiver_));
    EXPECT_TRUE(started);
    server_ = std::move(*started);
  }

  raw_client client() {
    return raw_client{server_->address()};
  }

  memory_store store_;
  webhook::receiver receiver_{std::make_unique<memory_store>(store_.disk()),
                              {}};
  std::unique_ptr<http::server> server_;
};

TEST_F(webhook_routes, tell_what_was_taken_and_what_was_not) {
  PUMPSCOPE_NEED_SHARED_DATA();
  auto good = raw_entry(shared_transaction("curve_buy_2024-08_jsonParsed"), 3);
  auto mixed
    = client().ask(post_request("/api/v1/webhooks/helius", text_of({good, 7})));
  EXPECT_EQ(mixed.status, 200U);
  EXPECT_THAT(mixed.body, HasSubstr("\"accepted\":1,\"malformed\":1"));
  EXPECT_THAT(mixed.body, HasSubstr("entry 1: no object"));
  EXPECT_EQ(store_.read_inbox_size().value().payloads, 1U);
  auto bad = client().ask(post_request("/webhooks/helius", "[7]"));
  EXPECT_EQ(bad.status, 400U);
  EXPECT_THAT(bad.body, HasSubstr("\"code\":\"malformed_payload\""));
}

TEST_F(webhook_routes, live_through_ten_thousand_hostile_requests) {
  PUMPSCOPE_NEED_SHARED_DATA();
  constexpr auto seed = 20'261U;
  auto random = std::minstd_rand{seed};
  auto x = shared_transaction("curve_buy_2024-08_jsonParsed");
  // What no decoder reads only makes it slow.
  for (auto name : {"logMessages", "preTokenBalances", "postTokenBalances"})
    x["meta"].as_object()[name] = nullptr;
  auto texts = std::vector{text_of({raw_entry(x, 3)}),
                           text_of({enhanced_entry(x)})};
  auto seen = std::map<unsigned, int>{};
  auto connection = std::optional<raw_client>{};
  for (auto i = 0; i < 10'000; ++i) {
    auto text = texts[random() % texts.size()];
    auto broken_http = random() % 20 == 0;
    if (!broken_http)
      for (auto hits = random() % 3; hits > 0; --hits)
        text[random() % text.size()] = "{}[]\",:0\x01\xFF"[random() % 10];
    auto bytes = post_request("/webhooks/helius", text);
    if (broken_http)
      bytes[random() % 90] = static_cast<char>(random());
    if (!connection)
      connection.emplace(server_->address());
    connection->send(bytes);
    // A header that tells of a longer body makes the server wait.
    auto answer = broken_http ? raw_answer{} : connection->receive();
    if (broken_http
        || answer.head.find("Connection: close") != std::string::npos)
      connection.reset();
    if (broken_http)
      continue;
    ++seen[answer.status];
    ASSERT_TRUE(answer.status == 200 || answer.status == 400)
      << answer.status << " seed " << seed << " request " << i;
  }
  EXPECT_GT(seen[200], 100);
  EXPECT_GT(seen[400], 100);
  // All the same it serves.
  EXPECT_EQ(client().ask(post_request("/webhooks/helius", "[]")).status, 200U);
  EXPECT_EQ(receiver_.counters().failed, 0U);
}

} // namespace

} // namespace pumpscope::test
