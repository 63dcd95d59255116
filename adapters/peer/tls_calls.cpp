#include "adapters/peer/tls_calls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <atomic>
#include <ctime>
#include <dlfcn.h>
#include <poll.h>
#include <string_view>

namespace {

using namespace pumpscope::peer;
using std::chrono::steady_clock;

std::atomic<int64_t> handshakes{0};
std::atomic<uint64_t> attempts{0};

/// The function that this process has replaced.
template <class F>
F* replaced(const char* name) {
  return reinterpret_cast<F*>(dlsym(RTLD_NEXT, name));
}

/// Tells whether CAF calls from there, and not a client of a database or of
/// HTTP: those have limits of their own.
bool is_caf(const void* caller) {
  auto info = Dl_info{};
  return dladdr(caller, &info) != 0 && info.dli_fname != nullptr
         && std::string_view{info.dli_fname}.find("libcaf_openssl")
              != std::string_view::npos;
}

/// A connection that goes while it shakes hands.
void count_down(void*, void* begun, CRYPTO_EX_DATA*, int, long, void*) {
  if (begun != nullptr)
    --handshakes;
}

/// Where a connection keeps when its handshake began; null = it does not shake
/// hands.
int begun_index() {
  static const auto index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr,
                                                 count_down);
  return index;
}

int64_t milliseconds_now() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
           steady_clock::now().time_since_epoch())
    .count();
}

void end_handshake(SSL* ssl) {
  if (SSL_get_ex_data(ssl, begun_index()) == nullptr)
    return;
  SSL_set_ex_data(ssl, begun_index(), nullptr);
  --handshakes;
}

/// Tells whether a handshake that has to wait may go on.
bool may_go_on(SSL* ssl) {
  // The time itself is what is kept: never 0, as machines that run have begun.
  auto begun = reinterpret_cast<intptr_t>(SSL_get_ex_data(ssl, begun_index()));
  auto now = milliseconds_now();
  if (begun != 0)
    return now - begun < handshake_max.count();
  SSL_set_ex_data(ssl, begun_index(), reinterpret_cast<void*>(now));
  return ++handshakes <= handshakes_max;
}

/// Waits for bytes, as long as this connection may hold up the others.
void await_bytes(SSL* ssl, short events) {
  auto fd = pollfd{SSL_get_fd(ssl), events, 0};
  auto share = 1'000'000 / std::max<int64_t>(handshakes, 1);
  auto time = timespec{0, share};
  ppoll(&fd, 1, &time, nullptr);
}

int shake_hands(int (*next)(SSL*), SSL* ssl, const void* caller) {
  ERR_clear_error();
  auto result = next(ssl);
  if (!is_caf(caller))
    return result;
  ++attempts;
  auto why = SSL_get_error(ssl, result);
  if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) {
    end_handshake(ssl);
    return result;
  }
  if (!may_go_on(ssl)) {
    end_handshake(ssl);
    // With an error in the queue a result of -1 is a failure.
    ERR_raise(ERR_LIB_USER, ERR_R_OPERATION_FAIL);
    return -1;
  }
  await_bytes(ssl, why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT);
  return result;
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
  return shake_hands(next, ssl, __builtin_return_address(0));
}

extern "C" int SSL_connect(SSL* ssl) {
  static auto* const next = replaced<int(SSL*)>("SSL_connect");
  return shake_hands(next, ssl, __builtin_return_address(0));
}

namespace pumpscope::peer {

void mend_tls() {
  // What matters is that the functions above are linked.
}

uint64_t handshake_attempts() {
  return attempts;
}

} // namespace pumpscope::peer
