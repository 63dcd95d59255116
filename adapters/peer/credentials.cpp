#include "adapters/peer/credentials.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <memory>

namespace pumpscope::peer {

std::string problem_of(const credentials& x) {
  auto context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>{
    SSL_CTX_new(TLS_method()), &SSL_CTX_free};
  auto wrong = std::string{};
  if (!context)
    wrong = "TLS cannot be used here";
  else if (SSL_CTX_use_certificate_chain_file(context.get(),
                                              x.certificate_file.c_str())
           != 1)
    wrong = "\"" + x.certificate_file + "\" is no file of a certificate";
  else if (SSL_CTX_use_PrivateKey_file(context.get(), x.key_file.c_str(),
                                       SSL_FILETYPE_PEM)
             != 1
           || SSL_CTX_check_private_key(context.get()) != 1)
    wrong = "\"" + x.key_file + "\" is no file of the key of \""
            + x.certificate_file + "\"";
  else if (SSL_CTX_load_verify_locations(context.get(), x.ca_file.c_str(),
                                         nullptr)
           != 1)
    wrong = "\"" + x.ca_file + "\" is no file of an authority's certificate";
  // What OpenSSL noted would be taken for a later call's.
  ERR_clear_error();
  return wrong;
}

} // namespace pumpscope::peer
