#include "runtime/command_decode.hpp"

#include "adapters/decode_json/event_json.hpp"
#include "adapters/decode_json/event_printer.hpp"
#include "runtime/file_source.hpp"
#include "runtime/output.hpp"

#include <CLI/CLI.hpp>

#include <fstream>

namespace pumpscope::runtime {

namespace {

/// Longest line `{program, event_base64}` that is read.
constexpr size_t line_bytes_max = size_t{1} << 20;

class decode_command : public command {
public:
  [[nodiscard]] std::string_view name() const override {
    return "decode";
  }

  [[nodiscard]] std::string_view summary() const override {
    return "Print the events of recordings, RPC JSON or payloads as JSON "
           "lines.";
  }

  void declare(CLI::App& app) override {
    app
      .add_option("FILE", paths_,
                  "Recordings (.geyser, .geyser.zst), RPC JSON, or JSON lines "
                  "{program, event_base64}.")
      ->required();
  }

  outcome<void> run(const config::options&) override {
    auto files = look_at_inputs(paths_);
    if (!files)
      return tl::unexpected{std::move(files.error())};
    auto out = output{};
    auto updates = std::vector<input_file>{};
    for (auto& x : *files) {
      if (x.kind != input_kind::event_json)
        updates.push_back(std::move(x));
      else if (auto done = decode_payloads(x.path, out); !done)
        return done;
    }
    if (!updates.empty())
      if (auto done = decode_updates(std::move(updates), out); !done)
        return done;
    return out.finish();
  }

private:
  static outcome<void> decode_payloads(const std::string& path, output& out) {
    auto in = std::ifstream{path, std::ios::binary};
    auto line = std::string{};
    while (!out.failed() && std::getline(in, line)) {
      if (line.size() > line_bytes_max)
        return fail(path + ": a line is longer than 1 MiB");
      if (!line.empty())
        out.write(decode_json::decode_payload_line(line) + "\n");
    }
    if (in.bad())
      return fail(path + ": cannot be read on");
    return {};
  }

  static outcome<void> decode_updates(std::vector<input_file> files,
                                      output& out) {
    auto printer = decode_json::event_printer{[&out](std::string_view line) {
      out.write(line);
      out.write("\n");
    }};
    auto source = make_file_source(std::move(files));
    auto batch = messages::raw_batch{};
    auto status = messages::read_status::ok;
    while (status == messages::read_status::ok && !out.failed()) {
      batch.bytes.clear();
      batch.ends.clear();
      status = source->read(batch, std::chrono::milliseconds{0});
      for (auto i = size_t{0}; i < batch.size(); ++i)
        printer.print(batch.update(i));
    }
    printer.finish();
    // What came before the tear is good; the tear is an error all the same.
    if (!source->last_error().empty()) {
      if (auto done = out.finish(); !done)
        return done;
      return fail(source->last_error());
    }
    return {};
  }

  std::vector<std::string> paths_;
};

} // namespace

command_ptr make_decode_command() {
  return std::make_unique<decode_command>();
}

} // namespace pumpscope::runtime
