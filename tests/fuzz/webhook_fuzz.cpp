// Payloads of webhooks: any bytes are taken or refused, what is told may be
// shown, and each update can be walked or is found damaged, never worse.

#include "adapters/webhook/payload.hpp"
#include "domain/update_decoder.hpp"
#include "tests/fuzz/require.hpp"

#include <algorithm>

using namespace pumpscope;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto text = std::string_view{reinterpret_cast<const char*>(data), size};
  auto decoder = domain::update_decoder{};
  auto updates = size_t{0};
  auto report = webhook::read_payload(text, [&](auto update) {
    ++updates;
    auto parsed = decoder.decode(update);
    if (auto x = std::get_if<domain::parsed_transaction>(&parsed))
      fuzz::require(x->slot != 0, "a transaction with a slot");
  });
  fuzz::require(updates >= report.accepted, "an update for each entry");
  fuzz::require(updates <= 2 * report.accepted + report.malformed,
                "a block time and an update for each entry at most");
  fuzz::require(report.problem.size() < 300, "a short problem");
  fuzz::require(std::all_of(report.problem.begin(), report.problem.end(),
                            [](char c) { return c >= 0x20 && c < 0x7F; }),
                "a problem that may be shown");
  fuzz::require(report.malformed == 0 || !report.problem.empty(),
                "a problem with each bad entry");
  return 0;
}
