#include "runtime/command_verify.hpp"

#include "runtime/open_store.hpp"
#include "runtime/output.hpp"
#include "runtime/verify.hpp"

#include <CLI/CLI.hpp>

#include <csignal>

namespace pumpscope::runtime {

namespace {

constexpr std::string_view keys[] = {"store.url", "store.schema"};

class verify_command : public command {
public:
  [[nodiscard]] std::string_view name() const override {
    return "verify";
  }

  [[nodiscard]] std::string_view summary() const override {
    return "Compute all states again from the journal and compare.";
  }

  [[nodiscard]] std::span<const std::string_view> option_keys() const override {
    return keys;
  }

  void declare(CLI::App& app) override {
    app.add_flag("--json", json_, "Print one line of JSON.");
  }

  outcome<void> run(const config::options& options) override {
    // The exit code tells of differences also when nobody reads the report.
    std::signal(SIGPIPE, SIG_IGN);
    auto store = open_store(options.store, store_access::read_moment);
    if (!store)
      return tl::unexpected{std::move(store.error())};
    auto report = verify(**store);
    if (!report)
      return tl::unexpected{std::move(report.error())};
    auto out = output{};
    if (json_)
      out.write(to_json(*report) + "\n");
    else
      print(*report, out);
    if (auto done = out.finish(); !done)
      return done;
    if (report->mismatches != 0)
      return fail(std::to_string(report->mismatches)
                  + " differences between the journal and what is stored in "
                  + config::to_text(options.store.url));
    return {};
  }

private:
  static void print(const verify_report& x, output& out) {
    for (const auto& line : x.mismatch_lines)
      out.write(line + "\n");
    if (x.mismatches > x.mismatch_lines.size())
      out.write("… and "
                + std::to_string(x.mismatches - x.mismatch_lines.size())
                + " more\n");
    for (const auto& line : x.break_lines)
      out.write(line + "\n");
    auto count = [&out](std::string_view what, uint64_t number) {
      out.write(std::string{what} + ": " + std::to_string(number) + "\n");
    };
    if (x.retention.pass != 0)
      out.write("started at a baseline: the journal begins at slot "
                + std::to_string(x.retention.start_slot) + ", "
                + std::to_string(x.retention.dropped_trades
                                 + x.retention.dropped_token_events)
                + " older rows were dropped; " + std::to_string(x.candles_below)
                + " candles that closed before were not compared\n");
    count("trades", x.trades);
    count("token events", x.token_events);
    count("positions compared", x.positions);
    count("wallets compared", x.wallets);
    count("tokens compared", x.tokens);
    count("candles compared", x.candles);
    count("window buckets compared", x.wallet_buckets);
    count("board rows compared", x.board_rows);
    count("partitions behind the journal", x.partitions_behind);
    count("keys in repair, not compared", x.repairs_open);
    count("open gaps", x.gaps_open);
    count("voided slots", x.slots_voided);
    count("reserve breaks", x.reserve_breaks);
    count("differences", x.mismatches);
  }

  bool json_ = false;
};

} // namespace

command_ptr make_verify_command() {
  return std::make_unique<verify_command>();
}

} // namespace pumpscope::runtime
