// What a message costs the hub for each client that gets it, without sockets.

#include "adapters/hub/hub.hpp"
#include "domain/known_keys.hpp"

#include <cstdint>
#include <cstdio>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace pumpscope;
using namespace std::chrono_literals;

/// CPU seconds of this process: other work on the machine does not count.
double cpu_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

/// Resident memory of this process.
size_t memory_bytes() {
  auto pages = 0UL;
  if (auto file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%*u %lu", &pages) != 1)
      pages = 0;
    std::fclose(file);
  }
  return pages * 4'096;
}

domain::pubkey key(uint64_t number) {
  auto result = domain::pubkey{};
  for (size_t i = 0; i < 8; ++i)
    result.bytes[i] = static_cast<uint8_t>(number >> (8 * i));
  return result;
}

/// A market of five full lists, as a busy day has it.
messages::publication market(uint64_t epoch) {
  static const auto list = [] {
    auto result = std::make_shared<messages::market>();
    for (uint64_t i = 0; i < 100; ++i) {
      auto& row = result->rows.emplace_back();
      row.mint = key(i);
      row.quote_mint = domain::known_keys::wsol_mint;
      row.name = "a name of usual length";
      row.symbol = "SYMBOL";
      row.at = 1'700'000'000;
    }
    return messages::market_ptr{std::move(result)};
  }();
  auto x = messages::market_publication{};
  for (auto& each : x.lists)
    each = list;
  x.stamp = {epoch, 0, epoch - 1, 0};
  return x;
}

messages::publication trade(uint64_t mint, uint64_t seq) {
  auto epoch = std::make_shared<messages::epoch>();
  auto& x = epoch->trades.emplace_back();
  x.mint = key(mint);
  x.wallet = key(seq);
  x.quote_mint = domain::known_keys::wsol_mint;
  x.token_units = seq;
  x.quote_units = seq;
  return messages::trade_publication{epoch, 0, {seq, 0, seq - 1, 10}};
}

messages::publication token(uint64_t mint, uint64_t seq) {
  auto x = messages::token_publication{};
  x.token.mint = key(mint);
  x.token.quote_mint = domain::known_keys::wsol_mint;
  x.stamp = {seq, seq, seq - 1, 10};
  return x;
}

/// Clients that read what they are woken for.
class audience {
public:
  audience(hub::hub& of, size_t clients, size_t channels) {
    auto before = memory_bytes();
    readers_.resize(clients);
    for (size_t i = 0; i < clients; ++i) {
      auto topics = std::vector<hub::channel>{};
      if (channels == 0)
        topics.push_back({hub::channel_kind::market, 0, {}});
      else
        topics.push_back({hub::channel_kind::trade, 0, key(i % channels)});
      readers_[i] = of.subscribe(topics, {}, {});
      readers_[i]->on_wake([this, i] { woken_.push_back(i); });
      read(i);
    }
    client_bytes_ = (memory_bytes() - before) / clients;
  }

  /// Everybody who was woken reads; returns how many texts there were.
  uint64_t read_all() {
    auto texts = uint64_t{0};
    for (auto i : woken_)
      texts += read(i);
    woken_.clear();
    return texts;
  }

  [[nodiscard]] size_t client_bytes() const {
    return client_bytes_;
  }

private:
  uint64_t read(size_t i) {
    texts_.clear();
    readers_[i]->next(texts_, 64 << 10);
    return texts_.size();
  }

  std::vector<std::shared_ptr<http::body_source>> readers_ = {};
  std::vector<size_t> woken_ = {};
  std::vector<std::shared_ptr<const std::string>> texts_ = {};
  size_t client_bytes_ = 0;
};

void publish(hub::hub& to, messages::publication x) {
  auto batch = messages::publication_batch{};
  batch.fence = 1;
  batch.items.push_back(std::move(x));
  to.publish(batch, {}, 0);
}

/// One message for all, `rounds` times, each read before the next.
void measure_market(size_t clients, uint64_t rounds) {
  auto sut = hub::hub{{}};
  auto readers = audience{sut, clients, 0};
  auto texts = uint64_t{0};
  auto begin = cpu_seconds();
  for (uint64_t i = 1; i <= rounds; ++i) {
    publish(sut, market(i));
    texts += readers.read_all();
  }
  auto elapsed = cpu_seconds() - begin;
  std::printf("{\"case\":\"market\",\"clients\":%zu,\"deliveries\":%llu,"
              "\"cpu_ns_per_delivery\":%.0f,\"cpu_ms_per_message\":%.2f,"
              "\"bytes_per_client\":%zu}\n",
              clients, static_cast<unsigned long long>(texts),
              elapsed * 1e9 / static_cast<double>(texts),
              elapsed * 1e3 / static_cast<double>(rounds),
              readers.client_bytes());
}

/// Trades of many coins, each with its few followers.
void measure_trades(size_t clients, size_t channels, uint64_t messages) {
  auto sut = hub::hub{{}};
  auto readers = audience{sut, clients, channels};
  auto texts = uint64_t{0};
  auto begin = cpu_seconds();
  for (uint64_t i = 1; i <= messages; ++i) {
    publish(sut, trade(i % channels, i));
    texts += readers.read_all();
  }
  auto elapsed = cpu_seconds() - begin;
  std::printf("{\"case\":\"trades\",\"clients\":%zu,\"channels\":%zu,"
              "\"deliveries\":%llu,\"cpu_ns_per_delivery\":%.0f,"
              "\"cpu_ns_per_message\":%.0f}\n",
              clients, channels, static_cast<unsigned long long>(texts),
              elapsed * 1e9 / static_cast<double>(texts),
              elapsed * 1e9 / static_cast<double>(messages));
}

/// Messages that nobody follows: what the hub costs a node without a page.
void measure_nobody(uint64_t messages, uint64_t mints) {
  auto sut = hub::hub{{}};
  auto begin = cpu_seconds();
  for (uint64_t i = 1; i <= messages; ++i)
    publish(sut, token(i % mints, i));
  auto tokens = cpu_seconds() - begin;
  begin = cpu_seconds();
  for (uint64_t i = 1; i <= messages; ++i)
    publish(sut, trade(i % mints, i));
  auto trades = cpu_seconds() - begin;
  begin = cpu_seconds();
  auto list = sut.tokens().list();
  auto listed = cpu_seconds() - begin;
  std::printf("{\"case\":\"nobody\",\"cpu_ns_per_token\":%.0f,"
              "\"cpu_ns_per_trade\":%.0f,\"tokens\":%zu,"
              "\"cpu_ms_per_list\":%.2f}\n",
              tokens * 1e9 / static_cast<double>(messages),
              trades * 1e9 / static_cast<double>(messages), list->size(),
              listed * 1e3);
}

} // namespace

int main(int argc, char** argv) {
  auto smoke = argc > 1 && std::string_view{argv[1]} == "--smoke";
  auto clients = smoke ? size_t{500} : size_t{10'000};
  measure_market(clients, smoke ? 5 : 100);
  measure_trades(clients, clients / 10, smoke ? 1'000 : 100'000);
  measure_nobody(smoke ? 1'000 : 500'000, smoke ? 100 : 100'000);
  return 0;
}
