// The reference pages say what the program says.

#include "tests/cli/cli_fixture.hpp"
#include "tests/support/source_folder.hpp"

#include <gmock/gmock.h>

#include <regex>

namespace pumpscope::test {

namespace {

using ::testing::HasSubstr;

/// Makes one space of any number of them, also at the ends of lines.
std::string one_line(const std::string& text) {
  return std::regex_replace(text, std::regex{R"(\s+)"}, " ");
}

/// The part of a page under `## NAME`.
std::string section(const std::string& page, const std::string& name) {
  auto begin = page.find("\n## " + name + "\n");
  if (begin == std::string::npos)
    return {};
  auto end = page.find("\n## ", begin + 1);
  return page.substr(begin, end - begin);
}

/// The first cell of each row of a table, without its quotes, and the second.
std::vector<std::pair<std::string, std::string>>
table_rows(const std::string& text) {
  static const auto row = std::regex{R"(\n\| `([^`]+)` \| (.*) \|(?=\n))"};
  auto result = std::vector<std::pair<std::string, std::string>>{};
  for (auto i = std::sregex_iterator{text.begin(), text.end(), row};
       i != std::sregex_iterator{}; ++i)
    result.emplace_back((*i)[1], (*i)[2]);
  return result;
}

class documents : public cli {};

TEST_F(documents, list_every_option_as_help_prints_it) {
  auto page = read_text(source_folder() / "docs/reference/commands.md");
  ASSERT_FALSE(page.empty());
  static const auto option = std::regex{R"(\n  (?:-\w,)?(--[a-z-]+))",
                                        std::regex::multiline};
  static const auto command = std::regex{R"(\n  ([a-z]+) )"};
  auto overview = must({"--help"}).out;
  auto commands = overview.substr(overview.find("\nSubcommands:"));
  for (auto i = std::sregex_iterator{commands.begin(), commands.end(), command};
       i != std::sregex_iterator{}; ++i) {
    auto name = (*i)[1].str();
    auto help = must({name, "--help"}).out;
    auto text = section(page, name);
    EXPECT_FALSE(text.empty()) << "no section for " << name;
    auto told = std::string{};
    for (const auto& [usage, meaning] : table_rows(text)) {
      EXPECT_THAT(one_line(help), HasSubstr(usage + " " + meaning)) << name;
      told += "\n  " + usage + " ";
    }
    for (auto j = std::sregex_iterator{help.begin(), help.end(), option};
         j != std::sregex_iterator{}; ++j) {
      auto flag = (*j)[1].str();
      if (flag == "--help")
        continue;
      EXPECT_THAT(told, HasSubstr(flag + " "))
        << "docs/reference/commands.md, section " << name;
    }
  }
}

} // namespace

} // namespace pumpscope::test
