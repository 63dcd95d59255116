#include "adapters/simulator/log_writer.hpp"

#include <charconv>

namespace pumpscope::simulator {

namespace {

/// Field `log_messages` of TransactionStatusMeta.
constexpr uint32_t log_messages = 6;

std::string_view digits(uint32_t x, char (&buffer)[10]) {
  auto end = std::to_chars(buffer, buffer + sizeof(buffer), x).ptr;
  return {buffer, static_cast<size_t>(end - buffer)};
}

} // namespace

void log_writer::line(std::string_view a, std::string_view b,
                      std::string_view c, std::string_view d,
                      std::string_view e) {
  out_.varint(log_messages << 3 | 2);
  out_.varint(a.size() + b.size() + c.size() + d.size() + e.size());
  for (auto piece : {a, b, c, d, e})
    out_.raw(piece);
}

void log_writer::invoke(std::string_view program, uint8_t height) {
  char buffer[10];
  line("Program ", program, " invoke [", digits(height, buffer), "]");
}

void log_writer::instruction(std::string_view name) {
  line("Program log: Instruction: ", name);
}

void log_writer::text(std::string_view text) {
  line("Program log: ", text);
}

void log_writer::success(std::string_view program, uint32_t units) {
  char buffer[10];
  line("Program ", program, " consumed ", digits(units, buffer),
       " of 399700 compute units");
  native_success(program);
}

void log_writer::native_success(std::string_view program) {
  line("Program ", program, " success");
}

void log_writer::data(std::string_view bytes) {
  constexpr auto prefix = std::string_view{"Program data: "};
  auto size = base64_size(bytes.size());
  out_.varint(log_messages << 3 | 2);
  out_.varint(prefix.size() + size);
  out_.raw(prefix);
  write_base64(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(),
               out_.reserve(size));
  out_.advance(size);
}

void log_writer::call(std::string_view program, uint8_t height,
                      std::string_view name, uint32_t units) {
  invoke(program, height);
  if (!name.empty())
    instruction(name);
  success(program, units);
}

} // namespace pumpscope::simulator
