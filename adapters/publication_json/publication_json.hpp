#pragma once

#include "messages/publication.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace pumpscope::publication_json {

/// Version of the envelope and of all data in it: `v`.
inline constexpr uint64_t contract_version = 1;

/// Appends the name of the channel that a message goes to, without a prefix:
/// docs/reference/redis.md lists them.
void append_channel(std::string& out, const messages::publication& x);

/// Appends the channel of a trade that is not durable.
void append_tick_channel(std::string& out, const domain::trade& x);

/// Returns what kind of message it is: `type` of the envelope.
std::string_view type_of(const messages::publication& x);

/// Appends a durable message: the envelope with its data. `now_ms` is when it
/// is published, in Unix milliseconds. Where nothing else tells the channel, it
/// stands in the envelope, as its first member.
void append_message(std::string& out, const messages::publication& x,
                    uint64_t fence, int64_t now_ms,
                    std::string_view channel = {});

/// Appends a trade that is not durable: no numbers, `status` processed.
void append_tick(std::string& out, const domain::trade& x, int64_t now_ms,
                 std::string_view channel = {});

} // namespace pumpscope::publication_json
