#include "runtime/command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

namespace pumpscope::runtime {

namespace {

using ::testing::HasSubstr;

constexpr std::string_view keys[] = {"store.url", "pipeline.epoch-trades",
                                     "source.endpoint"};

/// Remembers the options that it was run with.
class fake_command : public command {
public:
  fake_command(std::optional<config::options>& seen, outcome<void> answer)
    : seen_(seen), answer_(std::move(answer)) {
    // nop
  }

  [[nodiscard]] std::string_view name() const override {
    return "fake";
  }

  [[nodiscard]] std::string_view summary() const override {
    return "Does nothing.";
  }

  [[nodiscard]] std::span<const std::string_view> option_keys() const override {
    return keys;
  }

  outcome<void> run(const config::options& options) override {
    seen_ = options;
    return answer_;
  }

private:
  std::optional<config::options>& seen_;
  outcome<void> answer_;
};

/// What came of a run of the program.
struct program_run {
  int code = 0;
  std::optional<config::options> options = {};
  std::string out = {};
  std::string err = {};
};

program_run run_with(std::vector<std::string> arguments,
                     std::vector<std::string> environment = {},
                     outcome<void> answer = {}) {
  auto result = program_run{};
  auto commands = std::vector<command_ptr>{};
  commands.push_back(
    std::make_unique<fake_command>(result.options, std::move(answer)));
  arguments.insert(arguments.begin(), "pumpscope");
  auto pointers = [](std::vector<std::string>& xs) {
    auto raw = std::vector<char*>{};
    for (auto& x : xs)
      raw.push_back(x.data());
    raw.push_back(nullptr);
    return raw;
  };
  auto argv = pointers(arguments);
  auto envp = pointers(environment);
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  result.code = run_program(std::move(commands),
                            static_cast<int>(arguments.size()), argv.data(),
                            envp.data());
  result.out = ::testing::internal::GetCapturedStdout();
  result.err = ::testing::internal::GetCapturedStderr();
  return result;
}

TEST(program, hands_the_loaded_options_to_the_command) {
  auto done = run_with({"fake", "--store", "sqlite:a.db"},
                       {"PUMPSCOPE_PIPELINE_EPOCH_TRADES=7"});

  EXPECT_EQ(done.code, 0);
  ASSERT_TRUE(done.options);
  EXPECT_EQ(done.options->store.url.path, "a.db");
  EXPECT_EQ(done.options->pipeline.epoch_trades, 7U);
}

TEST(program, ends_with_2_and_runs_nothing_when_the_usage_is_wrong) {
  for (auto arguments : std::vector<std::vector<std::string>>{
         {},
         {"unknown"},
         {"fake", "--no-such-flag"},
         {"fake", "--store"},
         {"fake", "surplus"},
         {"fake", "--store", "sqlite:a", "--store", "sqlite:b"}}) {
    auto done = run_with(arguments);
    EXPECT_EQ(done.code, 2) << ::testing::PrintToString(arguments);
    EXPECT_FALSE(done.options);
    EXPECT_NE(done.err, "");
  }
}

TEST(program, lists_every_configuration_problem_and_ends_with_2) {
  auto done = run_with({"fake", "--store", "mysql:x", "--epoch-trades", "0"});

  EXPECT_EQ(done.code, 2);
  EXPECT_FALSE(done.options);
  EXPECT_THAT(done.err, HasSubstr("--store"));
  EXPECT_THAT(done.err, HasSubstr("--epoch-trades"));
}

TEST(program, ends_with_the_code_of_a_failed_command_and_one_line) {
  auto failed = run_with({"fake"}, {}, fail("the disk is full"));
  auto refused = run_with({"fake"}, {}, refuse_usage("no KIND"));

  EXPECT_EQ(failed.code, 1);
  EXPECT_EQ(failed.err, "pumpscope: error: fake: the disk is full\n");
  EXPECT_EQ(refused.code, 2);
}

TEST(program, prints_help_and_version_to_standard_output) {
  auto help = run_with({"--help"});
  auto of_command = run_with({"fake", "--help"});
  auto version = run_with({"--version"});

  EXPECT_EQ(help.code, 0);
  EXPECT_THAT(help.out, HasSubstr("fake"));
  EXPECT_EQ(of_command.code, 0);
  EXPECT_THAT(of_command.out, HasSubstr("--epoch-trades"));
  EXPECT_EQ(version.code, 0);
  EXPECT_THAT(version.out, HasSubstr("pumpscope 0."));
}

TEST(program, takes_the_configuration_file_of_the_environment) {
  auto done = run_with({"fake"}, {"PUMPSCOPE_CONFIG_FILE=/does/not/exist"});

  EXPECT_EQ(done.code, 2);
  EXPECT_THAT(done.err, HasSubstr("/does/not/exist"));
}

} // namespace

} // namespace pumpscope::runtime
