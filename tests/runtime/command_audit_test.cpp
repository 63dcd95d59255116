#include "runtime/command_audit.hpp"

#include "adapters/sqlite/sqlite_store.hpp"
#include "domain/base58.hpp"
#include "tests/support/sample_rows.hpp"
#include "tests/support/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace pumpscope::runtime {

namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// What `pumpscope audit` prints with these arguments.
std::string output_of(std::vector<std::string> arguments) {
  auto commands = std::vector<command_ptr>{};
  commands.push_back(make_audit_command());
  arguments.insert(arguments.begin(), {"pumpscope", "audit"});
  auto argv = std::vector<char*>{};
  for (auto& x : arguments)
    argv.push_back(x.data());
  argv.push_back(nullptr);
  char* environment[] = {nullptr};
  ::testing::internal::CaptureStdout();
  auto code = run_program(std::move(commands),
                          static_cast<int>(arguments.size()), argv.data(),
                          environment);
  auto result = ::testing::internal::GetCapturedStdout();
  EXPECT_EQ(code, 0);
  return result;
}

TEST(audit_list, prints_the_incidents_of_a_store_newest_first) {
  auto folder = test::temporary_folder{};
  auto path = folder.file("a.db");
  auto key = test::sample_key(7);
  {
    auto store = adapters::open_sqlite(path, {});
    ASSERT_TRUE(store);
    for (auto kind :
         {messages::projection::wallet, messages::projection::token})
      ASSERT_TRUE(
        (*store)->record_audit({1'790'000'000 + static_cast<int64_t>(kind),
                                kind, key, 42, "the \"state\" differs"}));
  }
  auto url = "sqlite:" + path;

  auto all = output_of({"list", "--store", url});
  auto first = output_of({"list", "--max", "1", "--store", url});

  EXPECT_EQ(all,
            first + "{\"found_at\":1790000000,\"kind\":\"wallet\",\"key\":\""
              + domain::to_string(key)
              + "\",\"jpos\":42,\"what\":\"the \\\"state\\\" differs\"}\n");
  EXPECT_THAT(first, AllOf(HasSubstr("\"kind\":\"token\""),
                           HasSubstr("1790000001"), Not(HasSubstr("wallet"))));
}

} // namespace

} // namespace pumpscope::runtime
