#include "adapters/rpc/client.hpp"

#include "tests/adapters/rpc/scripted_server.hpp"
#include "tests/support/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <future>

namespace pumpscope::rpc {

namespace {

using namespace std::chrono_literals;
using test::http_reply;
using test::scripted_reply;
using test::scripted_server;
using ::testing::HasSubstr;
using ::testing::Not;

client_settings settings_of(const scripted_server& x) {
  auto result = client_settings{};
  result.host = "127.0.0.1";
  result.port = x.port();
  result.tls = false;
  return result;
}

/// What one call to a server with this script comes to.
tl::expected<std::string, call_error> call(scripted_server::script script) {
  auto server = scripted_server{std::move(script)};
  auto settings = settings_of(server);
  settings.body_bytes_max = 1'000;
  settings.request_timeout = 500ms;
  auto sut = client{settings};
  return sut.call("question");
}

call_problem problem_of(const std::string& bytes, bool close = true) {
  auto answer = call([&](auto&, auto&) {
    return scripted_reply{bytes, close, false};
  });
  EXPECT_FALSE(answer.has_value()) << *answer;
  return answer ? call_problem::configuration : answer.error().problem;
}

TEST(rpc_client, posts_the_question_and_keeps_the_connection) {
  auto server = scripted_server{[](auto& head, auto& body) {
    return http_reply(
      head.substr(0, head.find('\r')) + "|" + body
      + (head.find("Host: 127.0.0.1:") != std::string::npos ? "|host" : ""));
  }};
  auto settings = settings_of(server);
  settings.target = "/?api-key=secret";
  auto sut = client{settings};

  for (auto i = 0; i < 3; ++i) {
    auto answer = sut.call("{\"id\":" + std::to_string(i) + "}");
    ASSERT_TRUE(answer.has_value()) << answer.error().what;
    EXPECT_EQ(*answer, "POST /?api-key=secret HTTP/1.1|{\"id\":"
                         + std::to_string(i) + "}|host");
  }
  EXPECT_EQ(server.connections(), 1U);
}

TEST(rpc_client, connects_again_when_the_server_closed_meanwhile) {
  // The server closes behind each answer without saying so.
  auto server = scripted_server{[](auto&, auto&) {
    auto reply = http_reply("yes");
    reply.close = true;
    return reply;
  }};
  auto sut = client{settings_of(server)};

  for (auto i = 0; i < 5; ++i)
    EXPECT_TRUE(sut.call("x").has_value()) << i;
  EXPECT_EQ(server.connections(), 5U);
}

TEST(rpc_client, tells_what_a_status_means) {
  struct expectation {
    int status;
    call_problem problem;
  };
  for (auto x : {expectation{401, call_problem::unauthorized},
                 expectation{403, call_problem::unauthorized},
                 expectation{404, call_problem::refused},
                 expectation{301, call_problem::refused},
                 expectation{429, call_problem::rate_limited},
                 expectation{500, call_problem::server},
                 expectation{503, call_problem::server}}) {
    auto answer = call([&](auto&, auto&) {
      return http_reply("no", x.status,
                        "Retry-After: 7\r\nLocation: http://192.0.2.1/\r\n");
    });
    ASSERT_FALSE(answer.has_value()) << x.status;
    EXPECT_EQ(answer.error().problem, x.problem) << x.status;
    EXPECT_EQ(answer.error().retry_after, 7s);
  }
}

TEST(rpc_client, refuses_answers_that_end_early_or_are_none) {
  EXPECT_EQ(problem_of("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"),
            call_problem::malformed);
  EXPECT_EQ(problem_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                       "zz\r\nhalf"),
            call_problem::malformed);
  EXPECT_EQ(problem_of("SSH-2.0-OpenSSH_9.2\r\n\r\n"), call_problem::malformed);
  EXPECT_EQ(problem_of("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"),
            call_problem::malformed);
  EXPECT_EQ(problem_of(""), call_problem::unreachable);
}

TEST(rpc_client, refuses_answers_that_are_too_long) {
  EXPECT_EQ(problem_of("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n"),
            call_problem::too_large);
  auto chunk = "1f4\r\n" + std::string(500, 'x') + "\r\n";
  EXPECT_EQ(problem_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                       + chunk + chunk + chunk + "0\r\n\r\n"),
            call_problem::too_large);
  EXPECT_EQ(problem_of("HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x')
                       + "\r\n\r\n"),
            call_problem::too_large);
}

