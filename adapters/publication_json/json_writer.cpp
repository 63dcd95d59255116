#include "adapters/publication_json/json_writer.hpp"

#include "domain/base58.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

namespace pumpscope::publication_json {

namespace {

constexpr std::string_view hex = "0123456789abcdef";

template <class T>
void append_number(std::string& out, T x) {
  auto buffer = std::array<char, 32>{};
  auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), x).ptr;
  out.append(buffer.data(), end);
}

/// Writes exactly `digits` digits of a number that has no more, and what comes
/// behind it; returns the end.
char* put_padded(char* to, unsigned x, size_t digits, char after) {
  for (auto i = digits; i > 0; x /= 10)
    to[--i] = static_cast<char>('0' + x % 10);
  to[digits] = after;
  return to + digits + 1;
}

void append_i128(std::string& out, domain::i128 x) {
  if (x >= 0 && x <= domain::i128{INT64_MAX})
    append_number(out, static_cast<int64_t>(x));
  else
    out += domain::to_string(x);
}

} // namespace

void json_writer::separate() {
  if (needs_comma_)
    out_ += ',';
  needs_comma_ = true;
}

json_writer& json_writer::begin_object() {
  separate();
  out_ += '{';
  needs_comma_ = false;
  return *this;
}

json_writer& json_writer::end_object() {
  out_ += '}';
  needs_comma_ = true;
  return *this;
}

json_writer& json_writer::begin_array() {
  separate();
  out_ += '[';
  needs_comma_ = false;
  return *this;
}

json_writer& json_writer::end_array() {
  out_ += ']';
  needs_comma_ = true;
  return *this;
}

json_writer& json_writer::key(std::string_view name) {
  separate();
  out_ += '"';
  out_ += name;
  out_ += "\":";
  needs_comma_ = false;
  return *this;
}

json_writer& json_writer::text(std::string_view value) {
  separate();
  out_ += '"';
  // What needs no escaping goes in one piece.
  auto begin = size_t{0};
  for (auto i = size_t{0}; i < value.size(); ++i) {
    auto c = value[i];
    auto code = static_cast<unsigned char>(c);
    if (c != '"' && c != '\\' && code >= 0x20)
      continue;
    out_.append(value, begin, i - begin);
    begin = i + 1;
    if (code >= 0x20) {
      out_ += '\\';
      out_ += c;
    } else {
      out_ += "\\u00";
      out_ += hex[code >> 4];
      out_ += hex[code & 15];
    }
  }
  out_.append(value, begin);
  out_ += '"';
  return *this;
}

json_writer& json_writer::plain(std::string_view value) {
  separate();
  out_ += '"';
  out_ += value;
  out_ += '"';
  return *this;
}

json_writer& json_writer::value(const domain::pubkey& x) {
  return plain(domain::to_base58(x).view());
}

json_writer& json_writer::value(const domain::signature& x) {
  return plain(domain::to_base58(x).view());
}

json_writer& json_writer::amount(domain::i128 x) {
  separate();
  out_ += '"';
  append_i128(out_, x);
  out_ += '"';
  return *this;
}

json_writer& json_writer::amount(const std::optional<domain::i128>& x) {
  return x ? amount(*x) : null();
}

json_writer& json_writer::number(uint64_t x) {
  separate();
  append_number(out_, x);
  return *this;
}

json_writer& json_writer::number(int64_t x) {
  separate();
  append_number(out_, x);
  return *this;
}

json_writer& json_writer::number(double x) {
  if (!std::isfinite(x))
    return null();
  separate();
  append_number(out_, x);
  return *this;
}

json_writer& json_writer::number(const std::optional<double>& x) {
  return x ? number(*x) : null();
}

json_writer& json_writer::number(const std::optional<uint64_t>& x) {
  return x ? number(*x) : null();
}

json_writer& json_writer::flag(bool x) {
  separate();
  out_ += x ? "true" : "false";
  return *this;
}

json_writer& json_writer::null() {
  separate();
  out_ += "null";
  return *this;
}

json_writer& json_writer::time(int64_t unix_seconds) {
  return unix_seconds == 0 ? null() : plain(time_text(unix_seconds));
}

std::string time_text(int64_t unix_seconds) {
  using namespace std::chrono;
  // Years of four digits; hostile times beyond them are clamped.
  constexpr auto earliest = sys_days{year{0} / 1 / 1};
  constexpr auto latest = sys_days{year{9999} / 12 / 31} + hours{24}
                          - seconds{1};
  auto at = std::clamp(sys_seconds{seconds{unix_seconds}},
                       sys_seconds{earliest}, sys_seconds{latest});
  auto day = floor<days>(at);
  auto date = year_month_day{day};
  auto clock = hh_mm_ss{at - day};
  auto text = std::array<char, 20>{};
  auto end = text.data();
  end = put_padded(end, static_cast<unsigned>(static_cast<int>(date.year())), 4,
                   '-');
  end = put_padded(end, static_cast<unsigned>(date.month()), 2, '-');
  end = put_padded(end, static_cast<unsigned>(date.day()), 2, 'T');
  end = put_padded(end, static_cast<unsigned>(clock.hours().count()), 2, ':');
  end = put_padded(end, static_cast<unsigned>(clock.minutes().count()), 2, ':');
  end = put_padded(end, static_cast<unsigned>(clock.seconds().count()), 2, 'Z');
  return {text.data(), end};
}

std::string number_text(double x) {
  auto result = std::string{};
  append_number(result, x);
  return result;
}

} // namespace pumpscope::publication_json
