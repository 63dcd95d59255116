#include "runtime/command.hpp"

#include "config/load.hpp"
#include "config/option_table.hpp"
#include "messages/build_identity.hpp"
#include "runtime/log.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <map>
#include <utility>

namespace pumpscope::runtime {

namespace {

/// A subcommand while the command line is read.
struct declared_command {
  command_ptr command;
  CLI::App* app = nullptr;
  /// Values of the flags of the option table, by key.
  std::map<std::string_view, std::vector<std::string>> values;
};

constexpr auto footer
  = "Every option can also stand in a file (--config-file) or in the "
    "environment\n(PUMPSCOPE_SECTION_NAME); the command line wins. "
    "`pumpscope COMMAND --help` lists\nthe flags of a command. Exit codes: 0 "
    "done, 1 failed, 2 usage or configuration.";

void declare_options(declared_command& x) {
  for (auto key : x.command->option_keys()) {
    const auto* option = config::find_option(key);
    auto help = std::string{option->help} + " ["
                + option->show(config::options{}) + "]";
    if (option->value_name.empty()) {
      auto& values = x.values[key];
      x.app->add_flag_callback(
        std::string{option->flag}, [&values] { values = {"yes"}; }, help);
      continue;
    }
    auto* flag = x.app->add_option(std::string{option->flag}, x.values[key],
                                   help);
    flag->type_name(std::string{option->value_name});
    if (!option->list)
      flag->expected(1);
  }
}

int report(std::string_view command, const failure& x) {
  error_line(std::string{command} + ": " + x.what);
  return static_cast<int>(x.code);
}

/// Says what is wrong with a command line, in one line. `what` is CLI11's text.
void report_usage(const CLI::App& app, const std::vector<std::string>& words,
                  std::string what) {
  auto commands = app.get_subcommands();
  auto help = std::string{"pumpscope"};
  if (!commands.empty()) {
    what = commands.front()->get_name() + ": " + what;
    help += " " + commands.front()->get_name();
  } else {
    // CLI11 only says that it wants a command.
    what = words.empty() ? "a COMMAND is missing"
                         : "\"" + words.front() + "\" is no command";
  }
  error_line(what + " (" + help + " --help)");
}

/// Loads the configuration for a command that was named.
config::loaded load_options(const declared_command& x, std::string config_file,
                            char** environment) {
  auto from = config::sources{};
  from.config_file = std::move(config_file);
  for (auto** i = environment; *i != nullptr; ++i) {
    from.environment.emplace_back(*i);
    constexpr auto file = std::string_view{"PUMPSCOPE_CONFIG_FILE="};
    if (from.config_file.empty() && from.environment.back().starts_with(file))
      from.config_file = from.environment.back().substr(file.size());
  }
  for (const auto& [key, values] : x.values) {
    if (values.empty())
      continue;
    auto text = std::string{};
    for (const auto& value : values)
      text += (text.empty() ? "" : ",") + value;
    from.command_line.emplace_back(key, std::move(text));
  }
  return config::load(from, config::read_file);
}

int run_command(declared_command& x, std::string config_file,
                char** environment) {
  auto name = x.command->name();
  auto loaded = load_options(x, std::move(config_file), environment);
  if (!loaded.problems.empty()) {
    for (const auto& problem : loaded.problems)
      error_line(std::string{name} + ": " + problem);
    return static_cast<int>(exit_code::usage);
  }
  auto done = x.command->run(loaded.options);
  if (!done)
    return report(name, done.error());
  return static_cast<int>(exit_code::ok);
}

} // namespace

int run_program(std::vector<command_ptr> commands, int argc, char** argv,
                char** environment) {
  auto app = CLI::App{"pumpscope: exact wallet ledgers, candles and loss "
                      "boards from the pump.fun and PumpSwap stream.",
                      "pumpscope"};
  app.set_version_flag(
    "--version", "pumpscope " + std::string{messages::this_build().version});
  app.require_subcommand(1);
  app.footer(footer);
  // CLI11's own reading of a file would bypass the option table.
  auto config_file = std::string{};
  auto all = std::vector<declared_command>{};
  all.reserve(commands.size());
  for (auto& command : commands) {
    auto* sub = app.add_subcommand(std::string{command->name()},
                                   std::string{command->summary()});
    auto& x = all.emplace_back();
    x.app = sub;
    sub
      ->add_option("--config-file", config_file,
                   "Configuration file; config/pumpscope.conf explains every "
                   "option.")
      ->type_name("FILE");
    command->declare(*sub);
    x.command = std::move(command);
    declare_options(x);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    // Help and version are no errors; every other case is a wrong usage.
    if (e.get_exit_code() == 0) {
      app.exit(e, std::cout, std::cerr);
      return static_cast<int>(exit_code::ok);
    }
    report_usage(app, {argv + 1, argv + argc}, e.what());
    return static_cast<int>(exit_code::usage);
  }
  for (auto& x : all)
    if (x.app->parsed())
      return run_command(x, config_file, environment);
  return static_cast<int>(exit_code::usage);
}

} // namespace pumpscope::runtime