TEST(rpc_client, does_not_wait_longer_than_it_was_told) {
  auto answer = call([](auto&, auto&) {
    return scripted_reply{"", false, true};
  });
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().problem, call_problem::timeout);

  answer = call([](auto&, auto&) {
    return scripted_reply{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nha",
                          false, true};
  });
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().problem, call_problem::timeout);
}

TEST(rpc_client, a_call_can_be_cancelled_by_another_thread) {
  auto asked = std::promise<void>{};
  auto server = scripted_server{[&](auto&, auto&) {
    asked.set_value();
    return scripted_reply{"", false, true};
  }};
  auto sut = client{settings_of(server)};
  auto answer = std::async(std::launch::async, [&] { return sut.call("x"); });
  asked.get_future().wait();

  sut.cancel();

  EXPECT_EQ(answer.get().error().problem, call_problem::cancelled);
  EXPECT_EQ(sut.call("x").error().problem, call_problem::cancelled);
}

TEST(rpc_client, tells_who_cannot_be_reached_without_the_secret) {
  auto settings = client_settings{};
  {
    auto server = scripted_server{[](auto&, auto&) { return http_reply(""); }};
    settings = settings_of(server);
  }
  settings.target = "/v1/topsecretkey?api-key=0123456789";
  auto sut = client{settings};

  auto answer = sut.call("x");

  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().problem, call_problem::unreachable);
  EXPECT_THAT(answer.error().what, Not(HasSubstr("secret")));
  EXPECT_THAT(shown_name(settings), Not(HasSubstr("secret")));
  EXPECT_EQ(without_secrets("bad key 0123456789 for topsecretkey at v1",
                            settings.target),
            "bad key *** for *** at v1");
}

class rpc_client_tls : public ::testing::Test {
protected:
  rpc_client_tls() {
    settings_.host = "localhost";
    settings_.port = server_.port();
    settings_.ca_file = folder_.file("ca.pem");
    std::ofstream{settings_.ca_file} << server_.authority();
  }

  test::temporary_folder folder_;
  scripted_server server_{[](auto&, auto&) { return http_reply("yes"); }, true};
  client_settings settings_ = {};
};

TEST_F(rpc_client_tls, talks_to_a_server_that_it_trusts) {
  auto sut = client{settings_};

  for (auto i = 0; i < 3; ++i) {
    auto answer = sut.call("x");
    ASSERT_TRUE(answer.has_value()) << answer.error().what;
    EXPECT_EQ(*answer, "yes");
  }
  EXPECT_EQ(server_.connections(), 1U);
}

TEST_F(rpc_client_tls, refuses_an_authority_that_it_does_not_know) {
  settings_.ca_file.clear();
  auto sut = client{settings_};

  EXPECT_THAT(sut.call("x").error().what, HasSubstr("certificate"));
}

TEST_F(rpc_client_tls, refuses_a_certificate_for_another_host) {
  settings_.host = "127.0.0.1";
  auto sut = client{settings_};

  EXPECT_THAT(sut.call("x").error().what, HasSubstr("certificate"));
}

TEST_F(rpc_client_tls, tells_of_authorities_that_cannot_be_read) {
  settings_.ca_file = "/missing.pem";
  auto sut = client{settings_};

  EXPECT_EQ(sut.call("x").error().problem, call_problem::configuration);
}

TEST(retry_after, is_read_when_it_is_a_number_of_seconds) {
  EXPECT_EQ(parse_retry_after("0"), 0s);
  EXPECT_EQ(parse_retry_after("3600"), 1h);
  EXPECT_EQ(parse_retry_after("99999999"), 1h);
  for (const auto* text :
       {"", "-1", "1.5", " 1", "99999999999999999999", "Sat, 21 Nov 2026"})
    EXPECT_EQ(parse_retry_after(text), std::nullopt) << text;
}

} // namespace

} // namespace pumpscope::rpc
