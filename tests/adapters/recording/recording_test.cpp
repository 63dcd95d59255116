#include "adapters/recording/reader.hpp"
#include "adapters/recording/writer.hpp"
#include "tests/support/shared_data.hpp"
#include "tests/support/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

using namespace pumpscope;
using namespace pumpscope::recording;
using namespace pumpscope::test;

namespace {

using testing::HasSubstr;

using messages = std::vector<std::string>;

/// What a reader gave out, and why it stopped.
struct read_result {
  messages texts = {};
  std::string error = {};
  domain::errc code = domain::errc::none;
};

read_result drain(reader& sut) {
  read_result result;
  for (;;) {
    auto next = sut.next();
    if (!next) {
      result.error = next.error().text;
      result.code = next.error().code;
      return result;
    }
    if (!*next)
      return result;
    result.texts.emplace_back((*next)->begin(), (*next)->end());
  }
}

read_result read_all(const std::filesystem::path& path) {
  auto sut = reader::open(path.string());
  if (!sut)
    return {{}, sut.error().text, sut.error().code};
  return drain(**sut);
}

void write_all(const std::filesystem::path& path, const messages& texts) {
  auto sut = writer::create(path.string());
  ASSERT_TRUE(sut) << sut.error().text;
  for (auto& x : texts)
    ASSERT_TRUE(
      (*sut)->append({reinterpret_cast<const uint8_t*>(x.data()), x.size()}));
  EXPECT_EQ((*sut)->messages(), texts.size());
  ASSERT_TRUE((*sut)->close());
}

/// Messages of many sizes: empty, at the edges of the length's varint, and
/// larger than the buffers.
messages samples() {
  std::mt19937 engine{1};
  messages result;
  for (size_t size : {0, 1, 127, 128, 16'383, 16'384, 3'000'000, 5}) {
    std::string text(size, 0);
    for (auto& x : text)
      x = static_cast<char>(engine());
    result.push_back(std::move(text));
  }
  return result;
}

TEST(recording, reads_what_was_written) {
  temporary_folder folder;
  for (auto name : {"plain.geyser", "small.geyser.zst"}) {
    write_all(folder.file(name), samples());
    auto result = read_all(folder.file(name));
    EXPECT_EQ(result.error, "");
    EXPECT_EQ(result.texts, samples());
  }
}

TEST(recording, tells_compression_by_content_too) {
  temporary_folder folder;
  write_all(folder.file("x.geyser.zst"), samples());
  std::filesystem::rename(folder.file("x.geyser.zst"), folder.file("x.geyser"));
  EXPECT_EQ(read_all(folder.file("x.geyser")).texts, samples());
}

TEST(recording, an_empty_file_is_an_empty_recording) {
  temporary_folder folder;
  for (auto name : {"x.geyser", "x.geyser.zst"}) {
    write_file(folder.file(name), "");
    auto result = read_all(folder.file(name));
    EXPECT_EQ(result.error, "");
    EXPECT_TRUE(result.texts.empty());
  }
}

TEST(recording, gives_out_all_before_a_torn_tail) {
  temporary_folder folder;
  messages texts{"first", std::string(300, 'x'), "third"};
  write_all(folder.file("whole"), texts);
  auto whole = read_file(folder.file("whole"));
  // Ends of the messages: 1 + 5, then 2 + 300, then 1 + 5 bytes.
  std::vector<size_t> ends{0, 6, 308, 314};
  ASSERT_EQ(whole.size(), ends.back());
  for (size_t length = 0; length <= whole.size(); ++length) {
    auto path = folder.file("torn.geyser");
    write_file(path, whole.substr(0, length));
    auto result = read_all(path);
    size_t complete = 0;
    while (complete + 1 < ends.size() && ends[complete + 1] <= length)
      ++complete;
    ASSERT_EQ(result.texts.size(), complete) << length;
    if (ends[complete] == length) {
      ASSERT_EQ(result.error, "") << length;
      continue;
    }
    ASSERT_EQ(result.code, domain::errc::malformed) << length;
    ASSERT_THAT(result.error, HasSubstr("torn.geyser")) << length;
    ASSERT_THAT(result.error,
                HasSubstr("offset " + std::to_string(ends[complete])));
  }
}

TEST(recording, gives_out_all_before_a_torn_frame) {
  temporary_folder folder;
  auto path = folder.file("x.geyser.zst");
  auto sut = writer::create(path);
  ASSERT_TRUE(sut);
  uint8_t one[] = {1};
  ASSERT_TRUE((*sut)->append(one));
  ASSERT_TRUE((*sut)->flush());
  // Flushed but not closed: the message is there, the end mark is not.
  auto result = read_all(path);
  EXPECT_EQ(result.texts.size(), 1U);
  EXPECT_EQ(result.code, domain::errc::malformed);
  EXPECT_THAT(result.error, HasSubstr("x.geyser.zst"));
  ASSERT_TRUE((*sut)->close());
  EXPECT_EQ(read_all(path).error, "");
}

TEST(recording, refuses_bytes_that_are_no_zstd_frame) {
  temporary_folder folder;
  write_file(folder.file("x.zst"), "this is no frame");
  auto result = read_all(folder.file("x.zst"));
  EXPECT_EQ(result.code, domain::errc::malformed);
  EXPECT_TRUE(result.texts.empty());
}

TEST(recording, bounds_the_length_of_a_message) {
  temporary_folder folder;
  // 64 MiB + 1, and a length that never ends.
  write_file(folder.file("x"), "\x81\x80\x80\x20");
  EXPECT_EQ(read_all(folder.file("x")).code, domain::errc::limit_exceeded);
  write_file(folder.file("x"), std::string(20, '\xFF'));
  EXPECT_EQ(read_all(folder.file("x")).code, domain::errc::malformed);
  auto sut = writer::create(folder.file("y"));
  ASSERT_TRUE(sut);
  std::vector<uint8_t> message(message_bytes_max + 1);
  EXPECT_EQ((*sut)->append(message).error().code, domain::errc::limit_exceeded);
}

TEST(recording, keeps_failing_after_a_failure) {
  std::vector<uint8_t> bytes{1, 7, 5, 1};
  reader sut{memory_source(bytes), "memory"};
  EXPECT_TRUE(sut.next());
  EXPECT_EQ(sut.messages(), 1U);
  EXPECT_FALSE(sut.next());
  EXPECT_FALSE(sut.next());
  EXPECT_EQ(sut.offset(), 2U);
}

TEST(recording, names_the_file_that_it_cannot_open) {
  temporary_folder folder;
  auto missing = read_all(folder.file("missing.geyser"));
  EXPECT_EQ(missing.code, domain::errc::source_unavailable);
  EXPECT_THAT(missing.error, HasSubstr("missing.geyser"));
  EXPECT_EQ(read_all(folder.file(".")).code, domain::errc::source_unavailable);
  EXPECT_FALSE(writer::create(folder.file("no/such/folder")));
}

TEST(recording, says_when_the_disk_is_full) {
  if (!std::filesystem::exists("/dev/full"))
    GTEST_SKIP() << "no /dev/full here";
  auto sut = writer::create("/dev/full");
  ASSERT_TRUE(sut);
  uint8_t one[] = {1};
  ASSERT_TRUE((*sut)->append(one));
  auto flushed = (*sut)->flush();
  ASSERT_FALSE(flushed);
  EXPECT_THAT(flushed.error().text, HasSubstr("/dev/full"));
}

} // namespace
