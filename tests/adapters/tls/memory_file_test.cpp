#include "adapters/tls/memory_file.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <utility>

namespace pumpscope::tls {

namespace {

std::string read(const std::string& path) {
  auto in = std::ifstream{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

TEST(memory_file, is_read_from_its_beginning_each_time) {
  auto bytes = std::string(100'000, 'x') + '\0' + "end";
  auto sut = memory_file::make(bytes);
  ASSERT_TRUE(sut) << sut.error();
  EXPECT_EQ(read(sut->path()), bytes);
  EXPECT_EQ(read(sut->path()), bytes);
}

TEST(memory_file, is_gone_with_its_owner) {
  auto path = std::string{};
  {
    auto first = memory_file::make("secret");
    ASSERT_TRUE(first);
    path = first->path();
    auto sut = std::move(*first);
    EXPECT_EQ(read(path), "secret");
  }
  EXPECT_EQ(read(path), "");
}

} // namespace

} // namespace pumpscope::tls
