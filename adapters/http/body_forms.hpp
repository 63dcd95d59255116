#pragma once

#include <memory>
#include <mutex>
#include <string>

namespace pumpscope::http {

/// What is made of one body for all who get it: its tag and its compressed
/// form. Each is made once, by the first who asks for it; others wait. Any
/// thread.
class body_forms {
public:
  /// The entity tag. `body` is the same in all calls.
  const std::string& etag(const std::string& body);

  /// The form that is sent with `Content-Encoding: gzip`; null = it is not
  /// shorter than the body. The level is that of the first call.
  std::shared_ptr<const std::string> compressed(const std::string& body,
                                                int level);

private:
  std::once_flag tagged_ = {};
  std::once_flag coded_ = {};
  std::string etag_ = {};
  std::shared_ptr<const std::string> compressed_ = {};
};

/// Compresses a body; null = that would not make it shorter.
std::shared_ptr<const std::string> shorter_form(const std::string& body,
                                                int level);

} // namespace pumpscope::http
