#include "adapters/peer/peer_network.hpp"

#include "adapters/http/local_routes.hpp"
#include "adapters/peer/tls_calls.hpp"
#include "adapters/tls/certificate_authority.hpp"
#include "adapters/tls/identity_files.hpp"
#include "messages/peer.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/temporary_folder.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <filesystem>
#include <future>
#include <mutex>
#include <optional>
#include <random>

namespace pumpscope::peer {

namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// How long a test waits for other threads before it fails.
constexpr auto patience = 20s;

/// A body that a test feeds, or that never runs out of bytes.
class fed_stream : public http::body_source {
public:
  bool next(std::vector<std::shared_ptr<const std::string>>& out,
            size_t bytes_max) override {
    auto guard = std::lock_guard{mutex};
    if (endless)
      fed.push_back(std::make_shared<const std::string>(bytes_max, 'x'));
    for (auto& x : fed) {
      taken += x->size();
      out.push_back(x);
    }
    fed.clear();
    changed.notify_all();
    return !ended;
  }

  void on_wake(std::function<void()> x) override {
    auto guard = std::lock_guard{mutex};
    wake = std::move(x);
  }

  void feed(const std::string& x, bool last = false) {
    auto call = std::function<void()>{};
    {
      auto guard = std::lock_guard{mutex};
      fed.push_back(std::make_shared<const std::string>(x));
      ended = last;
      call = wake;
    }
    if (call)
      call();
  }

