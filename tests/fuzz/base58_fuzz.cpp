// The fixed-size base58 against the general one, both ways.

#include "domain/base58.hpp"
#include "tests/fuzz/require.hpp"

#include <algorithm>
#include <cstring>

namespace {

using namespace pumpscope;
using fuzz::require;

template <class Value>
void check_text(std::string_view text, const domain::result<Value>& parsed) {
  auto general = domain::decode_base58(text);
  if (!parsed) {
    require(!general || general->size() != sizeof(Value::bytes),
            "refuses only what has another length");
    return;
  }
  require(to_string(*parsed) == text, "one text per value");
  require(general.has_value()
            && std::equal(general->begin(), general->end(),
                          parsed->bytes.begin(), parsed->bytes.end()),
          "the same bytes");
}

template <class Value>
Value value_of(const uint8_t* data) {
  Value result;
  std::memcpy(result.bytes.data(), data, result.bytes.size());
  return result;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data),
                        std::min<size_t>(size, 256)};
  check_text(text, domain::parse_pubkey(text));
  check_text(text, domain::parse_signature(text));
  if (size >= 32) {
    auto key = value_of<domain::pubkey>(data);
    auto written = to_string(key);
    require(written == domain::encode_base58(key.bytes), "text of a key");
    require(domain::parse_pubkey(written) == key, "reads what it writes");
  }
  if (size >= 64) {
    auto signature = value_of<domain::signature>(data);
    auto written = to_string(signature);
    require(written == domain::encode_base58(signature.bytes),
            "text of a signature");
    require(domain::parse_signature(written) == signature,
            "reads what it writes");
  }
  return 0;
}
