// Hears what a pipeline publishes and tells how late it is.
//
// Usage: end_to_end_subscriber REDIS_PORT [ENDPOINT [WARM_UP_SECONDS]]
//
// Subscribes trade:* and tick:* of the Redis on this machine and counts. With
// an endpoint it reads the same stream as the pipeline and compares: when was
// an update sent (its created_at), when did a message about it arrive here.
//
// Answers each line on standard input with one line of JSON; ends with the
// input.

#include "adapters/yellowstone/client.hpp"
#include "domain/geyser_walk.hpp"
#include "domain/wire.hpp"

#include <hiredis/hiredis.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using namespace pumpscope;

/// Unix nanoseconds: created_at and arrivals have the same clock.
using nanos = int64_t;

nanos now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
           std::chrono::system_clock::now().time_since_epoch())
    .count();
}

/// A transaction, by its place on the chain.
using place = std::pair<uint64_t, uint64_t>;

struct arrival {
  place of = {};
  nanos at = 0;
};

/// What was heard on one kind of channel.
struct heard {
  uint64_t count = 0;
  nanos first = 0;
  nanos last = 0;
  std::vector<arrival> arrivals = {};
};

/// What the stream said, by the clock of its server.
struct sent {
  std::map<place, nanos> transactions = {};
  /// When the update was sent that lets a slot be sealed.
  std::map<uint64_t, nanos> seals = {};
  nanos first = 0;
};

/// Returns the number behind `name` in a flat part of a JSON text.
uint64_t number_in(std::string_view text, std::string_view name) {
  auto at = text.find(name);
  auto value = uint64_t{0};
  if (at != std::string_view::npos)
    std::from_chars(text.data() + at + name.size(), text.data() + text.size(),
                    value);
  return value;
}

/// Notes what arrives; the clock is read first.
class listener {
public:
  explicit listener(bool keeps_arrivals) : keeps_arrivals_(keeps_arrivals) {
  }

  void take(std::string_view channel, std::string_view message) {
    auto at = now();
    auto guard = std::lock_guard{mutex_};
    auto& to = channel.starts_with("tick:") ? ticks_ : trades_;
    ++to.count;
    to.first = to.first == 0 ? at : to.first;
    to.last = at;
    if (keeps_arrivals_)
      to.arrivals.push_back(
        {{number_in(message, "\"slot\":"), number_in(message, "\"tx_index\":")},
         at});
  }

  [[nodiscard]] std::pair<heard, heard> read() const {
    auto guard = std::lock_guard{mutex_};
    return {ticks_, trades_};
  }

private:
  const bool keeps_arrivals_;
  mutable std::mutex mutex_;
  heard ticks_ = {};
  heard trades_ = {};
};

/// Follows the stream by the rule of docs/concepts/delivery.md: a slot can be
/// sealed when it or a descendant is confirmed, its meta and two later ones
/// came, and its parent can.
class observer {
public:
  void take(std::span<const uint8_t> update) {
    if (!domain::walk_update(update, *view_))
      return;
    auto at = created_at(update);
    auto guard = std::lock_guard{mutex_};
    if (view_->kind == domain::update_kind::transaction) {
      auto& tx = view_->transaction;
      sent_.first = sent_.first == 0 ? at : sent_.first;
      sent_.transactions.emplace(place{tx.slot, tx.index}, at);
    } else if (view_->kind == domain::update_kind::block_meta) {
      for (auto& x : open_)
        ++x.later_metas;
      open_.push_back({view_->block_meta.slot, 0, false});
      seal(at);
    } else if (view_->kind == domain::update_kind::slot
               && (view_->slot.status == domain::slot_status::confirmed
                   || view_->slot.status == domain::slot_status::finalized)) {
      for (auto& x : open_)
        x.confirmed = x.confirmed || x.slot <= view_->slot.slot;
      seal(at);
    }
  }

  [[nodiscard]] sent read() const {
    auto guard = std::lock_guard{mutex_};
    return sent_;
  }

private:
  struct open_slot {
    uint64_t slot = 0;
    uint32_t later_metas = 0;
    bool confirmed = false;
  };

  static nanos created_at(std::span<const uint8_t> update) {
    auto result = nanos{0};
    auto reader = domain::wire_reader{update};
    while (reader.next()) {
      if (!reader.is(11, domain::wire_type::bytes)) {
        reader.skip();
        continue;
      }
      auto time = domain::wire_reader{reader.bytes()};
      while (time.next()) {
        auto unit = time.number() == 1 ? 1'000'000'000 : 1;
        result += static_cast<nanos>(time.varint()) * unit;
      }
    }
    return result;
  }

  void seal(nanos at) {
    while (!open_.empty() && open_.front().confirmed
           && open_.front().later_metas >= 2) {
      sent_.seals.emplace(open_.front().slot, at);
      open_.pop_front();
    }
  }

  mutable std::mutex mutex_;
  std::unique_ptr<domain::update_view> view_
    = std::make_unique<domain::update_view>();
  /// In the order of their metas: the stream has no forks.
  std::deque<open_slot> open_ = {};
  sent sent_ = {};
};