  std::mutex mutex = {};
  std::condition_variable changed = {};
  std::vector<std::shared_ptr<const std::string>> fed = {};
  std::function<void()> wake = {};
  size_t taken = 0;
  bool ended = false;
  bool endless = false;
};

/// Reads a stream to the given number of bytes, or to its end.
std::string read(http::body_source& from, size_t bytes) {
  std::mutex mutex;
  std::condition_variable woken;
  auto wakes = 0;
  from.on_wake([&] {
    auto guard = std::lock_guard{mutex};
    ++wakes;
    woken.notify_all();
  });
  auto result = std::string{};
  for (auto seen = 0;;) {
    auto pieces = std::vector<std::shared_ptr<const std::string>>{};
    auto goes_on = from.next(pieces, 1'000);
    for (auto& x : pieces)
      result += *x;
    if (!goes_on || result.size() >= bytes)
      break;
    if (!pieces.empty())
      continue;
    auto lock = std::unique_lock{mutex};
    if (!woken.wait_for(lock, patience, [&] { return wakes > seen; }))
      break;
    seen = wakes;
  }
  from.on_wake({});
  return result;
}

class network_of_peers : public ::testing::Test {
protected:
  /// Makes files of an authority, and of a node that it signed.
  credentials credentials_of(const std::string& authority) {
    auto time = tls::validity{std::chrono::floor<std::chrono::seconds>(
                                std::chrono::system_clock::now()),
                              30};
    auto made = tls::certificate_authority::create(time);
    EXPECT_TRUE(made);
    auto signs = tls::certificate_authority::load(made->value);
    EXPECT_TRUE(signs);
    auto node = signs->issue({"node", {"127.0.0.1"}}, time);
    EXPECT_TRUE(node);
    auto folder = std::filesystem::path{folder_.file("x")}.parent_path();
    auto ca = tls::identity_files{folder, authority};
    auto own = tls::identity_files{folder, authority + "-node"};
    EXPECT_TRUE(tls::write_identity(ca, made->value));
    EXPECT_TRUE(tls::write_identity(own, node->value));
    return {own.certificate, own.key, ca.certificate, {}};
  }

  /// What the nodes of one cluster have.
  const credentials& ours() {
    if (!ours_)
      ours_ = credentials_of("ours");
    return *ours_;
  }

  /// A node with routes: `/echo`, `/never`, `/stream`, `/secret`.
  std::unique_ptr<peer_network> open(peer_settings settings = {}) {
    auto routes = std::vector<http::route>(4);
    routes[0].method = "POST";
    routes[0].path = "/echo/{name}";
    routes[0].body_bytes_max = 100;
    routes[0].handle = [](const http::request& x, const http::reply& done) {
      auto* query = x.query.find("q");
      auto answer = http::response{};
      answer.status = 201;
      answer.content_type = "text/plain";
      answer.body = *x.parameters.find("name") + "|"
                    + (query != nullptr ? *query : "") + "|" + x.body + "|"
                    + x.client + "|" + x.last_event_id + "|" + x.accept;
      answer.headers = {{"Cache-Control", "max-age=1"}};
      done(std::move(answer));
    };
    routes[1].path = "/never";
    routes[1].handle = [](const http::request&, const http::reply&) {};
    routes[2].path = "/stream";
    routes[2].handle = [this](const http::request&, const http::reply& done) {
      auto answer = http::response{};
      answer.content_type = "text/event-stream";
      auto guard = std::lock_guard{mutex_};
      answer.stream = stream_;
      done(std::move(answer));
    };
    routes[3].path = "/secret";
    routes[3].admit
      = [](const http::request& x) -> std::optional<http::response> {
      if (x.authorization == "open")
        return std::nullopt;
      return http::problem(401, "unauthorized", "no");
    };
    routes[3].handle = [](const http::request&, const http::reply& done) {
      done({});
    };
    auto built = http::local_routes::build(std::move(routes));
    EXPECT_TRUE(built);
    auto shared = std::make_shared<http::local_routes>(std::move(*built));
    settings.answer = [shared](http::request x, const http::reply& done) {
      shared->handle(std::move(x), done);
    };
    if (settings.identity.certificate_file.empty())
      settings.identity = ours();
    auto result = peer_network::open(std::move(settings));
    EXPECT_TRUE(result) << result.error();
    return result ? std::move(*result) : nullptr;
  }

  static std::future<http::response>
  ask_later(peer_network& by, const std::string& address, http::request x) {
    auto promise = std::make_shared<std::promise<http::response>>();
    auto result = promise->get_future();
    by.ask(address, std::move(x),
           [promise](http::response y) { promise->set_value(std::move(y)); });
    return result;
  }

  static http::response ask(peer_network& by, const std::string& address,
                            http::request x) {
    auto result = ask_later(by, address, std::move(x));
    if (result.wait_for(patience) != std::future_status::ready)
      return {0, "", "no answer", {}, false};
    return result.get();
  }

  static http::request get(const std::string& target) {
    auto result = http::request{};
    result.method = "GET";
    result.target = target;
    return result;
  }

  /// Asks until the answer has this status: a connection comes and goes in its
  /// own time.
  static http::response ask_until(peer_network& by, const std::string& address,
                                  const http::request& x, unsigned status) {
    auto end = std::chrono::steady_clock::now() + patience;
    for (;;) {
      auto result = ask(by, address, x);
      if (result.status == status || std::chrono::steady_clock::now() >= end)
        return result;
    }
  }

  std::mutex mutex_;
  std::shared_ptr<fed_stream> stream_ = std::make_shared<fed_stream>();
  test::temporary_folder folder_;
  std::optional<credentials> ours_ = {};
};

TEST_F(network_of_peers, answers_by_the_routes_of_the_other_node) {
  auto there = open();
  auto here = open();
  auto x = http::request{};
  x.method = "POST";
  x.target = "/echo/a%20b?q=1%2B1";
  x.body = "text";
  x.client = "10.0.0.9";
  x.last_event_id = "7";
  x.accept = "*/*";
  auto answer = ask(*here, there->address(), x);
  EXPECT_EQ(answer.status, 201U);
  EXPECT_EQ(answer.content_type, "text/plain");
  EXPECT_EQ(answer.body, "a b|1+1|text|10.0.0.9|7|*/*");
  ASSERT_EQ(answer.headers.size(), 1U);
  EXPECT_EQ(answer.headers[0].first, "Cache-Control");
  EXPECT_EQ(there->counters().answered, 1U);
  EXPECT_EQ(here->counters().asked, 1U);
  EXPECT_EQ(here->counters().bytes_asked, x.body.size());
  EXPECT_EQ(here->counters().bytes_told, answer.body.size());
}

TEST_F(network_of_peers, judges_like_a_server) {
  auto there = open();
  auto here = open();
  auto status = [&](http::request x) {
    return ask(*here, there->address(), std::move(x)).status;
  };
  EXPECT_EQ(status(get("/nothing")), 404U);
  EXPECT_EQ(status(get("/echo/a")), 405U);
  EXPECT_EQ(status(get("no target")), 400U);
  EXPECT_EQ(status(get("/stream?%FF")), 400U);
  EXPECT_EQ(status(get("/secret")), 401U);
  auto long_body = get("/echo/a");
  long_body.method = "POST";
  long_body.body.assign(101, 'x');
  EXPECT_EQ(status(long_body), 413U);
  auto open_door = get("/secret");
  open_door.authorization = "open";
  EXPECT_EQ(status(open_door), 200U);
}

TEST_F(network_of_peers, passes_a_stream_on_as_it_comes) {
  auto there = open();
  auto here = open();
  auto answer = ask(*here, there->address(), get("/stream"));
  ASSERT_TRUE(answer.stream);
  EXPECT_EQ(answer.content_type, "text/event-stream");
  stream_->feed("one ");
  EXPECT_EQ(read(*answer.stream, 4), "one ");
  stream_->feed("two ");
  stream_->feed("three", true);
  EXPECT_EQ(read(*answer.stream, 100), "two three");
}

TEST_F(network_of_peers, takes_no_more_of_a_stream_than_somebody_reads) {
  stream_->endless = true;
  auto there = open();
  auto here = open();
  auto answer = ask(*here, there->address(), get("/stream"));
  ASSERT_TRUE(answer.stream);
  // As much as is read may follow, behind a window that nobody has read.
  constexpr auto much = size_t{3} << 20;
  EXPECT_GE(read(*answer.stream, much).size(), much);
  // A round trip: what came before it was handled.
  EXPECT_EQ(ask(*here, there->address(), get("/nothing")).status, 404U);
  auto guard = std::lock_guard{stream_->mutex};
  EXPECT_LE(stream_->taken, much + 2 * messages::peer_window_bytes);
}

TEST_F(network_of_peers, ends_a_stream_that_nobody_reads_any_more) {
  auto there = open();
  auto here = open();
  auto answer = ask(*here, there->address(), get("/stream"));
  ASSERT_TRUE(answer.stream);
  auto gone = std::weak_ptr<fed_stream>{stream_};
  {
    auto guard = std::lock_guard{mutex_};
    stream_ = nullptr;
  }
  answer.stream = nullptr;
  auto end = std::chrono::steady_clock::now() + patience;
  while (!gone.expired() && std::chrono::steady_clock::now() < end)
    ask(*here, there->address(), get("/nothing"));
  EXPECT_TRUE(gone.expired());
  EXPECT_EQ(there->counters().streams_open, 0U);
}

TEST_F(network_of_peers, a_node_that_dies_ends_its_answers) {
  auto there = open();
  auto here = open();
  auto place = there->address();
  auto streaming = ask(*here, place, get("/stream"));
  ASSERT_TRUE(streaming.stream);
  auto waiting = ask_later(*here, place, get("/never"));
  there = nullptr;
  ASSERT_EQ(waiting.wait_for(patience), std::future_status::ready);
  EXPECT_THAT(waiting.get().body, HasSubstr("node_lost"));
  EXPECT_EQ(read(*streaming.stream, 1), "");
  auto nobody = ask(*here, place, get("/nothing"));
  EXPECT_EQ(nobody.status, 503U);
  EXPECT_THAT(nobody.body, HasSubstr("node_unreachable"));
  // It comes back.
  auto settings = peer_settings{};
  settings.port
    = static_cast<uint16_t>(std::stoi(place.substr(place.rfind(':') + 1)));
  there = open(settings);
  EXPECT_EQ(ask_until(*here, place, get("/nothing"), 404).status, 404U);
}

TEST_F(network_of_peers, a_stream_may_outlive_the_network_that_brought_it) {
  auto there = open();
  auto here = open();
  auto answer = ask(*here, there->address(), get("/stream"));
  ASSERT_TRUE(answer.stream);
  stream_->feed("one");
  EXPECT_EQ(read(*answer.stream, 3), "one");
  here = nullptr;
  // Its reader is told that no more comes.
  auto pieces = std::vector<std::shared_ptr<const std::string>>{};
  EXPECT_FALSE(answer.stream->next(pieces, 100));
  answer.stream = nullptr;
}

TEST_F(network_of_peers, waits_for_an_answer_no_longer_than_it_may) {
  auto there = open();
  auto settings = peer_settings{};
  settings.answer_max = 300ms;
  auto here = open(settings);
  auto late = ask(*here, there->address(), get("/never"));
  EXPECT_EQ(late.status, 504U);
  EXPECT_EQ(here->counters().asked_in_vain, 1U);
}

TEST_F(network_of_peers, asks_no_more_at_a_time_than_it_may) {
  auto there = open();
  auto settings = peer_settings{};
  settings.questions_max = 2;
  auto here = open(settings);
  auto first = ask_later(*here, there->address(), get("/never"));
  auto second = ask_later(*here, there->address(), get("/never"));
  auto third = ask(*here, there->address(), get("/never"));
  EXPECT_EQ(third.status, 503U);
  EXPECT_THAT(third.body, HasSubstr("overloaded"));
}

TEST_F(network_of_peers, what_is_bounded_elsewhere_does_not_count) {
  auto settings = peer_settings{};
  settings.questions_max = 1;
  settings.uncounted = "/echo";
  auto there = open(settings);
  auto here = open(settings);
  auto first = ask_later(*here, there->address(), get("/never"));
  EXPECT_EQ(ask(*here, there->address(), get("/never")).status, 503U);
  auto urgent = get("/echo/a");
  urgent.method = "POST";
  EXPECT_EQ(ask(*here, there->address(), urgent).status, 201U);
}

TEST_F(network_of_peers, ends_while_it_connects) {
  auto there = open();
  for (auto i = 0; i < 20; ++i) {
    auto settings = peer_settings{};
    settings.questions_max = 1;
    auto here = open(settings);
    auto first = ask_later(*here, there->address(), get("/never"));
    // A part of the way further each time.
    for (auto k = 0; k < i; ++k)
      EXPECT_EQ(ask(*here, there->address(), get("/never")).status, 503U);
  }
}

TEST_F(network_of_peers, ends_while_the_other_side_keeps_silent) {
  auto io = boost::asio::io_context{};
  auto silent = boost::asio::ip::tcp::acceptor{
    io, {boost::asio::ip::make_address("127.0.0.1"), 0}};
  auto connections = std::vector<boost::asio::ip::tcp::socket>{};
  auto settings = peer_settings{};
  settings.silence_max = 400ms;
  auto here = open(settings);
  auto first = ask_later(
    *here, "127.0.0.1:" + std::to_string(silent.local_endpoint().port()),
    get("/never"));
  // The first one only looks whether somebody listens.
  connections.push_back(silent.accept());
  connections.push_back(silent.accept());
}

TEST_F(network_of_peers, answers_no_more_at_a_time_than_it_may) {
  auto settings = peer_settings{};
  settings.questions_max = 1;
  settings.streams_max = 0;
  auto there = open(settings);
  auto here = open();
  EXPECT_EQ(ask(*here, there->address(), get("/stream")).status, 503U);
  auto first = ask_later(*here, there->address(), get("/never"));
  auto second = ask(*here, there->address(), get("/never"));
  EXPECT_THAT(second.body, HasSubstr("overloaded"));
}

TEST_F(network_of_peers, says_where_it_cannot_listen) {
  auto there = open();
  auto settings = peer_settings{};
  settings.identity = ours();
  auto place = there->address();
  settings.port
    = static_cast<uint16_t>(std::stoi(place.substr(place.rfind(':') + 1)));
  auto opened = peer_network::open(settings);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error(), HasSubstr("cannot listen"));
}

TEST_F(network_of_peers, an_address_that_is_none_is_answered) {
  auto here = open();
  EXPECT_EQ(ask(*here, "", get("/")).status, 503U);
  EXPECT_EQ(ask(*here, "nowhere", get("/")).status, 503U);
  EXPECT_EQ(ask(*here, "127.0.0.1:99999", get("/")).status, 503U);
}

TEST_F(network_of_peers, talks_when_one_authority_signed_both) {
  auto there = open();
  auto here = open();
  ASSERT_TRUE(there && here);
  EXPECT_EQ(ask(*here, there->address(), get("/nothing")).status, 404U);
  auto answer = ask(*here, there->address(), get("/stream"));
  ASSERT_TRUE(answer.stream);
  stream_->feed("secret", true);
  EXPECT_EQ(read(*answer.stream, 100), "secret");
}

TEST_F(network_of_peers, asks_in_both_directions_at_the_same_time) {
  auto there = open();
  auto here = open();
  ASSERT_TRUE(there && here);
  // The second connection of a pair is closed when the first one is there.
  auto x = get("/echo/a");
  x.method = "POST";
  EXPECT_EQ(ask(*here, there->address(), x).status, 201U);
  EXPECT_EQ(ask(*there, here->address(), x).status, 201U);
  for (auto i = 0; i < 20; ++i) {
    auto waiting = std::vector<std::future<http::response>>{};
    for (auto k = 0; k < 10; ++k) {
      waiting.push_back(ask_later(*here, there->address(), x));
      waiting.push_back(ask_later(*there, here->address(), x));
    }
    for (auto& answer : waiting)
      ASSERT_EQ(answer.get().status, 201U) << i;
  }
}

TEST_F(network_of_peers, lets_nobody_in_without_a_certificate_of_its_own) {
  auto there = open();
  auto other = peer_settings{};
  other.identity = credentials_of("theirs");
  other.connect_max = 1s;
  auto stranger = open(other);
  ASSERT_TRUE(there && stranger);
  EXPECT_EQ(ask(*stranger, there->address(), get("/nothing")).status, 503U);
  EXPECT_EQ(there->counters().answered + there->counters().refused, 0U);
  // Nor is it fooled into asking one.
  EXPECT_EQ(ask(*there, stranger->address(), get("/nothing")).status, 503U);
  auto friendly = open();
  EXPECT_EQ(ask(*friendly, there->address(), get("/nothing")).status, 404U);
}

TEST_F(network_of_peers, survives_bytes_that_are_no_tls) {
  auto there = open();
  ASSERT_TRUE(there);
  auto chance = std::mt19937{1};
  for (auto i = 0; i < 300; ++i) {
    auto bytes = std::string(chance() % 2'000, '\0');
    for (auto& x : bytes)
      x = static_cast<char>(chance());
    // The beginning of a real handshake, now and then.
    if (i % 3 == 0)
      bytes.insert(0, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);
    auto client = test::raw_client{there->address()};
    client.send(bytes);
  }
  auto here = open();
  EXPECT_EQ(ask_until(*here, there->address(), get("/nothing"), 404).status,
            404U);
}

TEST_F(network_of_peers, misses_clients_that_say_nothing) {
  auto there = open();
  auto before = handshake_attempts();
  auto nothing = test::raw_client{there->address()};
  auto half = test::raw_client{there->address()};
  // The beginning of a genuine one.
  half.send(std::string{"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11});
  EXPECT_TRUE(nothing.closed());
  EXPECT_TRUE(half.closed());
  // It takes two seconds, in which nobody tried all the time: that would be
  // some hundred thousand times.
  EXPECT_LT(handshake_attempts() - before, 20'000U);
  auto here = open();
  EXPECT_EQ(ask(*here, there->address(), get("/nothing")).status, 404U);
}

TEST_F(network_of_peers, says_which_file_is_no_credential) {
  auto settings = peer_settings{};
  settings.identity = ours();
  settings.identity.key_file = folder_.file("missing.key");
  auto opened = peer_network::open(settings);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error(), HasSubstr("missing.key"));
  settings.identity.key_file = ours().ca_file;
  opened = peer_network::open(settings);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error(), HasSubstr("no file of the key"));
  settings.identity.key_file = ours().key_file;
  settings.identity.ca_file = ours().key_file;
  opened = peer_network::open(settings);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error(), HasSubstr("authority"));
  settings.identity = ours();
  // Of another node.
  settings.identity.key_file = credentials_of("theirs").key_file;
  EXPECT_FALSE(peer_network::open(settings));
}

} // namespace

} // namespace pumpscope::peer
