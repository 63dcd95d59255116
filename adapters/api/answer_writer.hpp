#pragma once

#include "adapters/api/backend.hpp"
#include "adapters/http/message.hpp"
#include "adapters/publication_json/json_writer.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pumpscope::api {

/// Begins the object that every answer is: where it stands, and whether the
/// journal is whole there. What follows is `data`, and then the end.
publication_json::json_writer& begin_answer(publication_json::json_writer& to,
                                            const node_facts& facts);

/// The facts of an answer that an actor gave: the journal as far as the actor
/// had folded it.
node_facts as_of_view(const node_facts& facts, const messages::token_view& x);

/// How a list goes on: the members of `meta`.
struct list_place {
  uint64_t limit = 0;
  /// What to ask for next; nothing = this is the end.
  std::optional<std::string> next = {};
  std::optional<uint64_t> total = {};
  std::optional<uint64_t> page = {};
};

/// Ends the answer of a list.
void end_list(publication_json::json_writer& to, const list_place& x);

/// Makes a body the answer; `cache_control` is the value of the header.
http::response to_response(std::string body, std::string_view cache_control);

/// How long answers may be used again.
inline constexpr std::string_view cache_list = "public, max-age=10";
inline constexpr std::string_view cache_token = "public, max-age=5";
inline constexpr std::string_view cache_closed_chart = "public, max-age=30";
inline constexpr std::string_view cache_none = "no-cache";

/// 503: the node cannot answer now.
http::response unavailable(const failure& x);

/// 404: no such thing in our journal.
http::response not_found(std::string_view what);

} // namespace pumpscope::api
