#include "adapters/peer/error_queue.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <dlfcn.h>

namespace {

/// The function that this process has replaced.
template <class F>
F* replaced(const char* name) {
  return reinterpret_cast<F*>(dlsym(RTLD_NEXT, name));
}

} // namespace

// They take the place of the library's for all that is linked to it.

extern "C" int SSL_read(SSL* ssl, void* data, int size) {
  static auto* const next = replaced<int(SSL*, void*, int)>("SSL_read");
  ERR_clear_error();
  return next(ssl, data, size);
}

extern "C" int SSL_write(SSL* ssl, const void* data, int size) {
  static auto* const next = replaced<int(SSL*, const void*, int)>("SSL_write");
  ERR_clear_error();
  return next(ssl, data, size);
}

extern "C" int SSL_accept(SSL* ssl) {
  static auto* const next = replaced<int(SSL*)>("SSL_accept");
  ERR_clear_error();
  return next(ssl);
}

extern "C" int SSL_connect(SSL* ssl) {
  static auto* const next = replaced<int(SSL*)>("SSL_connect");
  ERR_clear_error();
  return next(ssl);
}

namespace pumpscope::peer {

void separate_errors() {
  // What matters is that the functions above are linked.
}

} // namespace pumpscope::peer
