#include "adapters/postgres/inbox.hpp"

#include "adapters/postgres/columns.hpp"

namespace pumpscope::adapters::postgres {

namespace {

using messages::saturated;

/// Ends a transaction whose payloads do not fit.
struct inbox_full {};

} // namespace

std::optional<uint64_t> inbox::append(std::span<const std::string> payloads,
                                      const messages::inbox_limits& limits) {
  try {
    return session_.write([&](pqxx::work& tx) {
      auto last = uint64_t{0};
      for (auto& x : payloads) {
        auto row = tx.exec_params1("SELECT append_inbox($1, $2, $3)",
                                   pqxx::binarystring(x.data(), x.size()),
                                   saturated(limits.payloads_max),
                                   saturated(limits.bytes_max));
        if (row[0].is_null())
          throw inbox_full{};
        last = unsigned_at(row, 0);
      }
      return last;
    });
  } catch (const inbox_full&) {
    return std::nullopt;
  }
}

std::vector<messages::inbox_row> inbox::load(uint64_t after, size_t rows_max,
                                             size_t bytes_max) {
  return session_.read([&](pqxx::transaction_base& tx) {
    auto result = std::vector<messages::inbox_row>{};
    // The sum is that of the rows before: the first one always comes.
    for (const auto& row : tx.exec_params(
           "SELECT id, payload FROM (SELECT id, payload, "
           "sum(octet_length(payload)) OVER (ORDER BY id) - "
           "octet_length(payload) AS before FROM (SELECT id, payload FROM "
           "inbox WHERE id > $1 ORDER BY id LIMIT $2) AS first) AS summed "
           "WHERE before < $3 ORDER BY id",
           saturated(after), saturated(rows_max), saturated(bytes_max))) {
      auto payload = pqxx::binarystring{row[1]};
      result.push_back({unsigned_at(row, 0), payload.str()});
    }
    return result;
  });
}

void inbox::remove(uint64_t up_to) {
  session_.write([&](pqxx::work& tx) {
    tx.exec_params("SELECT remove_inbox($1)", saturated(up_to));
  });
}

messages::inbox_size inbox::size() {
  return session_.read([](pqxx::transaction_base& tx) {
    auto row = tx.exec1("SELECT payloads, bytes FROM inbox_total");
    return messages::inbox_size{unsigned_at(row, 0), unsigned_at(row, 1)};
  });
}

} // namespace pumpscope::adapters::postgres
