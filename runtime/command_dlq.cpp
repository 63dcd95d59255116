#include "runtime/command_dlq.hpp"

#include "config/value.hpp"
#include "domain/base58.hpp"
#include "runtime/json_text.hpp"
#include "runtime/node.hpp"
#include "runtime/open_store.hpp"
#include "runtime/output.hpp"
#include "runtime/retry_letters.hpp"
#include "runtime/stop_signals.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

namespace pumpscope::runtime {

namespace {

constexpr std::string_view keys[] = {"store.url", "store.schema"};

/// Dead letters that one call lists at most.
constexpr size_t letters_max = 100'000;

/// Letters that are read at once when one of them is looked for.
constexpr size_t page_letters = 256;

std::string position_text(const domain::chain_position& x) {
  return std::to_string(x.slot) + ":" + std::to_string(x.tx_index) + ":"
         + std::to_string(x.ix_path);
}

/// Reads what `position_text` writes.
std::optional<domain::chain_position> parse_position(std::string_view text) {
  auto numbers = std::array<uint64_t, 3>{};
  for (size_t i = 0; i < numbers.size(); ++i) {
    auto end = i + 1 < numbers.size() ? text.find(':') : text.size();
    if (end == std::string_view::npos)
      return std::nullopt;
    auto highest = i == 0 ? std::numeric_limits<int64_t>::max()
                          : std::numeric_limits<uint32_t>::max();
    auto number = config::parse_integer(text.substr(0, end), 0, highest);
    if (!number)
      return std::nullopt;
    numbers[i] = *number;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return domain::chain_position{numbers[0], static_cast<uint32_t>(numbers[1]),
                                static_cast<uint32_t>(numbers[2])};
}

/// A source that is at its end: a pipeline does what is left over, and ends.
class empty_source : public messages::source {
public:
  [[nodiscard]] std::string name() const override {
    return "nothing";
  }

  void resume_from(uint64_t) override {
    // Nothing comes from anywhere.
  }

  messages::read_status read(messages::raw_batch&,
                             std::chrono::milliseconds) override {
    return messages::read_status::end;
  }

  [[nodiscard]] std::string last_error() const override {
    return {};
  }

  [[nodiscard]] uint64_t bytes_read() const override {
    return 0;
  }

  [[nodiscard]] uint64_t bytes_total() const override {
    return 0;
  }

  void cancel() override {
    // It never waits.
  }
};

/// Has a pipeline do the repairs that the store has open.
outcome<void> repair(const config::options& options,
                     const std::shared_ptr<messages::store>& store) {
  auto signals = stop_signals{};
  auto reader = checked(store->reader());
  if (!reader)
    return tl::unexpected{std::move(reader.error())};
  auto parts = actors::pipeline_parts{};
  parts.writer_store = store;
  parts.reader_store = std::move(*reader);
  parts.make_source = [] { return std::make_shared<empty_source>(); };
  auto running = node{pipeline_config(options, store->identity().partitions),
                      std::move(parts), options.pipeline.threads};
  auto stopping = false;
  while (!running.wait(std::chrono::milliseconds{50}))
    if (signals.token().stop_requested() && !std::exchange(stopping, true))
      running.stop();
  auto ended = running.result();
  if (!ended)
    return tl::unexpected{std::move(ended.error())};
  if (stopping)
    return fail("stopped by a signal; run it again to go on");
  return {};
}

std::string hex(std::string_view bytes) {
  constexpr auto digits = std::string_view{"0123456789abcdef"};
  auto result = std::string{};
  result.reserve(bytes.size() * 2);
  for (auto c : bytes) {
    auto byte = static_cast<unsigned char>(c);
    result += digits[byte >> 4];
    result += digits[byte & 15];
  }
  return result;
}

std::string to_line(const domain::dead_letter& x, bool with_raw) {
  auto line = json_object{};
  line.text("position", position_text(x.position))
    .text("signature", domain::to_string(x.signature))
    .signed_number("block_time", x.block_time)
    .text("program", x.program == domain::program::pump ? "pump" : "pump_amm")
    .text("reason", domain::to_string(x.reason))
    .number("decoder_version", x.decoder_version)
    .number("raw_bytes", x.raw.size());
  if (with_raw)
    line.text("raw_hex", hex(x.raw));
  return line.str() + "\n";
}

class dlq_command : public command {
public:
  [[nodiscard]] std::string_view name() const override {
    return "dlq";
  }

  [[nodiscard]] std::string_view summary() const override {
    return "List, show or decode again events that could not be decoded (dead "
           "letters).";
  }

  [[nodiscard]] std::span<const std::string_view> option_keys() const override {
    return keys;
  }

  void declare(CLI::App& app) override {
    app.add_option("ACTION", action_, "list, show or retry")
      ->required()
      ->check(CLI::IsMember({"list", "show", "retry"}));
    app.add_option("POSITION", position_text_,
                   "Of the letter to show or retry: SLOT:TX_INDEX:IX_PATH, as "
                   "`list` prints it.");
    app.add_flag("--all", all_, "Retry all letters.");
    app.add_option("--max", count_, "Letters to list at most.")
      ->check(CLI::Range(size_t{1}, letters_max))
      ->capture_default_str();
  }

  outcome<void> run(const config::options& options) override {
    auto position = parse_position(position_text_);
    if (!position_text_.empty() && !position)
      return refuse_usage("POSITION \"" + position_text_
                          + "\" is not SLOT:TX_INDEX:IX_PATH");
    if (all_ && (action_ != "retry" || position))
      return refuse_usage("--all belongs to `dlq retry` without POSITION");
    if (action_ == "list" ? position.has_value() : !position && !all_)
      return refuse_usage("POSITION belongs to `dlq show` and `dlq retry`, and "
                          "only there; `dlq retry --all` takes all letters");
    if (action_ == "retry")
      return retry(options, position);
    auto store = open_store(options.store, store_access::read);
    if (!store)
      return tl::unexpected{std::move(store.error())};
    return position ? show(**store, *position) : list(**store);
  }

private:
  [[nodiscard]] outcome<void> list(messages::store& store) const {
    auto letters = checked(store.load_dead_letters(count_));
    if (!letters)
      return tl::unexpected{std::move(letters.error())};
    auto out = output{};
    for (const auto& x : *letters)
      out.write(to_line(x, false));
    return out.finish();
  }

  [[nodiscard]] outcome<void> show(messages::store& store,
                                   const domain::chain_position& at) const {
    auto after = std::optional<domain::chain_position>{};
    for (;;) {
      auto letters = checked(store.load_dead_letters(after, page_letters));
      if (!letters)
        return tl::unexpected{std::move(letters.error())};
      if (letters->empty())
        return fail("there is no dead letter at " + position_text_);
      after = letters->back().position;
      for (const auto& x : *letters) {
        if (x.position != at)
          continue;
        auto out = output{};
        out.write(to_line(x, true));
        return out.finish();
      }
    }
  }

  [[nodiscard]] outcome<void>
  retry(const config::options& options,
        const std::optional<domain::chain_position>& position) const {
    auto opened = open_store(options.store, store_access::write_existing);
    if (!opened)
      return tl::unexpected{std::move(opened.error())};
    auto store = std::shared_ptr<messages::store>{std::move(*opened)};
    auto report = retry_letters(*store, position);
    if (!report)
      return tl::unexpected{std::move(report.error())};
    auto counts = checked(store->counts());
    if (!counts)
      return tl::unexpected{std::move(counts.error())};
    // Also those of an earlier retry that was killed.
    if (counts->repairs > 0)
      if (auto done = repair(options, store); !done)
        return done;
    auto out = output{};
    out.write(to_json(*report) + "\n");
    if (auto done = out.finish(); !done)
      return done;
    if (position && report->below_retention > 0)
      return fail("the dead letter at " + position_text_
                  + " lies where the journal has dropped its rows "
                    "(retention.trades): it can be no row any more");
    if (position && report->remaining > 0)
      return fail("the dead letter at " + position_text_
                  + " still cannot be decoded");
    return {};
  }

  std::string action_;
  std::string position_text_;
  bool all_ = false;
  size_t count_ = 1'000;
};

} // namespace

command_ptr make_dlq_command() {
  return std::make_unique<dlq_command>();
}

} // namespace pumpscope::runtime
