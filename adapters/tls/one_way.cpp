#include "adapters/tls/one_way.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>

namespace pumpscope::tls {

tl::expected<one_way_bytes, std::string> one_way(std::string_view purpose,
                                                 std::string_view secret) {
  auto text = std::string{purpose} + '\n';
  text += secret;
  auto result = one_way_bytes{};
  auto done = EVP_Digest(text.data(), text.size(), result.data(), nullptr,
                         EVP_sha256(), nullptr);
  if (done == 1)
    return result;
  ERR_clear_error();
  return tl::unexpected{std::string{"cannot compute SHA-256"}};
}

} // namespace pumpscope::tls
