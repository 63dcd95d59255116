#include "adapters/http/files.hpp"

#include "tests/adapters/http/gunzip.hpp"
#include "tests/support/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace pumpscope::http {

namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Pair;

/// A folder as build tools leave it.
class http_files : public ::testing::Test {
protected:
  http_files() {
    write("dist/index.html", "<html>");
    write("dist/favicon.ico", "icon");
    write("dist/assets/index-DiwrgTda.js", std::string(5'000, 'j'));
    write("dist/assets/plain.css", std::string(2'000, 'c'));
    write("secret.txt", "secret");
    std::filesystem::create_symlink(folder_.file("secret.txt"),
                                    folder_.file("dist/link.txt"));
  }

  void write(const std::string& name, const std::string& text) {
    auto path = std::filesystem::path{folder_.file(name)};
    std::filesystem::create_directories(path.parent_path());
    std::ofstream{path} << text;
  }

  /// Asks for a file by the rest of its path.
  response get(const std::string& name, std::string accept = "*/*",
               std::string accept_encoding = "") {
    auto sut = files(folder_.file("dist"));
    EXPECT_TRUE(sut) << sut.error();
    auto question = request{};
    question.method = "GET";
    question.accept = std::move(accept);
    question.accept_encoding = std::move(accept_encoding);
    question.parameters.add("file", name);
    auto result = response{};
    sut->handle(question, [&result](response x) { result = std::move(x); });
    return result;
  }

  test::temporary_folder folder_;
};

TEST_F(http_files, have_types_and_tags) {
  auto x = get("assets/plain.css");
  EXPECT_EQ(x.status, 200U);
  EXPECT_EQ(x.content_type, "text/css; charset=utf-8");
  EXPECT_EQ(*x.shared_body, std::string(2'000, 'c'));
  EXPECT_THAT(x.headers, Contains(Pair("Cache-Control", "no-cache")));
  EXPECT_THAT(x.headers, Contains(Pair("ETag", HasSubstr("W/\""))));
  EXPECT_EQ(get("favicon.ico").content_type, "image/x-icon");
}

TEST_F(http_files, keep_what_is_named_by_its_content) {
  EXPECT_THAT(get("assets/index-DiwrgTda.js").headers,
              Contains(Pair("Cache-Control", HasSubstr("immutable"))));
}

TEST_F(http_files, are_compressed_for_who_takes_it) {
  auto x = get("assets/index-DiwrgTda.js", "*/*", "gzip");
  EXPECT_THAT(x.headers, Contains(Pair("Content-Encoding", "gzip")));
  EXPECT_EQ(test::gunzip(*x.shared_body), std::string(5'000, 'j'));
  EXPECT_EQ(*get("favicon.ico", "*/*", "gzip").shared_body, "icon");
}

TEST_F(http_files, answer_the_paths_of_pages) {
  EXPECT_EQ(*get("").shared_body, "<html>");
  auto page = "text/html,application/xhtml+xml";
  EXPECT_EQ(*get("token/So1", page).shared_body, "<html>");
  EXPECT_EQ(get("token/So1", "application/json").status, 404U);
  EXPECT_EQ(get("assets/gone-DiwrgTda.js", page).status, 404U);
}

TEST_F(http_files, never_leave_the_folder) {
  for (auto path :
       {"../secret.txt", "assets/../../secret.txt", "link.txt", "/etc/passwd",
        "./index.html", "..", ".", "assets/../index.html", "assets//plain.css",
        "index.html/", "..\\secret.txt"})
    EXPECT_EQ(get(path).status, 404U) << path;
}

TEST_F(http_files, have_bounds) {
  auto few = files_settings{};
  few.files_max = 3;
  EXPECT_THAT(files(folder_.file("dist"), few).error(), HasSubstr("3 files"));
  auto small = files_settings{};
  small.bytes_max = 7'000;
  EXPECT_THAT(files(folder_.file("dist"), small).error(),
              HasSubstr("7000 bytes"));
  EXPECT_THAT(files(folder_.file("none")).error(), HasSubstr("none"));
}

} // namespace

} // namespace pumpscope::http
