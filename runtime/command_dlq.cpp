#include "runtime/command_dlq.hpp"

#include "config/value.hpp"
#include "domain/base58.hpp"
#include "runtime/json_text.hpp"
#include "runtime/open_store.hpp"
#include "runtime/output.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <limits>
#include <optional>

namespace pumpscope::runtime {

namespace {

constexpr std::string_view keys[] = {"store.url"};

/// Dead letters that one call reads at most.
constexpr size_t letters_max = 100'000;

std::string position_text(const domain::chain_position& x) {
  return std::to_string(x.slot) + ":" + std::to_string(x.tx_index) + ":"
         + std::to_string(x.ix_path);
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
    return "List or show events that could not be decoded (dead letters).";
  }

  [[nodiscard]] std::span<const std::string_view> option_keys() const override {
    return keys;
  }

  void declare(CLI::App& app) override {
    app.add_option("ACTION", action_, "list or show")
      ->required()
      ->check(CLI::IsMember({"list", "show"}));
    app.add_option("POSITION", position_,
                   "Of the letter to show: SLOT:TX_INDEX:IX_PATH, as `list` "
                   "prints it.");
    app.add_option("--max", count_, "Letters to list at most.")
      ->check(CLI::Range(size_t{1}, letters_max))
      ->capture_default_str();
  }

  outcome<void> run(const config::options& options) override {
    if ((action_ == "show") == position_.empty())
      return refuse_usage("POSITION belongs to `dlq show`, and only there");
    auto store = open_store(options.store, store_access::read);
    if (!store)
      return tl::unexpected{std::move(store.error())};
    auto show = action_ == "show";
    auto letters
      = checked((*store)->load_dead_letters(show ? letters_max : count_));
    if (!letters)
      return tl::unexpected{std::move(letters.error())};
    auto out = output{};
    auto found = false;
    for (const auto& x : *letters) {
      if (show && position_text(x.position) != position_)
        continue;
      found = true;
      out.write(to_line(x, show));
    }
    if (show && !found)
      return fail("there is no dead letter at " + position_);
    return out.finish();
  }

private:
  std::string action_;
  std::string position_;
  size_t count_ = 1'000;
};

} // namespace

command_ptr make_dlq_command() {
  return std::make_unique<dlq_command>();
}

} // namespace pumpscope::runtime
