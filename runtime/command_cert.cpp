#include "runtime/command_cert.hpp"

#include "adapters/tls/certificate_authority.hpp"
#include "adapters/tls/identity_files.hpp"
#include "runtime/json_text.hpp"
#include "runtime/output.hpp"

#include <CLI/CLI.hpp>

#include <array>
#include <chrono>
#include <ctime>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace pumpscope::runtime {

namespace {

/// Base name of the files of the authority.
constexpr auto authority_name = "ca";

/// Ten years; and what browsers accept of a private authority.
constexpr uint32_t authority_days = 3'650;
constexpr uint32_t node_days = 825;

std::string shown_time(std::chrono::sys_seconds x) {
  auto seconds = std::chrono::system_clock::to_time_t(x);
  auto parts = std::tm{};
  gmtime_r(&seconds, &parts);
  auto text = std::array<char, 32>{};
  auto size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ",
                            &parts);
  return {text.data(), size};
}

class cert_command : public command {
public:
  [[nodiscard]] std::string_view name() const override {
    return "cert";
  }

  [[nodiscard]] std::string_view summary() const override {
    return "Make the certificates that the nodes of a cluster know each other "
           "by.";
  }

  void declare(CLI::App& app) override {
    app
      .add_option("ACTION", action_,
                  "ca: a new private authority; node: a certificate that it "
                  "signs")
      ->required()
      ->check(CLI::IsMember({"ca", "node"}));
    app.add_option("NAME", name_,
                   "node: what it is called: 1 to 63 letters, digits and . _ "
                   "-, the name of its files too.");
    app
      .add_option("--out", out_,
                  "Where NAME.crt and NAME.key are written, or ca.crt and "
                  "ca.key; made when it is missing.")
      ->required()
      ->type_name("FOLDER");
    app
      .add_option("--ca", authority_,
                  "node: the folder with ca.crt and ca.key.")
      ->type_name("FOLDER");
    app
      .add_option("--host", hosts_,
                  "node: a name or IP address under which others reach it; "
                  "may be given several times.")
      ->type_name("HOST_OR_IP")
      ->allow_extra_args(false);
    app
      .add_option("--days", days_,
                  "How long the certificate is valid: 3650 for ca and 825 for "
                  "node unless it is given.")
      ->type_name("N")
      ->check(CLI::Range(uint32_t{1}, tls::days_max));
  }

  outcome<void> run(const config::options&) override {
    if (out_.empty())
      return refuse_usage("--out is empty");
    if (action_ == "ca")
      return make_authority();
    return make_node();
  }

private:
  [[nodiscard]] outcome<void> make_authority() const {
    if (!name_.empty() || !authority_.empty() || !hosts_.empty())
      return refuse_usage("NAME, --ca and --host belong to node");
    auto made = tls::certificate_authority::create(validity(authority_days));
    if (!made)
      return fail(std::move(made.error()));
    return write(authority_name, *made);
  }

  [[nodiscard]] outcome<void> make_node() const {
    if (name_.empty())
      return refuse_usage("node needs NAME");
    if (authority_.empty())
      return refuse_usage("node needs --ca FOLDER: where the authority lies");
    if (auto checked = tls::check_node_name(name_); !checked)
      return refuse_usage("NAME: " + checked.error());
    if (hosts_.size() > tls::hosts_max)
      return refuse_usage("--host: more than " + std::to_string(tls::hosts_max)
                          + " of them");
    for (const auto& host : hosts_)
      if (auto checked = tls::check_host(host); !checked)
        return refuse_usage("--host: " + checked.error());
    auto files = tls::identity_files{authority_, authority_name};
    auto kept = tls::read_identity(files);
    if (!kept)
      return fail(std::move(kept.error()));
    auto authority = tls::certificate_authority::load(*kept);
    if (!authority)
      return fail(files.certificate.string() + ": " + authority.error());
    auto made = authority->issue({name_, hosts_}, validity(node_days));
    if (!made)
      return fail(files.certificate.string() + ": " + made.error());
    return write(name_, *made);
  }

  [[nodiscard]] tls::validity validity(uint32_t days) const {
    auto now = std::chrono::floor<std::chrono::seconds>(
      std::chrono::system_clock::now());
    return {now, days_ == 0 ? days : days_};
  }

  /// Writes what was made, and tells where.
  [[nodiscard]] outcome<void> write(const std::string& name,
                                    const tls::issued_identity& made) const {
    auto files = tls::identity_files{out_, name};
    if (auto written = tls::write_identity(files, made.value); !written)
      return fail(std::move(written.error()));
    auto out = output{};
    out.write(json_object{}
                .text("certificate", files.certificate.string())
                .text("key", files.key.string())
                .text("valid_until", shown_time(made.valid_until))
                .str()
              + "\n");
    return out.finish();
  }

  std::string action_ = {};
  std::string name_ = {};
  std::string out_ = {};
  std::string authority_ = {};
  std::vector<std::string> hosts_ = {};
  /// 0 = not given.
  uint32_t days_ = 0;
};

} // namespace

command_ptr make_cert_command() {
  return std::make_unique<cert_command>();
}

} // namespace pumpscope::runtime
