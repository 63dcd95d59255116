#pragma once

#include <chrono>
#include <string>

namespace pumpscope::tls {

/// A certificate and the private key that belongs to it.
struct identity {
  /// One certificate in PEM.
  std::string certificate = {};
  /// PEM of PKCS#8 without a password: a secret.
  std::string key = {};
};

/// An identity that was just made.
struct issued_identity {
  identity value = {};
  /// The end of the certificate.
  std::chrono::sys_seconds valid_until = {};
};

} // namespace pumpscope::tls
