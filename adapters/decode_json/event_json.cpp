#include "adapters/decode_json/event_json.hpp"

#include "domain/base58.hpp"
#include "domain/base64.hpp"
#include "domain/borsh.hpp"
#include "domain/utf8.hpp"

#include <boost/json/parse.hpp>

#include <cstring>
#include <limits>

namespace pumpscope::decode_json {

namespace {

using domain::borsh_reader;
using domain::idl::field;
using domain::idl::shape;
using domain::idl::type;

/// Longest line that `decode_payload_line` takes.
constexpr size_t line_bytes_max = 1U << 20;

void append_escaped(std::string& out, char c) {
  constexpr char hex[] = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  if (static_cast<uint8_t>(c) < 0x20) {
    out += "\\u00";
    out += hex[static_cast<uint8_t>(c) >> 4];
    out += hex[c & 0xF];
    return;
  }
  out += c;
}

std::string to_decimal(domain::i128 x) {
  return domain::to_string(x);
}

std::string to_decimal(domain::u128 x) {
  return domain::to_string(x);
}

template <std::integral T>
std::string to_decimal(T x) {
  return std::to_string(x);
}

template <class T>
void append_integer(std::string& out, borsh_reader& reader) {
  T value = 0;
  if (reader.next(value)) {
    out += '"';
    out += to_decimal(value);
    out += '"';
  }
}

void append_value(std::string& out, borsh_reader& reader, type x) {
  switch (x) {
    case type::boolean: {
      auto value = false;
      if (reader.next(value))
        out += value ? "true" : "false";
      return;
    }
    case type::u8:
      return append_integer<uint8_t>(out, reader);
    case type::u16:
      return append_integer<uint16_t>(out, reader);
    case type::u32:
      return append_integer<uint32_t>(out, reader);
    case type::u64:
      return append_integer<uint64_t>(out, reader);
    case type::u128:
      return append_integer<domain::u128>(out, reader);
    case type::i64:
      return append_integer<int64_t>(out, reader);
    case type::i128:
      return append_integer<domain::i128>(out, reader);
    case type::pubkey: {
      domain::pubkey value;
      if (reader.next(value))
        append_string(out, to_base58(value).view());
      return;
    }
    case type::text: {
      std::string_view value;
      if (reader.next(value))
        append_string(out, value);
      return;
    }
    case type::structure:
      return;
  }
}

void append_one(std::string& out, borsh_reader& reader, const field& x) {
  if (x.type != type::structure) {
    append_value(out, reader, x.type);
    return;
  }
  out += '{';
  auto first = true;
  for (auto& member : domain::idl::structures()[x.structure].fields) {
    if (!first)
      out += ',';
    first = false;
    append_string(out, member.name);
    out += ':';
    append_value(out, reader, member.type);
  }
  out += '}';
}

void append_many(std::string& out, borsh_reader& reader, const field& x,
                 size_t count) {
  out += '[';
  for (size_t i = 0; i < count; ++i) {
    if (i != 0)
      out += ',';
    append_one(out, reader, x);
  }
  out += ']';
}

void append_field(std::string& out, borsh_reader& reader, const field& x) {
  switch (x.shape) {
    case shape::one:
      append_one(out, reader, x);
      return;
    case shape::array:
      append_many(out, reader, x, x.count);
      return;
    case shape::option: {
      auto present = false;
      if (reader.next(present) && present)
        append_one(out, reader, x);
      else
        out += "null";
      return;
    }
    case shape::vector: {
      uint32_t count = 0;
      if (reader.next(count))
        append_many(out, reader, x, count);
      return;
    }
  }
}

std::string error_line(std::string_view text) {
  std::string result = "{\"error\":";
  append_string(result, text);
  return result + '}';
}

std::optional<domain::program> parse_program(std::string_view name) {
  for (auto x : {domain::program::pump, domain::program::pump_amm})
    if (domain::idl::name_of(x) == name)
      return x;
  return std::nullopt;
}

/// The two members that a line must have.
struct payload_line {
  domain::program program = domain::program::pump;
  std::vector<uint8_t> payload = {};
};

tl::expected<payload_line, std::string> parse_line(std::string_view line) {
  if (line.size() > line_bytes_max)
    return tl::unexpected{std::string{"the line is too long"}};
  boost::system::error_code error;
  auto document = boost::json::parse({line.data(), line.size()}, error);
  if (error || !document.is_object())
    return tl::unexpected{std::string{"the line is no JSON object"}};
  auto& object = document.get_object();
  auto program_name = object.if_contains("program");
  auto text = object.if_contains("event_base64");
  if (program_name == nullptr || !program_name->is_string() || text == nullptr
      || !text->is_string())
    return tl::unexpected{
      std::string{"the line has no texts 'program' and 'event_base64'"}};
  auto& name = program_name->get_string();
  auto program = parse_program({name.data(), name.size()});
  if (!program)
    return tl::unexpected{std::string{"unknown program"}};
  auto& base64 = text->get_string();
  auto payload = domain::decode_base64({base64.data(), base64.size()});
  if (!payload)
    return tl::unexpected{std::string{"'event_base64' is no base64"}};
  return payload_line{*program, std::move(*payload)};
}

} // namespace

void append_string(std::string& out, std::string_view text) {
  out += '"';
  for (;;) {
    auto zero = text.find('\0');
    auto clean = domain::clean_utf8(text.substr(0, zero),
                                    std::numeric_limits<size_t>::max());
    for (auto c : clean)
      append_escaped(out, c);
    if (zero == std::string_view::npos)
      break;
    out += "\\u0000";
    text.remove_prefix(zero + 1);
  }
  out += '"';
}

void append_data(std::string& out, const domain::idl::event& kind,
                 std::span<const uint8_t> payload, size_t fields) {
  borsh_reader reader{payload};
  out += '{';
  for (size_t i = 0; i < fields; ++i) {
    if (i != 0)
      out += ',';
    append_string(out, kind.fields[i].name);
    out += ':';
    append_field(out, reader, kind.fields[i]);
  }
  out += '}';
}

std::string describe(const domain::idl::layout_error& x) {
  if (x.reason == domain::dead_letter_reason::unknown_layout)
    return "unknown layout: ends before " + std::string{x.field};
  if (x.flag_byte)
    return "flag byte above 1 in " + std::string{x.field};
  return "ends inside " + std::string{x.field};
}

std::string decode_payload_line(std::string_view line, bool* ok) {
  auto good = [&](bool x) {
    if (ok != nullptr)
      *ok = x;
  };
  good(false);
  auto parsed = parse_line(line);
  if (!parsed)
    return error_line(parsed.error());
  auto& [program, payload] = *parsed;
  uint64_t discriminator = 0;
  if (payload.size() < sizeof(discriminator))
    return error_line("shorter than a discriminator");
  std::memcpy(&discriminator, payload.data(), sizeof(discriminator));
  std::string result = "{\"program\":";
  append_string(result, domain::idl::name_of(program));
  auto kind = domain::idl::find_event(program, discriminator);
  if (kind == nullptr) {
    good(true);
    return result + ",\"event\":null}";
  }
  auto fields = std::span{payload}.subspan(sizeof(discriminator));
  auto layout = domain::idl::check_layout(*kind, fields);
  if (!layout)
    return error_line(describe(layout.error()));
  good(true);
  result += ",\"event\":";
  append_string(result, kind->name);
  result += ",\"data\":";
  append_data(result, *kind, fields, layout->fields);
  return result + '}';
}

bool is_payload_line(std::string_view first_line) {
  return first_line.find("\"event_base64\"") != std::string_view::npos;
}

} // namespace pumpscope::decode_json
