#include "runtime/node_row.hpp"

#include "runtime/json_text.hpp"

namespace pumpscope::runtime {

std::string role_of(const messages::member_row& x, uint64_t sequencer) {
  if (!x.alive)
    return "dead";
  if (x.draining)
    return "draining";
  return x.self.id == sequencer ? "sequencer" : "standby";
}

std::string to_json(const messages::member_row& x, uint64_t sequencer) {
  return json_object{}
    .text("name", x.self.name)
    .text("role", role_of(x, sequencer))
    .text("http", x.self.http)
    .text("peer", x.self.peer)
    .text("build", x.self.build)
    .number("partitions", x.partitions)
    .number("beat_age_ms", static_cast<uint64_t>(x.beat_age.count()))
    .number("age_ms", static_cast<uint64_t>(x.age.count()))
    .str();
}

} // namespace pumpscope::runtime
