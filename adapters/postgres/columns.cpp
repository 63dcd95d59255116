#include "adapters/postgres/columns.hpp"

namespace pumpscope::adapters::postgres {

namespace {

int hex_digit(char x) {
  if (x >= '0' && x <= '9')
    return x - '0';
  if (x >= 'a' && x <= 'f')
    return x - 'a' + 10;
  return -1;
}

/// Reads the columns that trades and events share.
template <class Row>
void read_columns(const pqxx::row& from, Row& x) {
  x.jpos = unsigned_at(from, 0);
  x.position.slot = unsigned_at(from, 2);
  x.position.tx_index = from[3].as<uint32_t>();
  x.position.ix_path = from[4].as<uint32_t>();
  x.block_time = from[5].as<int64_t>();
  x.wallet = key_at<domain::pubkey>(from, 6);
  x.mint = key_at<domain::pubkey>(from, 7);
  x.signature = key_at<domain::signature>(from, 8);
  if (!messages::unpack_body(bytes_at(from, 9), x))
    fail_damaged("journal row " + std::to_string(x.jpos));
}

} // namespace

void fail_damaged(std::string_view row) {
  throw failure{
    {domain::errc::blob_corrupt, "the store is damaged: " + std::string{row}}};
}

std::string bytes_at(const pqxx::row& from, int column) {
  auto field = from[column];
  auto text = std::string_view{field.c_str(), field.size()};
  // The server is told to write bytea as \x and hexadecimal digits.
  if (!text.starts_with("\\x") || text.size() % 2 != 0)
    fail_damaged(field.name());
  auto result = std::string{};
  result.reserve(text.size() / 2 - 1);
  for (size_t i = 2; i < text.size(); i += 2) {
    auto high = hex_digit(text[i]);
    auto low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0)
      fail_damaged(field.name());
    result += static_cast<char>(high << 4 | low);
  }
  return result;
}

domain::u128 u128_at(const pqxx::row& from, int column) {
  auto field = from[column];
  auto text = std::string_view{field.c_str(), field.size()};
  constexpr auto max = ~domain::u128{0};
  auto result = domain::u128{0};
  for (auto c : text) {
    auto digit = static_cast<unsigned>(c - '0');
    if (digit > 9 || result > (max - digit) / 10)
      fail_damaged(field.name());
    result = result * 10 + digit;
  }
  if (text.empty())
    fail_damaged(field.name());
  return result;
}

domain::i128 i128_at(const pqxx::row& from, int column) {
  auto field = from[column];
  auto result = domain::parse_i128({field.c_str(), field.size()});
  if (!result)
    fail_damaged(field.name());
  return *result;
}

std::string to_array(std::span<const domain::pubkey> keys) {
  constexpr auto digits = std::string_view{"0123456789abcdef"};
  auto result = std::string{"{"};
  for (auto& key : keys) {
    result += result.size() == 1 ? "\"\\\\x" : ",\"\\\\x";
    for (auto byte : key.bytes) {
      auto x = static_cast<uint8_t>(byte);
      result += digits[x >> 4];
      result += digits[x & 15];
    }
    result += '"';
  }
  return result + "}";
}

std::string to_literal(const domain::pubkey& key) {
  // {"\\x…"} without what makes it an array.
  auto array = to_array({&key, 1});
  return "'" + array.substr(3, array.size() - 5) + "'::bytea";
}

std::string to_literal(std::span<const domain::pubkey> keys) {
  return "'" + to_array(keys) + "'::bytea[]";
}

void read_journal_row(
  const pqxx::row& from, const std::function<void(domain::trade&&)>& on_trade,
  const std::function<void(domain::token_event&&)>& on_event) {
  using domain::token_event_kind;
  auto kind = from[1].as<int>();
  if (kind == 0) {
    auto row = domain::trade{};
    read_columns(from, row);
    on_trade(std::move(row));
    return;
  }
  if (kind < 0 || kind > 1 + static_cast<int>(token_event_kind::slot_voided))
    fail_damaged("journal row " + std::to_string(unsigned_at(from, 0)));
  auto row = domain::token_event{};
  row.kind = static_cast<token_event_kind>(kind - 1);
  read_columns(from, row);
  on_event(std::move(row));
}

void append_journal_row(const pqxx::row& from, messages::journal_rows& out) {
  read_journal_row(
    from, [&](domain::trade&& x) { out.trades.push_back(std::move(x)); },
    [&](domain::token_event&& x) { out.token_events.push_back(std::move(x)); });
}

} // namespace pumpscope::adapters::postgres
