#include "adapters/sqlite/inbox.hpp"

#include "adapters/sqlite/columns.hpp"

namespace pumpscope::adapters::sqlite {

std::optional<uint64_t> inbox::append(std::span<const std::string> payloads,
                                      const messages::inbox_limits& limits) {
  auto bytes = uint64_t{0};
  for (auto& x : payloads)
    bytes += x.size();
  auto tx = transaction{db_, transaction::kind::write};
  auto count = static_cast<uint64_t>(payloads.size());
  auto last = uint64_t{0};
  {
    auto total = db_.prepare("SELECT last_id, payloads, bytes FROM "
                             "inbox_total");
    total.step();
    if (total.unsigned_integer(1) + count > limits.payloads_max
        || total.unsigned_integer(2) + bytes > limits.bytes_max)
      return std::nullopt;
    last = total.unsigned_integer(0);
  }
  auto insert = db_.prepare("INSERT INTO inbox VALUES (?, ?)");
  for (auto& x : payloads)
    insert.bind(++last, std::string_view{x}).run();
  db_
    .prepare("UPDATE inbox_total SET last_id = ?, payloads = payloads + ?, "
             "bytes = bytes + ?")
    .bind(last, count, bytes)
    .run();
  tx.commit();
  return last;
}

std::vector<messages::inbox_row> inbox::load(uint64_t after, size_t rows_max,
                                             size_t bytes_max) {
  auto result = std::vector<messages::inbox_row>{};
  auto bytes = size_t{0};
  auto select = db_.prepare(
    "SELECT id, payload FROM inbox WHERE id > ? ORDER BY id LIMIT ?");
  select.bind(saturated(after), saturated(rows_max));
  while (bytes < bytes_max && select.step()) {
    auto& row = result.emplace_back();
    row.id = select.unsigned_integer(0);
    row.payload = std::string{select.blob(1)};
    bytes += row.payload.size();
  }
  return result;
}

void inbox::remove(uint64_t up_to) {
  auto tx = transaction{db_, transaction::kind::write};
  auto id = saturated(up_to);
  // Counted while they are there.
  db_
    .prepare("UPDATE inbox_total SET "
             "payloads = payloads - (SELECT count(*) FROM inbox WHERE id <= "
             "?1), bytes = bytes - (SELECT coalesce(sum(length(payload)), 0) "
             "FROM inbox WHERE id <= ?1)")
    .bind(id)
    .run();
  db_.prepare("DELETE FROM inbox WHERE id <= ?").bind(id).run();
  tx.commit();
}

messages::inbox_size inbox::size() {
  auto total = db_.prepare("SELECT payloads, bytes FROM inbox_total");
  total.step();
  return {total.unsigned_integer(0), total.unsigned_integer(1)};
}

} // namespace pumpscope::adapters::sqlite
