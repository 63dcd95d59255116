#include "runtime/facts_reader.hpp"

#include "messages/build_identity.hpp"
#include "runtime/api_backend.hpp"

#include <utility>

namespace pumpscope::runtime {

namespace {

/// Totals of a store take a look at many rows.
constexpr auto count_period = std::chrono::seconds{5};

} // namespace

facts_reader::facts_reader(bool simulated, std::string source) {
  facts_.version = messages::this_build().version;
  facts_.simulated = simulated;
  facts_.source = std::move(source);
}

api::node_facts facts_reader::read(messages::store& looker,
                                   const messages::pipeline_status* status) {
  auto now = clock::now();
  facts_.uptime_seconds = static_cast<uint64_t>(
    std::chrono::duration_cast<std::chrono::seconds>(now - started_at_)
      .count());
  if (auto head = looker.read_head())
    facts_.head = *head;
  if (counted_at_ == clock::time_point{} || now - counted_at_ >= count_period) {
    if (auto counts = looker.counts()) {
      facts_.counts = *counts;
      counted_at_ = now;
    }
  }
  read_gaps(looker);
  if (status != nullptr) {
    facts_.tokens = status->tokens_known;
    facts_.wallets = status->wallets_known;
    auto sealed = facts_.head.sealed_slot;
    facts_.lag_slots
      = status->highest_slot > sealed ? status->highest_slot - sealed : 0;
  }
  return facts_;
}

void facts_reader::read_gaps(messages::store& looker) {
  auto rows = looker.load_gaps(true);
  if (!rows || *rows == rows_)
    return;
  rows_ = *rows;
  facts_.counts.open_gaps = rows_.size();
  facts_.gaps = known_gaps(looker, std::move(*rows));
}

} // namespace pumpscope::runtime
