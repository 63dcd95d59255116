#include "adapters/http/body_forms.hpp"

#include "adapters/http/content_coding.hpp"

#include <utility>

namespace pumpscope::http {

const std::string& body_forms::etag(const std::string& body) {
  std::call_once(tagged_, [&] { etag_ = weak_etag(body); });
  return etag_;
}

std::shared_ptr<const std::string>
body_forms::compressed(const std::string& body, int level) {
  std::call_once(coded_, [&] { compressed_ = shorter_form(body, level); });
  return compressed_;
}

std::shared_ptr<const std::string> shorter_form(const std::string& body,
                                                int level) {
  auto result = gzip(body, level);
  if (result.empty() || result.size() >= body.size())
    return nullptr;
  return std::make_shared<const std::string>(std::move(result));
}

} // namespace pumpscope::http
