#include "runtime/command_record.hpp"

#include "runtime/json_text.hpp"
#include "runtime/log.hpp"
#include "runtime/output.hpp"
#include "runtime/recorder.hpp"
#include "runtime/stop_signals.hpp"
#include "runtime/yellowstone_settings.hpp"

#include <CLI/CLI.hpp>

#include <filesystem>

namespace pumpscope::runtime {

namespace {

constexpr std::string_view keys[] = {
  "source.endpoint",    "source.x-token-file",     "source.ca-file",
  "source.from-slot",   "source.resume-slots",     "source.backoff-min",
  "source.backoff-max", "source.keepalive-period", "source.keepalive-timeout",
  "source.message-size"};

class record_command : public command {
public:
  [[nodiscard]] std::string_view name() const override {
    return "record";
  }

  [[nodiscard]] std::string_view summary() const override {
    return "Write a live stream into a recording.";
  }

  [[nodiscard]] std::span<const std::string_view> option_keys() const override {
    return keys;
  }

  void declare(CLI::App& app) override {
    app
      .add_option("-o,--output", file_,
                  "Recording to write: .geyser or "
                  ".geyser.zst.")
      ->required()
      ->type_name("FILE");
    app
      .add_option("--updates", updates_,
                  "Updates to record; 0: until a "
                  "signal.")
      ->capture_default_str();
  }

  outcome<void> run(const config::options& options) override {
    if (options.source.endpoints.empty())
      return refuse_usage("--endpoint is missing");
    if (options.source.endpoints.size() > 1)
      return refuse_usage("--endpoint: a recording is of one endpoint");
    auto signals = stop_signals{};
    auto client = yellowstone_settings(options.source);
    if (!client)
      return tl::unexpected{std::move(client.error())};
    auto settings = recorder_settings{};
    settings.client = std::move(*client);
    settings.backoff = backoff_of(options.source);
    settings.from_slot = options.source.from_slot;
    settings.resume_slots = options.source.resume_slots;
    settings.updates_max = updates_;
    // What a stream has sent cannot be had again.
    auto error = std::error_code{};
    if (std::filesystem::is_regular_file(file_, error)
        && std::filesystem::file_size(file_, error) > 0)
      return fail(file_ + " is there already: name another file, or remove it");
    auto writer = recording::writer::create(file_);
    if (!writer)
      return fail(writer.error().text);
    auto work = recorder{std::move(settings), **writer,
                         [](const std::string& text) { warning_line(text); }};
    auto summary = work.run(signals.token());
    if (!summary)
      return tl::unexpected{std::move(summary.error())};
    auto out = output{};
    out.write(json_object{}
                .text("file", file_)
                .number("updates", summary->updates)
                .number("bytes", summary->bytes)
                .number("first_slot", summary->first_slot)
                .number("last_slot", summary->last_slot)
                .number("reconnects", summary->reconnects)
                .str()
              + "\n");
    return out.finish();
  }

private:
  std::string file_;
  uint64_t updates_ = 0;
};

} // namespace

command_ptr make_record_command() {
  return std::make_unique<record_command>();
}

} // namespace pumpscope::runtime
