#include "adapters/redis/msgpack.hpp"

#include "adapters/redis/publication_writer.hpp"
#include "tests/support/shared_data.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <stdexcept>

namespace pumpscope::redis {

namespace {

namespace json = boost::json;

std::string from_hex(std::string_view text) {
  auto result = std::string{};
  for (size_t i = 0; i + 1 < text.size(); i += 2)
    result += static_cast<char>(
      std::stoi(std::string{text.substr(i, 2)}, nullptr, 16));
  return result;
}

std::string to_hex(std::string_view bytes) {
  constexpr auto digits = std::string_view{"0123456789abcdef"};
  auto result = std::string{};
  for (auto c : bytes) {
    auto byte = static_cast<uint8_t>(c);
    result += digits[byte >> 4];
    result += digits[byte & 15];
  }
  return result;
}

std::string packed(std::string_view text) {
  auto result = std::string{};
  EXPECT_TRUE(append_msgpack(result, text)) << text;
  return to_hex(result);
}

/// Reads MessagePack by its specification.
class reader {
public:
  explicit reader(std::string_view bytes) : in_(bytes) {
  }

  json::value next() {
    auto x = static_cast<uint8_t>(number(1));
    if (x < 0x80)
      return uint64_t{x};
    if (x < 0x90)
      return map(x & 15);
    if (x < 0xA0)
      return array(x & 15);
    if (x < 0xC0)
      return text(x & 31);
    if (x >= 0xE0)
      return int64_t{static_cast<int8_t>(x)};
    switch (x) {
      case 0xC0:
        return nullptr;
      case 0xC2:
      case 0xC3:
        return x == 0xC3;
      case 0xCB:
        return std::bit_cast<double>(number(8));
      case 0xCC:
      case 0xCD:
      case 0xCE:
      case 0xCF:
        return number(1U << (x - 0xCC));
      case 0xD0:
        return int64_t{static_cast<int8_t>(number(1))};
      case 0xD1:
        return int64_t{static_cast<int16_t>(number(2))};
      case 0xD2:
        return int64_t{static_cast<int32_t>(number(4))};
      case 0xD3:
        return static_cast<int64_t>(number(8));
      case 0xD9:
      case 0xDA:
      case 0xDB:
        return text(number(1U << (x - 0xD9)));
      case 0xDC:
      case 0xDD:
        return array(number(x == 0xDC ? 2 : 4));
      case 0xDE:
      case 0xDF:
        return map(number(x == 0xDE ? 2 : 4));
      default:
        throw std::runtime_error("a type that is not ours");
    }
  }

  [[nodiscard]] bool at_end() const {
    return in_.empty();
  }

private:
  uint64_t number(size_t bytes) {
    auto result = uint64_t{0};
    for (size_t i = 0; i < bytes; ++i) {
      result = result << 8 | static_cast<uint8_t>(in_.at(0));
      in_.remove_prefix(1);
    }
    return result;
  }

  json::string text(size_t size) {
    auto result = json::string{in_.substr(0, size)};
    if (result.size() != size)
      throw std::out_of_range("a text");
    in_.remove_prefix(size);
    return result;
  }

  json::array array(size_t size) {
    auto result = json::array{};
    for (size_t i = 0; i < size; ++i)
      result.push_back(next());
    return result;
  }

  json::object map(size_t size) {
    auto result = json::object{};
    for (size_t i = 0; i < size; ++i) {
      auto key = next();
      result[key.as_string()] = next();
    }
    return result;
  }

