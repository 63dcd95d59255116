#pragma once

#include "adapters/tls/identity.hpp"

#include <tl/expected.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pumpscope::tls {

/// Longest time that a certificate may be valid.
constexpr uint32_t days_max = 36'500;

/// Names and addresses of one node at most, beside its own name.
constexpr size_t hosts_max = 64;

/// How long a certificate is valid: from an hour before now on, because clocks
/// differ.
struct validity {
  std::chrono::sys_seconds now = {};
  /// Counted from now; 1 to `days_max`.
  uint32_t days = 0;
};

/// Whom a certificate is for.
struct node_request {
  /// Becomes the common name and a DNS name.
  std::string name = {};
  /// Names and addresses under which others reach the node.
  std::vector<std::string> hosts = {};
};

/// Tells why a text is no name of a node: 1 to 63 letters, digits and `. _ -`,
/// not `.` or `..` and without a `-` at the begin. It is a file name as well.
tl::expected<void, std::string> check_node_name(std::string_view name);

/// Tells why a text is neither an address of IPv4 or IPv6 nor a DNS name.
tl::expected<void, std::string> check_host(std::string_view host);

/// A private authority that signs the certificates of the nodes of a cluster.
/// Keys are on the curve P-256 and signatures use SHA-256, but for the key of
/// an authority that is derived and what it signs: Ed25519.
class certificate_authority {
public:
  /// Makes a new authority: it signs nodes, but no other authorities.
  static tl::expected<issued_identity, std::string> create(const validity& x);

  /// The authority of all who know a secret: whoever makes it gets the same key
  /// and the same name, so that nodes accept each other with nothing to hand
  /// over. It is as secret as that is.
  static tl::expected<issued_identity, std::string>
  derive(std::string_view secret, const validity& x);

  /// Takes an authority that was made before. Fails unless the certificate is
  /// one of an authority and the key belongs to it.
  static tl::expected<certificate_authority, std::string>
  load(const identity& x);

  certificate_authority(certificate_authority&&) noexcept;
  certificate_authority& operator=(certificate_authority&&) noexcept;
  ~certificate_authority();

  /// Makes a key and a certificate for it, for both ends of a connection. The
  /// certificate ends with that of the authority at the latest. Fails when that
  /// one has ended, or when the request is refused by the checks above.
  [[nodiscard]] tl::expected<issued_identity, std::string>
  issue(const node_request& request, const validity& x) const;

private:
  struct impl;

  explicit certificate_authority(std::unique_ptr<impl> x);

  std::unique_ptr<impl> impl_;
};

} // namespace pumpscope::tls