void listen(int port, listener& to) {
  auto* context = redisConnect("127.0.0.1", port);
  if (context == nullptr || context->err != 0
      || redisAppendCommand(context, "PSUBSCRIBE trade:* tick:*") != REDIS_OK) {
    std::fprintf(stderr, "error: cannot subscribe on port %d\n", port);
    std::exit(1);
  }
  while (true) {
    void* raw = nullptr;
    if (redisGetReply(context, &raw) != REDIS_OK) {
      std::fprintf(stderr, "error: redis: %s\n", context->errstr);
      std::exit(1);
    }
    auto* reply = static_cast<redisReply*>(raw);
    // pmessage, pattern, channel, message
    if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 4)
      to.take({reply->element[2]->str, reply->element[2]->len},
              {reply->element[3]->str, reply->element[3]->len});
    freeReplyObject(reply);
  }
}

void observe(const std::string& endpoint, observer& to) {
  auto settings = yellowstone::client_settings{};
  settings.endpoint = endpoint;
  auto client = yellowstone::client{settings};
  auto batch = yellowstone::update_batch{};
  auto opened = client.open(std::nullopt);
  while (opened) {
    batch.clear();
    opened = client.read(batch);
    for (size_t i = 0; i < batch.size(); ++i)
      to.take(
        {reinterpret_cast<const uint8_t*>(batch[i].data()), batch[i].size()});
  }
  std::fprintf(stderr, "the stream ended: %s\n", opened.error().what.c_str());
}

/// How late messages were, in milliseconds: `from` tells when that counted from
/// began.
template <class From>
std::string lateness(const char* name, const heard& x, From from) {
  auto all = std::vector<double>{};
  for (auto& y : x.arrivals)
    if (auto begin = from(y.of))
      all.push_back(static_cast<double>(y.at - *begin) / 1e6);
  std::sort(all.begin(), all.end());
  auto at = [&](double share) {
    auto i = static_cast<size_t>(share * static_cast<double>(all.size()));
    return all[std::min(i, all.size() - 1)];
  };
  auto text = std::array<char, 256>{};
  if (all.empty())
    std::snprintf(text.data(), text.size(), ",\"%s_count\":0", name);
  else
    std::snprintf(text.data(), text.size(),
                  ",\"%s_count\":%zu,\"%s_ms_p50\":%.2f,\"%s_ms_p99\":%.2f,"
                  "\"%s_ms_max\":%.2f",
                  name, all.size(), name, at(0.5), name, at(0.99), name,
                  all.back());
  return text.data();
}

double cpu_seconds() {
  auto usage = rusage{};
  getrusage(RUSAGE_SELF, &usage);
  auto seconds = [](const timeval& x) {
    return static_cast<double>(x.tv_sec) + static_cast<double>(x.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::string report(const listener& ears, const observer* eyes,
                   double warm_up_seconds) {
  auto cpu = cpu_seconds();
  auto [ticks, trades] = ears.read();
  auto text = std::array<char, 256>{};
  std::snprintf(text.data(), text.size(),
                "{\"ticks\":%llu,\"trades\":%llu,\"first\":%.6f,"
                "\"last\":%.6f,\"cpu_seconds\":%.3f",
                static_cast<unsigned long long>(ticks.count),
                static_cast<unsigned long long>(trades.count),
                static_cast<double>(trades.first) / 1e9,
                static_cast<double>(trades.last) / 1e9, cpu);
  auto result = std::string{text.data()};
  if (eyes == nullptr)
    return result + '}';
  auto stream = eyes->read();
  auto begin = stream.first + static_cast<nanos>(warm_up_seconds * 1e9);
  auto sent_at = [&](const place& x) -> std::optional<nanos> {
    auto i = stream.transactions.find(x);
    if (i == stream.transactions.end() || i->second < begin)
      return std::nullopt;
    return i->second;
  };
  auto sealed_at = [&](const place& x) -> std::optional<nanos> {
    auto i = stream.seals.find(x.first);
    if (!sent_at(x) || i == stream.seals.end())
      return std::nullopt;
    return i->second;
  };
  result += lateness("tick", ticks, sent_at);
  result += lateness("trade", trades, sent_at);
  result += lateness("durable", trades, sealed_at);
  return result + '}';
}

} // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 4) {
    std::fprintf(stderr, "usage: end_to_end_subscriber REDIS_PORT [ENDPOINT "
                         "[WARM_UP_SECONDS]]\n");
    return 2;
  }
  auto compares = argc > 2;
  auto ears = listener{compares};
  auto eyes = observer{};
  std::thread{[&] { listen(std::atoi(argv[1]), ears); }}.detach();
  if (compares)
    std::thread{[&] { observe(argv[2], eyes); }}.detach();
  auto warm_up = argc > 3 ? std::atof(argv[3]) : 0;
  auto line = std::string{};
  while (std::getline(std::cin, line)) {
    std::puts(report(ears, compares ? &eyes : nullptr, warm_up).c_str());
    std::fflush(stdout);
  }
  // Both threads wait for their servers.
  std::_Exit(0);
}
