// How fast the simulator makes transactions, and how large they are.

#include "adapters/simulator/generator.hpp"
#include "domain/update_decoder.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string_view>
#include <vector>

namespace {

using namespace pumpscope;

/// CPU seconds of this process: other work on the machine does not count.
double cpu_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

struct outcome {
  uint64_t transactions = 0;
  uint64_t trades = 0;
  uint64_t bytes = 0;
  uint64_t decoded_trades = 0;
  double elapsed = 0;
  std::vector<uint32_t> sizes = {};
};

outcome run(bool truth, bool decode, uint64_t trades) {
  auto settings = simulator::generator_settings{};
  settings.chain.truth = truth;
  settings.chain.trades = trades;
  auto sut = simulator::generator{settings};
  auto decoder = domain::update_decoder{};
  auto update = simulator::generated_update{};
  auto result = outcome{};
  result.sizes.reserve(trades);
  auto begin = cpu_seconds();
  while (sut.next(update)) {
    result.bytes += update.body.size();
    if (update.kind == simulator::update_kind::transaction) {
      ++result.transactions;
      result.sizes.push_back(static_cast<uint32_t>(update.body.size()));
    }
    if (!decode)
      continue;
    auto parsed
      = decoder.decode({reinterpret_cast<const uint8_t*>(update.body.data()),
                        update.body.size()});
    if (auto* tx = std::get_if<domain::parsed_transaction>(&parsed))
      if (!tx->failed)
        result.decoded_trades += tx->trades.size();
  }
  result.elapsed = cpu_seconds() - begin;
  result.trades = sut.trades();
  return result;
}

} // namespace

int main(int argc, char** argv) {
  auto smoke = argc > 1 && std::string_view{argv[1]} == "--smoke";
  auto trades = smoke      ? 5'000ULL
                : argc > 1 ? std::strtoull(argv[1], nullptr, 10)
                           : 500'000ULL;
  auto plain = run(false, false, trades);
  auto with_truth = run(true, false, trades);
  auto decoded = run(false, true, trades);
  auto& sizes = plain.sizes;
  std::sort(sizes.begin(), sizes.end());
  auto at = [&](size_t percent) {
    return sizes.empty() ? 0U : sizes[(sizes.size() - 1) * percent / 100];
  };
  std::printf(
    "{\"bench\":\"generator\",\"transactions\":%llu,\"trades\":%llu,"
    "\"transactions_per_second\":%.0f,\"with_truth_per_second\":%.0f,"
    "\"generate_and_decode_per_second\":%.0f,\"decoded_trades\":%llu,"
    "\"bytes_mean\":%.0f,\"bytes_p5\":%u,\"bytes_p50\":%u,\"bytes_p95\":%u}\n",
    static_cast<unsigned long long>(plain.transactions),
    static_cast<unsigned long long>(plain.trades),
    static_cast<double>(plain.transactions) / plain.elapsed,
    static_cast<double>(with_truth.transactions) / with_truth.elapsed,
    static_cast<double>(decoded.transactions) / decoded.elapsed,
    static_cast<unsigned long long>(decoded.decoded_trades),
    static_cast<double>(plain.bytes) / static_cast<double>(plain.transactions),
    at(5), at(50), at(95));
  return decoded.decoded_trades == decoded.trades ? 0 : 1;
}
