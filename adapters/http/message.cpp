#include "adapters/http/message.hpp"

#include "domain/utf8.hpp"

#include <boost/beast/http/status.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace pumpscope::http {

namespace json = boost::json;
namespace beast_http = boost::beast::http;

namespace {

constexpr size_t detail_bytes_max = 1'000;

} // namespace

response problem(unsigned status, std::string_view code,
                 std::string_view detail) {
  auto title = beast_http::obsolete_reason(beast_http::int_to_status(status));
  auto clean = domain::clean_utf8(detail, detail_bytes_max);
  auto body = json::object{};
  body["type"] = "about:blank";
  body["title"] = json::string_view{title.data(), title.size()};
  body["status"] = status;
  body["code"] = json::string_view{code.data(), code.size()};
  body["detail"] = clean;
  auto result = response{};
  result.status = status;
  result.content_type = "application/problem+json";
  result.body = json::serialize(body);
  return result;
}

} // namespace pumpscope::http
