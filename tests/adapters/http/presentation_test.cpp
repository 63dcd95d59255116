#include "adapters/http/presentation.hpp"

#include "tests/adapters/http/gunzip.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pumpscope::http {

namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

presentation_wish get() {
  auto result = presentation_wish{};
  result.safe = true;
  result.takes_gzip = true;
  return result;
}

response json(size_t size) {
  auto result = response{};
  result.body.assign(size, '7');
  return result;
}

std::string header(const presented& x, const std::string& name) {
  auto begin = x.head.find("\r\n" + name + ": ");
  if (begin == std::string::npos)
    return {};
  begin += name.size() + 4;
  return x.head.substr(begin, x.head.find('\r', begin) - begin);
}

TEST(present, compresses_what_is_long_and_text) {
  auto x = present(json(1'025), get(), {});
  EXPECT_EQ(header(x, "Content-Encoding"), "gzip");
  EXPECT_EQ(header(x, "Vary"), "Accept-Encoding");
  EXPECT_EQ(header(x, "Content-Length"), std::to_string(x.body->size()));
  EXPECT_EQ(test::gunzip(*x.body), std::string(1'025, '7'));
  EXPECT_EQ(header(present(json(1'024), get(), {}), "Content-Encoding"), "");
  auto image = json(2'000);
  image.content_type = "image/png";
  auto sent = present(image, get(), {});
  EXPECT_EQ(header(sent, "Content-Encoding"), "");
  EXPECT_EQ(header(sent, "Vary"), "");
  auto plain = get();
  plain.takes_gzip = false;
  EXPECT_EQ(present(json(2'000), plain, {}).body->size(), 2'000U);
}

TEST(present, makes_the_forms_of_a_kept_body_once) {
  auto x = response{};
  x.shared_body = std::make_shared<const std::string>(2'000, '7');
  x.forms = std::make_shared<body_forms>();
  auto first = present(x, get(), {});
  auto second = present(x, get(), {});
  EXPECT_EQ(first.body, second.body);
  EXPECT_EQ(test::gunzip(*first.body), std::string(2'000, '7'));
  EXPECT_EQ(header(first, "Content-Encoding"), "gzip");
  EXPECT_EQ(header(first, "ETag"),
            header(present(json(2'000), get(), {}), "ETag"));
}

TEST(present, answers_304_to_who_has_it) {
  auto first = present(json(2'000), get(), {});
  auto again = get();
  again.if_none_match = header(first, "ETag");
  EXPECT_THAT(again.if_none_match, StartsWith("W/\""));
  auto x = present(json(2'000), again, {});
  EXPECT_EQ(x.status, 304U);
  EXPECT_THAT(x.head, StartsWith("HTTP/1.1 304 Not Modified\r\n"));
  EXPECT_EQ(x.body, nullptr);
  EXPECT_EQ(header(x, "ETag"), again.if_none_match);
  EXPECT_EQ(header(x, "Content-Length"), "");
  EXPECT_EQ(header(x, "Vary"), "Accept-Encoding");
  EXPECT_EQ(present(json(2'001), again, {}).status, 200U);
  // Only a success can be unchanged, and only reading can find it so.
  auto failed = json(2'000);
  failed.status = 503;
  EXPECT_EQ(present(failed, again, {}).status, 503U);
  again.safe = false;
  EXPECT_EQ(present(json(2'000), again, {}).status, 200U);
}

TEST(present, takes_tags_and_coding_of_a_route_as_they_are) {
  auto x = json(0);
  x.shared_body = std::make_shared<const std::string>(5'000, 'x');
  x.headers = {{"etag", "W/\"mine\""},
               {"Content-Encoding", "gzip"},
               {"Cache-Control", "public, max-age=5"}};
  auto body = x.shared_body.get();
  auto sent = present(x, get(), {});
  EXPECT_EQ(sent.body.get(), body);
  EXPECT_EQ(header(sent, "Cache-Control"), "public, max-age=5");
  auto again = get();
  again.if_none_match = "\"mine\"";
  auto same = present(x, again, {});
  EXPECT_EQ(same.status, 304U);
  EXPECT_EQ(header(same, "Cache-Control"), "public, max-age=5");
  EXPECT_EQ(header(same, "Content-Encoding"), "");
}

TEST(present, tells_caches_what_to_do) {
  EXPECT_EQ(header(present(json(1), get(), {}), "Cache-Control"), "no-cache");
  auto post = get();
  post.safe = false;
  auto x = present(json(1), post, {});
  EXPECT_EQ(header(x, "Cache-Control"), "no-store");
  EXPECT_EQ(header(x, "ETag"), "");
  EXPECT_EQ(header(present(problem(404, "a", "b"), get(), {}), "Cache-Control"),
            "no-store");
}

TEST(present, a_head_has_the_length_of_the_body_that_is_not_sent) {
  auto head = get();
  head.head_only = true;
  auto x = present(json(10), head, {});
  EXPECT_EQ(x.body, nullptr);
  EXPECT_EQ(header(x, "Content-Length"), "10");
}

TEST(present, keeps_foreign_content_out_of_pages) {
  auto page = json(1);
  page.content_type = "text/html; charset=utf-8";
  auto x = present(page, get(), {});
  EXPECT_THAT(header(x, "Content-Security-Policy"),
              HasSubstr("frame-ancestors 'none'"));
  EXPECT_EQ(header(x, "X-Content-Type-Options"), "nosniff");
  EXPECT_NE(header(x, "Referrer-Policy"), "");
  auto data = present(json(1), get(), {});
  EXPECT_EQ(header(data, "Content-Security-Policy"), "");
  EXPECT_EQ(header(data, "X-Content-Type-Options"), "nosniff");
}

TEST(present, lets_no_text_begin_another_header) {
  auto x = json(1);
  x.headers = {{"Location", "/a\r\nSet-Cookie: b\n\0c"}};
  EXPECT_EQ(header(present(x, get(), {}), "Location"), "/aSet-Cookie: b");
}

TEST(present, lets_pages_of_allowed_origins_read) {
  auto any = presentation_settings{};
  any.allowed_origins = {"*"};
  EXPECT_EQ(header(present(json(1), get(), any), "Access-Control-Allow-Origin"),
            "*");
  auto some = presentation_settings{};
  some.allowed_origins = {"https://a.example", "https://b.example"};
  auto from = get();
  from.origin = "https://b.example";
  auto x = present(json(1), from, some);
  EXPECT_EQ(header(x, "Access-Control-Allow-Origin"), from.origin);
  EXPECT_EQ(header(x, "Vary"), "Accept-Encoding, Origin");
  from.origin = "https://b.example.evil";
  x = present(json(1), from, some);
  EXPECT_EQ(header(x, "Access-Control-Allow-Origin"), "");
  EXPECT_EQ(header(x, "Vary"), "Accept-Encoding, Origin");
  from.safe = false;
  EXPECT_EQ(header(present(json(1), from, any), "Access-Control-Allow-Origin"),
            "");
  EXPECT_THAT(present(json(1), get(), {}).head,
              Not(HasSubstr("Access-Control")));
}

} // namespace

} // namespace pumpscope::http
