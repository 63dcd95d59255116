#pragma once

#include "adapters/postgres/connection.hpp"
#include "messages/inbox.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace pumpscope::adapters::postgres {

/// The payloads of webhooks: does what the functions of `store` promise.
class inbox {
public:
  explicit inbox(session& from) : session_(from) {
  }

  std::optional<uint64_t> append(std::span<const std::string> payloads,
                                 const messages::inbox_limits& limits);

  std::vector<messages::inbox_row> load(uint64_t after, size_t rows_max,
                                        size_t bytes_max);

  void remove(uint64_t up_to);

  messages::inbox_size size();

private:
  session& session_;
};

} // namespace pumpscope::adapters::postgres
