#include "runtime/node_credentials.hpp"

#include "adapters/peer/peer_network.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>

namespace pumpscope::runtime {

namespace {

using namespace std::chrono_literals;

messages::store_identity store(uint64_t seed) {
  auto result = messages::store_identity{};
  result.hash_seed = seed;
  return result;
}

/// A node that answers everything with 200.
std::unique_ptr<peer::peer_network> open(uint64_t seed) {
  auto settings = peer::peer_settings{};
  auto made = node_credentials(config::cluster_options{}, store(seed));
  EXPECT_TRUE(made) << made.error();
  settings.identity = made.value_or(peer::credentials{});
  settings.connect_max = 5s;
  settings.answer = [](const http::request&, const http::reply& done) {
    done(http::response{});
  };
  auto result = peer::peer_network::open(std::move(settings));
  EXPECT_TRUE(result) << result.error();
  return result ? std::move(*result) : nullptr;
}

unsigned ask(peer::peer_network& by, const peer::peer_network& whom) {
  auto told = std::make_shared<std::promise<unsigned>>();
  auto answer = told->get_future();
  auto question = http::request{};
  question.method = "GET";
  question.target = "/";
  by.ask(whom.address(), std::move(question),
         [told](const http::response& x) { told->set_value(x.status); });
  return answer.get();
}

TEST(node_credentials, nodes_of_one_store_accept_each_other_without_files) {
  auto here = open(7);
  auto there = open(7);
  ASSERT_TRUE(here && there);
  EXPECT_EQ(ask(*here, *there), 200U);
  EXPECT_EQ(ask(*there, *here), 200U);
}

TEST(node_credentials, nodes_of_another_store_are_strangers) {
  auto here = open(7);
  auto there = open(8);
  ASSERT_TRUE(here && there);
  EXPECT_EQ(ask(*here, *there), 503U);
  EXPECT_EQ(ask(*there, *here), 503U);
  EXPECT_EQ(there->counters().answered, 0U);
}

TEST(node_credentials, files_that_are_configured_are_used) {
  auto options = config::cluster_options{};
  options.certificate_file = "a.crt";
  options.key_file = "a.key";
  options.ca_file = "ca.crt";
  auto made = node_credentials(options, store(7));
  ASSERT_TRUE(made);
  EXPECT_EQ(made->certificate_file, "a.crt");
  EXPECT_EQ(made->key_file, "a.key");
  EXPECT_EQ(made->ca_file, "ca.crt");
}

} // namespace

} // namespace pumpscope::runtime
