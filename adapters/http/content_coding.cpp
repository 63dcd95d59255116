#define XXH_INLINE_ALL
#include "adapters/http/content_coding.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <limits>
#include <xxhash.h>
#include <zlib.h>

namespace pumpscope::http {

namespace {

using boost::beast::iequals;

std::string_view trimmed(std::string_view x) {
  x.remove_prefix(std::min(x.find_first_not_of(" \t"), x.size()));
  return x.substr(0, x.find_last_not_of(" \t") + 1);
}

/// Cuts off the text before a separator.
std::string_view take_piece(std::string_view& rest, char separator) {
  auto result = rest.substr(0, rest.find(separator));
  rest.remove_prefix(std::min(result.size() + 1, rest.size()));
  return trimmed(result);
}

/// Whether parameters, `q=0.5;x=y`, say "not at all".
bool is_refused(std::string_view parameters) {
  while (!parameters.empty()) {
    auto name_and_value = take_piece(parameters, ';');
    auto name = take_piece(name_and_value, '=');
    if (iequals(name, "q"))
      return trimmed(name_and_value).find_first_not_of("0.")
             == std::string_view::npos;
  }
  return false;
}

std::string_view opaque_part(std::string_view etag) {
  if (etag.starts_with("W/"))
    etag.remove_prefix(2);
  return etag;
}

} // namespace

bool takes_gzip(std::string_view accept_encoding) {
  // What is said about gzip counts more than what is said about all.
  auto any = false;
  while (!accept_encoding.empty()) {
    auto parameters = take_piece(accept_encoding, ',');
    auto coding = take_piece(parameters, ';');
    if (iequals(coding, "gzip") || iequals(coding, "x-gzip"))
      return !is_refused(parameters);
    any = any || (coding == "*" && !is_refused(parameters));
  }
  return any;
}

bool is_compressible(std::string_view content_type) {
  auto type = take_piece(content_type, ';');
  constexpr auto others = std::array<std::string_view, 5>{
    "application/json", "application/xml", "application/javascript",
    "application/wasm", "image/svg+xml"};
  return type.starts_with("text/") || type.ends_with("+json")
         || type.ends_with("+xml")
         || std::find(others.begin(), others.end(), type) != others.end();
}

std::string gzip(std::string_view text, int level) {
  // 16 more than the size of the window asks for the header of gzip.
  constexpr auto window_bits = MAX_WBITS + 16;
  constexpr auto memory_level = 8;
  auto result = std::string{};
  auto stream = z_stream{};
  if (text.size() > std::numeric_limits<uInt>::max() / 2
      || deflateInit2(&stream, level, Z_DEFLATED, window_bits, memory_level,
                      Z_DEFAULT_STRATEGY)
           != Z_OK)
    return result;
  result.resize(deflateBound(&stream, static_cast<uLong>(text.size())));
  // zlib does not change its input, but says so only with ZLIB_CONST.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  auto ended = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  result.resize(ended ? stream.total_out : 0);
  deflateEnd(&stream);
  return result;
}

std::string weak_etag(std::string_view body) {
  auto hash = XXH3_64bits(body.data(), body.size());
  auto text = std::array<char, 24>{};
  std::snprintf(text.data(), text.size(), "W/\"%016llx\"",
                static_cast<unsigned long long>(hash));
  return text.data();
}

bool matches_etag(std::string_view if_none_match, std::string_view etag) {
  while (!if_none_match.empty()) {
    auto x = take_piece(if_none_match, ',');
    if (x == "*" || opaque_part(x) == opaque_part(etag))
      return true;
  }
  return false;
}

} // namespace pumpscope::http