  std::string_view in_;
};

/// Vectors of the emitter, by name.
json::array vectors() {
  return json::parse(
           test::read_file(test::shared_data() / "socketio-golden.json"))
    .as_array();
}

} // namespace

TEST(msgpack, writes_what_the_emitter_writes) {
  PUMPSCOPE_NEED_SHARED_DATA();
  auto compared = 0;
  for (auto& vector : vectors()) {
    auto* hex = vector.as_object().if_contains("hex");
    if (hex == nullptr)
      continue;
    auto bytes = from_hex(std::string_view{hex->as_string()});
    auto in = reader{bytes};
    auto text = json::serialize(in.next());
    ASSERT_TRUE(in.at_end());
    EXPECT_EQ(packed(text), std::string_view{hex->as_string()}) << text;
    ++compared;
  }
  EXPECT_EQ(compared, 8);
}

TEST(msgpack, packs_a_message_to_a_room_as_the_emitter_does) {
  PUMPSCOPE_NEED_SHARED_DATA();
  auto compared = 0;
  for (auto& vector : vectors()) {
    auto& x = vector.as_object();
    auto* hex = x.if_contains("hex");
    if (hex == nullptr)
      continue;
    auto bytes = from_hex(std::string_view{hex->as_string()});
    auto packet = reader{bytes}.next();
    auto& data = packet.at(1).at("data").as_array();
    auto& options = packet.at(2).as_object();
    auto& rooms = options.at("rooms").as_array();
    // Ours go to one room of the main namespace, without options.
    if (data.size() != 2 || rooms.size() != 1
        || !options.at("flags").as_object().empty()
        || packet.at(1).at("nsp") != "/")
      continue;
    auto room = std::string{std::string_view{rooms[0].as_string()}};
    auto out = std::string{};
    append_packet(out, std::string_view{data[0].as_string()},
                  json::serialize(data[1]), room);
    EXPECT_EQ(to_hex(out), std::string_view{hex->as_string()});
    EXPECT_EQ(std::string_view{x.at("channel").as_string()},
              "socket.io#/#" + room + "#");
    ++compared;
  }
  // A trade and a candle.
  EXPECT_GE(compared, 2);
}

TEST(msgpack, takes_the_shortest_form_on_both_sides_of_each_boundary) {
  using list = std::vector<std::pair<std::string, std::string>>;
  for (auto& [text, expected] :
       list{{"0", "00"},
            {"127", "7f"},
            {"128", "cc80"},
            {"255", "ccff"},
            {"256", "cd0100"},
            {"65535", "cdffff"},
            {"65536", "ce00010000"},
            {"4294967295", "ceffffffff"},
            {"4294967296", "cf0000000100000000"},
            {"18446744073709551615", "cfffffffffffffffff"},
            {"-1", "ff"},
            {"-32", "e0"},
            {"-33", "d0df"},
            {"-128", "d080"},
            {"-129", "d1ff7f"},
            {"-32768", "d18000"},
            {"-32769", "d2ffff7fff"},
            {"-2147483648", "d280000000"},
            {"-2147483649", "d3ffffffff7fffffff"},
            // Beyond 64 bits only a double holds it: 2^64.
            {"18446744073709551616", "cb43f0000000000000"},
            {"-0", "cb8000000000000000"},
            {"0.5", "cb3fe0000000000000"},
            {"1e-09", "cb3e112e0be826d695"},
            {"[true,false,null]", "93c3c2c0"},
            {"{}", "80"},
            {" { \"a\" : [ ] } ", "81a16190"}})
    EXPECT_EQ(packed(text), expected) << text;
}

TEST(msgpack, counts_elements_and_bytes_beyond_the_short_forms) {
  auto list_of = [](size_t count) {
    auto text = std::string{"["};
    for (size_t i = 0; i < count; ++i)
      text += i == 0 ? "0" : ",0";
    return text + "]";
  };
  EXPECT_EQ(packed(list_of(15)).substr(0, 4), "9f00");
  EXPECT_EQ(packed(list_of(16)).substr(0, 8), "dc001000");
  EXPECT_EQ(packed(list_of(65'536)).substr(0, 12), "dd0001000000");
  auto text_of = [](size_t size) {
    return "\"" + std::string(size, 'x') + "\"";
  };
  EXPECT_EQ(packed(text_of(31)).substr(0, 4), "bf78");
  EXPECT_EQ(packed(text_of(32)).substr(0, 6), "d92078");
  EXPECT_EQ(packed(text_of(256)).substr(0, 8), "da010078");
  EXPECT_EQ(packed(text_of(65'536)).substr(0, 12), "db0001000078");
}

TEST(msgpack, reads_what_json_escapes) {
  // date: U+00E9, U+1F680 as a pair, and controls.
  EXPECT_EQ(packed(R"("\u00e9\ud83d\ude80\"\\\/\b\f\n\r\t\u0000")"),
            "afc3a9f09f9a80225c2f080c0a0d0900");
}

TEST(msgpack, writes_nothing_for_what_is_no_json) {
  auto deep = std::string(1'000, '[');
  for (auto text : std::vector<std::string>{
         "", "x", "{", "[1", "[1,]", "{\"a\"}", "{\"a\":}", "{1:2}", "\"a",
         "\"\\x\"", "\"\\ud83d\"", "\"\\ude80\"", "\"\\u12\"", "1 2", "--1",
         "1.2.3", "tru", deep}) {
    auto out = std::string{"before"};
    EXPECT_FALSE(append_msgpack(out, text)) << text.substr(0, 20);
    EXPECT_EQ(out, "before");
  }
}

} // namespace pumpscope::redis
