#include "adapters/publication_json/json_writer.hpp"

#include "domain/base58.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstring>
#include <utility>

namespace pumpscope::publication_json {

namespace {

constexpr std::string_view hex = "0123456789abcdef";

template <class T>
void append_number(std::string& out, T x) {
  auto buffer = std::array<char, 32>{};
  auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), x).ptr;
  out.append(buffer.data(), end);
}

/// A short piece of text that is appended in one go.
class piece {
public:
  /// Texts up to this length fit with all that stands around them.
  static constexpr size_t text_max = 96;

  void add(char c) {
    *end_++ = c;
  }

  void add(std::string_view text) {
    std::memcpy(end_, text.data(), text.size());
    end_ += text.size();
  }

  template <class T>
  void add_number(T x) {
    end_ = std::to_chars(end_, bytes_ + sizeof(bytes_), x).ptr;
  }

  /// Exactly `digits` digits of a number that has no more.
  void add_padded(unsigned x, size_t digits) {
    for (auto i = digits; i > 0; x /= 10)
      end_[--i] = static_cast<char>('0' + x % 10);
    end_ += digits;
  }

  [[nodiscard]] std::string_view view() const {
    return {bytes_, static_cast<size_t>(end_ - bytes_)};
  }

private:
  // Without initial values: it is made for every member.
  char bytes_[text_max + 8];
  char* end_ = bytes_;
};

bool fits_int64(domain::i128 x) {
  return x >= domain::i128{INT64_MIN} && x <= domain::i128{INT64_MAX};
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
  if (name.size() > piece::text_max) {
    separate();
    out_ += '"';
    out_ += name;
    out_ += "\":";
  } else {
    auto x = piece{};
    if (needs_comma_)
      x.add(',');
    x.add('"');
    x.add(name);
    x.add("\":");
    out_ += x.view();
  }
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
  if (value.size() > piece::text_max) {
    separate();
    out_ += '"';
    out_ += value;
    out_ += '"';
    return *this;
  }
  auto x = piece{};
  if (std::exchange(needs_comma_, true))
    x.add(',');
  x.add('"');
  x.add(value);
  x.add('"');
  out_ += x.view();
  return *this;
}

json_writer& json_writer::value(const domain::pubkey& x) {
  return plain(domain::to_base58(x).view());
}

json_writer& json_writer::value(const domain::signature& x) {
  return plain(domain::to_base58(x).view());
}

json_writer& json_writer::amount(domain::i128 x) {
  if (!fits_int64(x))
    return plain(domain::to_string(x));
  auto y = piece{};
  if (std::exchange(needs_comma_, true))
    y.add(',');
  y.add('"');
  y.add_number(static_cast<int64_t>(x));
  y.add('"');
  out_ += y.view();
  return *this;
}

template <class T>
json_writer& json_writer::add_number(T x) {
  auto y = piece{};
  if (std::exchange(needs_comma_, true))
    y.add(',');
  y.add_number(x);
  out_ += y.view();
  return *this;
}

json_writer& json_writer::amount(const std::optional<domain::i128>& x) {
  return x ? amount(*x) : null();
}

json_writer& json_writer::number(uint64_t x) {
  return add_number(x);
}

json_writer& json_writer::number(int64_t x) {
  return add_number(x);
}

json_writer& json_writer::number(double x) {
  return std::isfinite(x) ? add_number(x) : null();
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
  auto result = piece{};
  auto add = [&](unsigned number, size_t digits, char after) {
    result.add_padded(number, digits);
    result.add(after);
  };
  add(static_cast<unsigned>(static_cast<int>(date.year())), 4, '-');
  add(static_cast<unsigned>(date.month()), 2, '-');
  add(static_cast<unsigned>(date.day()), 2, 'T');
  add(static_cast<unsigned>(clock.hours().count()), 2, ':');
  add(static_cast<unsigned>(clock.minutes().count()), 2, ':');
  add(static_cast<unsigned>(clock.seconds().count()), 2, 'Z');
  return std::string{result.view()};
}

std::string number_text(double x) {
  auto result = std::string{};
  append_number(result, x);
  return result;
}

} // namespace pumpscope::publication_json
