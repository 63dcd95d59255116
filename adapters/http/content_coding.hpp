#pragma once

#include <string>
#include <string_view>

namespace pumpscope::http {

/// Bodies up to this many bytes fit into a packet or two: they are sent as they
/// are.
inline constexpr size_t gzip_bytes_min = 1'024;

/// Tells whether a client with this `Accept-Encoding` takes gzip.
bool takes_gzip(std::string_view accept_encoding);

/// Tells whether bodies of this content type are worth compressing: text, JSON,
/// XML, scripts, SVG.
bool is_compressible(std::string_view content_type);

/// Compresses, with a level from 1 (fast) to 9 (small). Empty = it failed,
/// which only a lack of memory does.
std::string gzip(std::string_view text, int level);

/// The entity tag of a body: `W/"HASH"`. It is weak, because the compressed
/// form has the same.
std::string weak_etag(std::string_view body);

/// Tells whether a header `If-None-Match` names the tag; weak comparison.
bool matches_etag(std::string_view if_none_match, std::string_view etag);

} // namespace pumpscope::http
