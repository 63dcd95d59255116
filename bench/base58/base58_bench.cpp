// Fixed-size base58 against the naive method (long division, byte by byte).

#include "domain/base58.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace pumpscope::domain;

constexpr char alphabet[]
  = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

double cpu_seconds() {
  timespec now = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec)
         + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// The usual way: one digit array, one pass over it for each byte.
template <size_t N>
std::string naive_encode(const std::array<uint8_t, N>& bytes) {
  std::array<uint8_t, N* 138 / 100 + 1> digits = {};
  size_t length = 0;
  size_t zeros = 0;
  while (zeros < N && bytes[zeros] == 0)
    ++zeros;
  for (auto i = zeros; i < N; ++i) {
    uint32_t carry = bytes[i];
    size_t at = 0;
    for (; at < length || carry != 0; ++at) {
      carry += uint32_t{digits[at]} << 8;
      digits[at] = static_cast<uint8_t>(carry % 58);
      carry /= 58;
    }
    length = at;
  }
  std::string result(zeros, '1');
  for (auto i = length; i-- > 0;)
    result += alphabet[digits[i]];
  return result;
}

/// The usual way back: one byte array, one pass over it for each digit.
template <size_t N>
bool naive_decode(std::string_view text, std::array<uint8_t, N>& out) {
  out.fill(0);
  for (auto c : text) {
    auto found = std::strchr(alphabet, c);
    if (found == nullptr || c == '\0')
      return false;
    auto carry = static_cast<uint32_t>(found - alphabet);
    for (auto i = N; i-- > 0;) {
      carry += uint32_t{out[i]} * 58;
      out[i] = static_cast<uint8_t>(carry);
      carry >>= 8;
    }
    if (carry != 0)
      return false;
  }
  return true;
}

/// Nanoseconds of one call; the least of all rounds counts.
template <class Values, class F>
double measure(const Values& values, int rounds, F call) {
  auto best = 1e9;
  for (int round = 0; round < rounds; ++round) {
    auto begin = cpu_seconds();
    for (auto& x : values)
      call(x);
    best = std::min(best, (cpu_seconds() - begin) * 1e9
                            / static_cast<double>(values.size()));
  }
  return best;
}

/// Keeps the optimiser from dropping a result.
uint64_t sink = 0;

template <class Value, class Parse>
bool compare(const char* name, int rounds, Parse parse) {
  std::mt19937_64 engine{58};
  std::vector<Value> values(2'000);
  std::vector<std::string> texts;
  for (auto& x : values) {
    for (auto& byte : x.bytes)
      byte = static_cast<uint8_t>(engine());
    texts.push_back(naive_encode(x.bytes));
    if (to_string(x) != texts.back())
      return false;
  }
  auto encode = measure(values, rounds,
                        [](auto& x) { sink += to_base58(x).length; });
  auto encode_naive = measure(
    values, rounds, [](auto& x) { sink += naive_encode(x.bytes).size(); });
  auto decode = measure(texts, rounds,
                        [&](auto& x) { sink += parse(x)->bytes[0]; });
  auto decode_naive = measure(texts, rounds, [](auto& x) {
    decltype(Value::bytes) out;
    sink += naive_decode(x, out) ? out[0] : 0;
  });
  std::printf("{\"value\":\"%s\",\"encode_ns\":%.1f,\"encode_naive_ns\":%.1f,"
              "\"encode_ratio\":%.1f,\"decode_ns\":%.1f,"
              "\"decode_naive_ns\":%.1f,\"decode_ratio\":%.1f}\n",
              name, encode, encode_naive, encode_naive / encode, decode,
              decode_naive, decode_naive / decode);
  return true;
}

} // namespace

int main(int argc, char** argv) {
  auto smoke = argc > 1 && std::string_view{argv[1]} == "--smoke";
  auto rounds = smoke ? 1 : 200;
  if (!compare<pubkey>("pubkey", rounds,
                       [](auto& x) { return parse_pubkey(x); })
      || !compare<signature>("signature", rounds,
                             [](auto& x) { return parse_signature(x); })) {
    std::fprintf(stderr, "error: the two methods differ\n");
    return 1;
  }
  return sink == 0 ? 1 : 0;
}
