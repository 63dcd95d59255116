#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace pumpscope::test {

/// What a scripted server does with a request.
struct scripted_reply {
  /// The bytes of the whole answer, headers included; empty = none.
  std::string bytes = {};
  /// Close the connection behind it.
  bool close = false;
  /// Say nothing until the client is gone.
  bool hang = false;
};

/// An answer of HTTP.
scripted_reply http_reply(const std::string& body, int status = 200,
                          const std::string& more_headers = {});

/// A server of HTTP on this machine that answers each request as told, with any
/// bytes: what real servers never do on purpose.
class scripted_server {
public:
  /// Gets the head and the body of a request; called by threads of the server.
  using script = std::function<scripted_reply(const std::string& head,
                                              const std::string& body)>;

  /// With `tls` it has a certificate of its own for "localhost".
  explicit scripted_server(script x, bool tls = false);
  ~scripted_server();

  [[nodiscard]] uint16_t port() const;

  /// PEM text of the authority that made the certificate.
  [[nodiscard]] std::string authority() const;

  [[nodiscard]] size_t connections() const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace pumpscope::test
