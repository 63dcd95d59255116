#include "adapters/http/router.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pumpscope::http {

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

route make(std::string method, std::string path) {
  auto result = route{};
  result.method = std::move(method);
  result.path = std::move(path);
  return result;
}

router sut(const std::vector<std::pair<std::string, std::string>>& routes) {
  auto list = std::vector<route>{};
  for (auto& [method, path] : routes)
    list.push_back(make(method, path));
  return std::move(router::build(std::move(list)).value());
}

/// The pattern that takes a path by GET, or an empty text.
std::string taken_by(const router& x, std::string_view path) {
  auto match = x.find("GET", path);
  return match && match->found ? match->found->path : "";
}

TEST(router, the_more_specific_pattern_wins_whatever_the_order) {
  auto x = sut({{"GET", "/{file...}"},
                {"GET", "/tokens/{mint}"},
                {"GET", "/tokens/{mint}/chart"},
                {"GET", "/tokens/new"},
                {"GET", "/tokens"},
                {"GET", "/{kind}/list"}});
  EXPECT_EQ(taken_by(x, "/tokens"), "/tokens");
  EXPECT_EQ(taken_by(x, "/tokens/new"), "/tokens/new");
  EXPECT_EQ(taken_by(x, "/tokens/list"), "/tokens/{mint}");
  EXPECT_EQ(taken_by(x, "/wallets/list"), "/{kind}/list");
  EXPECT_EQ(taken_by(x, "/tokens/a/chart"), "/tokens/{mint}/chart");
  EXPECT_EQ(taken_by(x, "/tokens/a/chart/b"), "/{file...}");
  EXPECT_EQ(taken_by(x, "/"), "/{file...}");
  // A segment is not empty.
  EXPECT_EQ(taken_by(x, "/tokens/"), "/{file...}");
  EXPECT_THAT(x.patterns(),
              ElementsAre("/tokens", "/tokens/new", "/tokens/{mint}",
                          "/tokens/{mint}/chart", "/{kind}/list",
                          "/{file...}"));
}

TEST(router, gives_the_named_segments_decoded) {
  auto x = sut({{"GET", "/a/{one}/{two}"}, {"GET", "/files/{rest...}"}});
  auto match = x.find("GET", "/a/x%2Fy/caf%C3%A9+").value();
  EXPECT_THAT(match.parameters,
              ElementsAre(Pair("one", "x/y"), Pair("two", "caf\u00e9+")));
  EXPECT_THAT(x.find("GET", "/files/a/%2e%2e/b").value().parameters,
              ElementsAre(Pair("rest", "a/../b")));
  EXPECT_THAT(x.find("GET", "/files/").value().parameters,
              ElementsAre(Pair("rest", "")));
  EXPECT_TRUE(x.find("GET", "/files").value().allowed.empty());
  // What is written in another way is the same path.
  EXPECT_EQ(taken_by(x, "/%61/b/c"), "/a/{one}/{two}");
}

TEST(router, refuses_paths_that_are_no_text) {
  auto x = sut({{"GET", "/{a}"}});
  for (auto bad : {"/%", "/%zz", "/%ff", "/\xff", "/%00"})
    EXPECT_FALSE(x.find("GET", bad)) << bad;
}

TEST(router, tells_the_methods_of_the_pattern_that_takes_the_path) {
  auto x = sut({{"POST", "/hook"}, {"GET", "/{file...}"}});
  auto match = x.find("GET", "/hook").value();
  EXPECT_EQ(match.found, nullptr);
  EXPECT_EQ(match.allowed, "POST");
  EXPECT_EQ(x.find("POST", "/other").value().allowed, "GET, HEAD");
  EXPECT_NE(x.find("HEAD", "/other").value().found, nullptr);
  EXPECT_EQ(x.find("HEAD", "/hook").value().found, nullptr);
}

TEST(router, numbers_what_no_pattern_takes_behind_the_last) {
  auto x = sut({{"GET", "/a"}, {"GET", "/b"}});
  EXPECT_EQ(x.find("GET", "/b").value().pattern, 1U);
  EXPECT_EQ(x.find("GET", "/c").value().pattern, 2U);
  EXPECT_EQ(x.find("GET", "c").value().pattern, 2U);
}

TEST(router, refuses_malformed_patterns) {
  auto build = [](std::vector<std::string> paths) {
    auto list = std::vector<route>{};
    for (auto& x : paths)
      list.push_back(make("GET", x));
    auto built = router::build(std::move(list));
    return built ? std::string{} : built.error();
  };
  EXPECT_EQ(build({"/a", "/{x}", "/{x}/b", "/"}), "");
  EXPECT_THAT(build({"a"}), HasSubstr("malformed pattern a"));
  EXPECT_THAT(build({"/{}"}), HasSubstr("without a name"));
  EXPECT_THAT(build({"/{...}"}), HasSubstr("without a name"));
  EXPECT_THAT(build({"/a{x}"}), HasSubstr("whole segment"));
  EXPECT_THAT(build({"/{x}/{x}"}), HasSubstr("of one name"));
  EXPECT_THAT(build({"/{x...}/a"}), HasSubstr("behind the rest"));
  EXPECT_THAT(build({"/a", "/a"}), HasSubstr("two routes for GET /a"));
  EXPECT_THAT(build({"/{x}", "/{y}"}), HasSubstr("the same paths"));
}

} // namespace

} // namespace pumpscope::http
