#include "runtime/replay_report.hpp"

#include "domain/base58.hpp"
#include "runtime/json_text.hpp"
#include "runtime/terminal.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace pumpscope::runtime {

namespace {

std::string to_json(const messages::mint_break& x) {
  const auto& at = x.value.position;
  auto line = json_object{};
  line.text("mint", domain::to_string(x.mint));
  if (domain::is_default(x.value.pool))
    line.raw("pool", "null");
  else
    line.text("pool", domain::to_string(x.value.pool));
  return line.number("slot", at.slot)
    .number("tx_index", at.tx_index)
    .number("ix_path", at.ix_path)
    .amount("expected_base", x.value.expected.base)
    .amount("expected_quote", x.value.expected.quote)
    .amount("found_base", x.value.found.base)
    .amount("found_quote", x.value.found.quote)
    .str();
}

uint64_t per_second(uint64_t count, std::chrono::milliseconds elapsed) {
  auto time = std::max<int64_t>(elapsed.count(), 1);
  return static_cast<uint64_t>(static_cast<double>(count) * 1'000
                               / static_cast<double>(time));
}

} // namespace

void measure_process(replay_report& x) {
  auto usage = rusage{};
  getrusage(RUSAGE_SELF, &usage);
  auto milliseconds = [](const timeval& time) {
    return std::chrono::milliseconds{time.tv_sec * 1'000
                                     + time.tv_usec / 1'000};
  };
  x.cpu = milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime);
  x.memory_bytes_max = static_cast<uint64_t>(usage.ru_maxrss) * 1'024;
}

std::string to_json(const replay_report& x) {
  auto breaks = std::string{"["};
  for (const auto& broken : x.status.breaks)
    breaks += (breaks.size() > 1 ? "," : "") + to_json(broken);
  const auto& s = x.status;
  return json_object{}
    .number("trades", x.store.trades)
    .number("token_events", x.store.token_events)
    .number("max_jpos", x.store.max_jpos)
    .number("slots", x.store.slots)
    .number("open_gaps", x.store.open_gaps)
    .number("dead_letters", x.store.dead_letters)
    .number("repairs_open", x.store.repairs)
    .signed_number("chain_time", x.head.chain_time)
    .number("sealed_slot", x.head.sealed_slot)
    .number("epoch", x.head.epoch)
    .number("run_updates", s.updates)
    .number("run_transactions", s.transactions)
    .number("run_failed_transactions", s.failed_transactions)
    .number("run_trades", s.trades)
    .number("run_token_events", s.token_events)
    .number("run_ignored", s.ignored)
    .number("run_foreign_events", s.foreign_events)
    .number("run_malformed_updates", s.malformed_updates)
    .number("run_dead_letters", s.dead_letters)
    .number("run_duplicates", s.duplicates)
    .number("run_late", s.late)
    .number("run_repairs", s.repairs)
    .number("run_gaps", s.gaps)
    .number("run_below_retention", s.below_retention)
    .number("run_dead_slots", s.dead_slots)
    .number("run_voided_slots", s.voided_slots)
    .number("run_abandoned_transactions", s.abandoned_transactions)
    .number("run_rejected_rows", s.rejected_rows)
    .number("run_restarts", s.restarts)
    .number("run_entity_restarts", s.entity_restarts)
    .number("run_epochs", s.epochs)
    .number("wallets_live", s.wallets_live)
    .number("tokens_live", s.tokens_live)
    .number("elapsed_ms", static_cast<uint64_t>(x.elapsed.count()))
    .number("cpu_ms", static_cast<uint64_t>(x.cpu.count()))
    .number("memory_bytes_max", x.memory_bytes_max)
    .number("trades_per_second", per_second(s.trades, x.elapsed))
    .number("reserve_breaks_total", s.reserve_breaks)
    .raw("reserve_breaks", breaks + "]")
    .str();
}

std::string to_text(const replay_report& x) {
  const auto& s = x.status;
  auto result = std::string{};
  auto line = [&result](std::string_view name, const std::string& value) {
    result += std::string{name} + std::string(24 - name.size(), ' ') + value
              + "\n";
  };
  line("trades", grouped(x.store.trades) + " in the store, " + grouped(s.trades)
                   + " new");
  line("token events", grouped(x.store.token_events) + " in the store, "
                         + grouped(s.token_events) + " new");
  line("slots sealed", grouped(x.store.slots));
  line("updates read", grouped(s.updates));
  line("duplicates", grouped(s.duplicates));
  line("late transactions", grouped(s.late));
  if (s.below_retention != 0)
    line("below retention", grouped(s.below_retention) + " rows refused");
  line("failed transactions", grouped(s.failed_transactions));
  line("dead letters", grouped(x.store.dead_letters));
  line("open gaps", grouped(x.store.open_gaps));
  line("reserve breaks", grouped(s.reserve_breaks));
  line("time", std::to_string(x.elapsed.count()) + " ms, CPU "
                 + std::to_string(x.cpu.count()) + " ms");
  line("rate", grouped(per_second(s.trades, x.elapsed)) + " trades/s");
  return result;
}

} // namespace pumpscope::runtime
