#include "runtime/command_node.hpp"

#include "runtime/cluster.hpp"
#include "runtime/node_row.hpp"
#include "runtime/open_store.hpp"
#include "runtime/output.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <thread>

namespace pumpscope::runtime {

namespace {

using std::chrono::milliseconds;

constexpr std::string_view keys[] = {"store.url",
                                     "store.schema",
                                     "store.connect-timeout",
                                     "store.statement-timeout",
                                     "store.lock-timeout",
                                     "cluster.ttl"};

/// How often `drain` looks whether the node is gone, and how long it may take.
constexpr auto look_period = milliseconds{200};
constexpr auto drain_max = std::chrono::minutes{5};

/// A column with room for its longest text.
std::string padded(std::string text, size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text + "  ";
}

class node_command : public command {
public:
  [[nodiscard]] std::string_view name() const override {
    return "node";
  }

  [[nodiscard]] std::string_view summary() const override {
    return "List the nodes of a cluster, or have one give all away and end.";
  }

  [[nodiscard]] std::span<const std::string_view> option_keys() const override {
    return keys;
  }

  void declare(CLI::App& app) override {
    app
      .add_option("ACTION", action_,
                  "list, or drain NAME: wait until that node has ended")
      ->required()
      ->check(CLI::IsMember({"list", "drain"}));
    app.add_option("NAME", name_, "drain: which node, as list calls it.");
    app.add_flag("--json", json_, "list: one line of JSON for each node.");
  }

  outcome<void> run(const config::options& options) override {
    auto nodes = open_cluster(options);
    if (!nodes)
      return tl::unexpected{std::move(nodes.error())};
    if (action_ == "drain")
      return name_.empty() ? refuse_usage("drain needs the NAME of a node")
                           : drain(**nodes);
    if (!name_.empty())
      return refuse_usage("NAME belongs to drain");
    auto view = checked((*nodes)->view());
    if (!view)
      return tl::unexpected{std::move(view.error())};
    return list(*view);
  }

private:
  [[nodiscard]] outcome<void> list(const messages::cluster_view& view) const {
    auto out = output{};
    auto width = size_t{4};
    for (auto& x : view.members)
      width = std::max(width, x.self.name.size());
    if (!json_)
      out.write(padded("name", width) + padded("role", 9)
                + padded("partitions", 10) + padded("beat", 8)
                + padded("build", 8) + "http\n");
    for (auto& x : view.members)
      out.write(json_
                  ? to_json(x, view.sequencer) + "\n"
                  : padded(x.self.name, width)
                      + padded(role_of(x, view.sequencer), 9)
                      + padded(std::to_string(x.partitions), 10)
                      + padded(std::to_string(x.beat_age.count()) + " ms", 8)
                      + padded(x.self.build, 8) + x.self.http + "\n");
    return out.finish();
  }

  [[nodiscard]] outcome<void> drain(messages::membership& nodes) const {
    auto before = checked(nodes.view());
    if (!before)
      return tl::unexpected{std::move(before.error())};
    auto id = uint64_t{0};
    for (auto& x : before->members)
      if (x.alive && x.self.name == name_)
        id = x.self.id;
    auto asked = checked(nodes.drain(name_));
    if (!asked)
      return tl::unexpected{std::move(asked.error())};
    if (!*asked || id == 0)
      return fail("no node called " + name_ + " lives");
    auto end = std::chrono::steady_clock::now() + drain_max;
    for (;;) {
      auto view = checked(nodes.view());
      if (!view)
        return tl::unexpected{std::move(view.error())};
      if (view->living(id) == nullptr)
        return {};
      if (std::chrono::steady_clock::now() >= end)
        return fail(name_ + " is asked to end, and still lives");
      std::this_thread::sleep_for(look_period);
    }
  }

  std::string action_;
  std::string name_;
  bool json_ = false;
};

} // namespace

command_ptr make_node_command() {
  return std::make_unique<node_command>();
}

} // namespace pumpscope::runtime
