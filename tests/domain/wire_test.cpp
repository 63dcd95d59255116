#include "domain/wire.hpp"

#include "domain/wire_writer.hpp"

#include <gtest/gtest.h>

using namespace pumpscope::domain;

namespace {

using bytes = std::vector<uint8_t>;

/// Passes over all fields and tells whether they were a message.
bool skips_to_the_end(const bytes& message) {
  wire_reader sut{message};
  while (sut.next())
    sut.skip();
  return sut.ok();
}

TEST(wire_reader, reads_what_the_writer_wrote) {
  wire_writer writer;
  writer.varint(1, 300);
  writer.text(2, "text");
  writer.varint(1000, ~uint64_t{0});
  wire_reader sut{writer.buffer()};
  ASSERT_TRUE(sut.next());
  EXPECT_TRUE(sut.is(1, wire_type::varint));
  EXPECT_EQ(sut.varint(), 300U);
  ASSERT_TRUE(sut.next());
  EXPECT_TRUE(sut.is(2, wire_type::bytes));
  EXPECT_EQ(sut.text(), "text");
  ASSERT_TRUE(sut.next());
  EXPECT_TRUE(sut.is(1000, wire_type::varint));
  EXPECT_EQ(sut.varint(), ~uint64_t{0});
  EXPECT_FALSE(sut.next());
  EXPECT_TRUE(sut.ok());
}

TEST(wire_reader, skips_every_encoding) {
  EXPECT_TRUE(skips_to_the_end({}));
  EXPECT_TRUE(skips_to_the_end({0x08, 0x01}));
  EXPECT_TRUE(skips_to_the_end({0x09, 1, 2, 3, 4, 5, 6, 7, 8}));
  EXPECT_TRUE(skips_to_the_end({0x0A, 0x02, 1, 2}));
  EXPECT_TRUE(skips_to_the_end({0x0D, 1, 2, 3, 4}));
  // A group in a group, each with its own end.
  EXPECT_TRUE(skips_to_the_end({0x0B, 0x13, 0x08, 0x01, 0x14, 0x0C}));
}

TEST(wire_reader, refuses_what_is_no_message) {
  EXPECT_FALSE(skips_to_the_end({0x08}));
  EXPECT_FALSE(skips_to_the_end({0x09, 1, 2, 3, 4, 5, 6, 7}));
  EXPECT_FALSE(skips_to_the_end({0x0A, 0x03, 1, 2}));
  EXPECT_FALSE(skips_to_the_end({0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 1}));
  EXPECT_FALSE(skips_to_the_end({0x0D, 1, 2, 3}));
  // Field number 0, encodings 6 and 7, an end without a beginning.
  EXPECT_FALSE(skips_to_the_end({0x00, 0x01}));
  EXPECT_FALSE(skips_to_the_end({0x0E, 0x01}));
  EXPECT_FALSE(skips_to_the_end({0x0F, 0x01}));
  EXPECT_FALSE(skips_to_the_end({0x0C}));
  // Groups without an end, with another one's end.
  EXPECT_FALSE(skips_to_the_end({0x0B, 0x08, 0x01}));
  EXPECT_FALSE(skips_to_the_end({0x0B, 0x14}));
  // Eleven bytes of a varint, six of a tag.
  EXPECT_FALSE(skips_to_the_end(
    {0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01}));
  EXPECT_FALSE(skips_to_the_end({0x88, 0x80, 0x80, 0x80, 0x80, 0x00, 0x01}));
}

TEST(wire_reader, bounds_the_depth_of_groups) {
  auto nested = [](size_t depth) {
    bytes result(depth, 0x0B);
    result.insert(result.end(), depth, 0x0C);
    return result;
  };
  EXPECT_TRUE(skips_to_the_end(nested(wire_reader::group_depth_max)));
  EXPECT_FALSE(skips_to_the_end(nested(wire_reader::group_depth_max + 1)));
}

TEST(wire_reader, drops_the_bits_that_do_not_fit_as_protobuf_does) {
  // Ten bytes, the last one with more than the one bit that is left.
  bytes message{0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                0xFF, 0xFF, 0xFF, 0xFF, 0x7F};
  wire_reader sut{message};
  ASSERT_TRUE(sut.next());
  EXPECT_EQ(sut.varint(), ~uint64_t{0});
  EXPECT_TRUE(sut.ok());
  // An over-long zero.
  bytes zero{0x08, 0x80, 0x00};
  wire_reader other{zero};
  ASSERT_TRUE(other.next());
  EXPECT_EQ(other.varint(), 0U);
}

} // namespace
