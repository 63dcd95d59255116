// The wire walk and the event decoders against protobuf objects, on the same
// bytes in the same run: CPU time of one transaction.

#include "adapters/recording/reader.hpp"
#include "adapters/simulator/generator.hpp"
#include "domain/known_keys.hpp"
#include "domain/pump_events.hpp"
#include "domain/update_decoder.hpp"
#include "geyser.pb.h"

#include <google/protobuf/arena.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace pumpscope;

using updates = std::vector<std::vector<uint8_t>>;

double cpu_seconds() {
  timespec now = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec)
         + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// Transactions of the recordings in the shared data.
updates recorded(const std::string& folder) {
  updates result;
  auto path = folder + "/recordings/public-curves-2025-10-20.geyser";
  auto reader = recording::reader::open(path);
  if (!reader)
    return result;
  auto view = std::make_unique<domain::update_view>();
  for (;;) {
    auto next = (*reader)->next();
    if (!next || !*next)
      return result;
    if (walk_update(**next, *view)
        && view->kind == domain::update_kind::transaction)
      result.emplace_back((*next)->begin(), (*next)->end());
  }
}

/// Transactions of the simulator, where there are no recordings.
updates simulated(size_t count) {
  simulator::generator_settings settings;
  settings.chain.trades = count;
  simulator::generator generator{settings};
  simulator::generated_update update;
  updates result;
  while (generator.next(update) && result.size() < count)
    if (update.kind == simulator::update_kind::transaction)
      result.emplace_back(update.body.begin(), update.body.end());
  return result;
}

/// Finds and decodes the events of a parsed object; the number of trades.
uint64_t decode_objects(const geyser::SubscribeUpdate& update) {
  auto& info = update.transaction().transaction();
  auto& meta = info.meta();
  auto& message = info.transaction().message();
  if (meta.has_err())
    return 0;
  auto key = [&](uint32_t at) -> const std::string* {
    auto i = static_cast<int>(at);
    if (i < message.account_keys_size())
      return &message.account_keys(i);
    i -= message.account_keys_size();
    if (i < meta.loaded_writable_addresses_size())
      return &meta.loaded_writable_addresses(i);
    i -= meta.loaded_writable_addresses_size();
    return i < meta.loaded_readonly_addresses_size()
             ? &meta.loaded_readonly_addresses(i)
             : nullptr;
  };
  uint64_t trades = 0;
  for (auto& group : meta.inner_instructions()) {
    for (auto& x : group.instructions()) {
      auto& data = x.data();
      if (data.size() < 16
          || std::memcmp(data.data(), domain::event_wrapper, 8) != 0)
        continue;
      auto id = key(x.program_id_index());
      auto ours
        = id != nullptr
          && (std::memcmp(id->data(),
                          domain::known_keys::pump_program.bytes.data(), 32)
                == 0
              || std::memcmp(id->data(),
                             domain::known_keys::pump_amm_program.bytes.data(),
                             32)
                   == 0);
      if (!ours)
        continue;
      uint64_t discriminator = 0;
      std::memcpy(&discriminator, data.data() + 8, 8);
      std::span fields{reinterpret_cast<const uint8_t*>(data.data()) + 16,
                       data.size() - 16};
      auto decoded = [&](auto event) {
        return decode_event(fields, event).has_value() ? 1U : 0U;
      };
      if (auto kind = domain::idl::find_event(domain::program::pump,
                                              discriminator);
          kind != nullptr && kind->name == "TradeEvent")
        trades += decoded(domain::trade_event{});
      else if (kind = domain::idl::find_event(domain::program::pump_amm,
                                              discriminator);
               kind != nullptr && kind->name == "BuyEvent")
        trades += decoded(domain::buy_event{});
      else if (kind != nullptr && kind->name == "SellEvent")
        trades += decoded(domain::sell_event{});
    }
  }
  return trades;
}

/// CPU microseconds of one transaction; the least of all rounds counts.
struct contender {
  double best = 1e9;
  uint64_t trades = 0;

  template <class F>
  void run(const updates& input, F decode) {
    trades = 0;
    auto begin = cpu_seconds();
    for (auto& x : input)
      trades += decode(x);
    auto each = (cpu_seconds() - begin) * 1e6
                / static_cast<double>(input.size());
    best = std::min(best, each);
  }
};

} // namespace

int main(int argc, char** argv) {
  auto smoke = argc > 1 && std::string_view{argv[1]} == "--smoke";
  auto folder = std::getenv("PUMPSCOPE_SHARED_DATA");
  auto input = recorded(folder != nullptr ? std::string{folder}
                                          : std::string{PUMPSCOPE_SOURCE_DIR}
                                              + "/../shared/data");
  auto source = "recording";
  if (input.empty()) {
    input = simulated(2'000);
    source = "simulator";
  }
  size_t bytes = 0;
  for (auto& x : input)
    bytes += x.size();
  contender walk;
  contender walk_only;
  contender objects;
  contender arena_objects;
  domain::update_decoder decoder;
  auto view = std::make_unique<domain::update_view>();
  geyser::SubscribeUpdate reused;
  std::vector<char> block(1U << 20);
  auto rounds = smoke ? 2 : 300;
  // One round each in turn, so that a disturbance hits all of them.
  for (int round = 0; round < rounds; ++round) {
    walk.run(input, [&](auto& x) -> uint64_t {
      auto parsed = decoder.decode(x);
      auto tx = std::get_if<domain::parsed_transaction>(&parsed);
      return tx != nullptr ? tx->trades.size() : 0;
    });
    walk_only.run(input, [&](auto& x) -> uint64_t {
      return walk_update(x, *view).has_value() ? view->transaction.inner.size()
                                               : 0;
    });
    objects.run(input, [&](auto& x) {
      reused.ParseFromArray(x.data(), static_cast<int>(x.size()));
      return decode_objects(reused);
    });
    arena_objects.run(input, [&](auto& x) {
      google::protobuf::ArenaOptions options;
      options.initial_block = block.data();
      options.initial_block_size = block.size();
      google::protobuf::Arena arena{options};
      auto update
        = google::protobuf::Arena::CreateMessage<geyser::SubscribeUpdate>(
          &arena);
      update->ParseFromArray(x.data(), static_cast<int>(x.size()));
      return decode_objects(*update);
    });
  }
  if (walk.trades != objects.trades || walk.trades != arena_objects.trades
      || walk.trades == 0) {
    std::fprintf(stderr, "error: the contenders found different trades\n");
    return 1;
  }
  std::printf("{\"source\":\"%s\",\"transactions\":%zu,"
              "\"bytes_per_transaction\":%zu,\"trades\":%llu,"
              "\"decode_us\":%.3f,\"walk_only_us\":%.3f,"
              "\"protobuf_reused_us\":%.3f,\"protobuf_arena_us\":%.3f,"
              "\"ratio\":%.2f,\"ratio_best_protobuf\":%.2f}\n",
              source, input.size(), bytes / input.size(),
              static_cast<unsigned long long>(walk.trades), walk.best,
              walk_only.best, objects.best, arena_objects.best,
              objects.best / walk.best,
              std::min(objects.best, arena_objects.best) / walk.best);
  return 0;
}
