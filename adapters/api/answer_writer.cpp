#include "adapters/api/answer_writer.hpp"

#include <algorithm>

namespace pumpscope::api {

using publication_json::json_writer;

json_writer& begin_answer(json_writer& to, const node_facts& facts) {
  to.begin_object();
  to.key("as_of").begin_object();
  to.key("slot").number(facts.head.sealed_slot);
  to.key("seq").plain(std::to_string(facts.head.jpos));
  to.key("chain_time").time(facts.head.chain_time);
  to.end_object();
  to.key("complete").flag(facts.gaps.empty());
  to.key("incomplete_since");
  if (facts.gaps.empty())
    to.null();
  else
    to.number(facts.gaps.front().row.from_slot);
  to.key("simulated").flag(facts.simulated);
  return to.key("data");
}

node_facts as_of_view(const node_facts& facts, const messages::token_view& x) {
  auto result = facts;
  result.head.jpos = std::min(facts.head.jpos, x.jpos);
  return result;
}

void end_list(json_writer& to, const list_place& x) {
  to.key("meta").begin_object();
  to.key("limit").number(x.limit);
  to.key("next");
  if (x.next)
    to.plain(*x.next);
  else
    to.null();
  to.key("hasMore").flag(x.next.has_value());
  if (x.total)
    to.key("total").number(*x.total);
  if (x.page)
    to.key("page").number(*x.page);
  to.end_object();
  to.end_object();
}

http::response to_response(std::string body, std::string_view cache_control) {
  auto result = http::response{};
  result.body = std::move(body);
  result.headers.emplace_back("Cache-Control", cache_control);
  return result;
}

http::response unavailable(const failure& x) {
  auto result = http::problem(503, "unavailable", x.what);
  result.headers.emplace_back("Retry-After", "1");
  return result;
}

http::response not_found(std::string_view what) {
  return http::problem(404, "not_found", what);
}

} // namespace pumpscope::api
