#include "runtime/json_text.hpp"

#include <gtest/gtest.h>

namespace pumpscope::runtime {

namespace {

TEST(json_object, writes_amounts_as_texts_and_counts_as_numbers) {
  EXPECT_EQ(json_object{}
              .text("a", "x")
              .amount("b", domain::i128_min)
              .number("c", 18'446'744'073'709'551'615ULL)
              .signed_number("d", -1)
              .flag("e", true)
              .raw("f", "[1]")
              .str(),
            R"({"a":"x","b":"-170141183460469231731687303715884105728",)"
            R"("c":18446744073709551615,"d":-1,"e":true,"f":[1]})");
  EXPECT_EQ(json_object{}.str(), "{}");
}

TEST(json_quoted, escapes_quotes_and_control_characters) {
  EXPECT_EQ(json_quoted("a\"b\\c\n\x1b"), R"("a\"b\\c\u000a\u001b")");
}

TEST(json_quoted, keeps_utf8_and_replaces_what_is_none) {
  EXPECT_EQ(json_quoted("\xC3\xA4\xF0\x9F\x9A\x80"),
            "\"\xC3\xA4\xF0\x9F\x9A\x80\"");
  // Alone, cut off, overlong, a surrogate, above U+10FFFF.
  for (const auto* bytes :
       {"\x80", "\xC3", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80"})
    EXPECT_EQ(json_quoted(bytes).substr(0, 7), "\"\\ufffd") << bytes;
}

} // namespace

} // namespace pumpscope::runtime
