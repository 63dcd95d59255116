#include "adapters/http/parameter_list.hpp"

#include "domain/utf8.hpp"

#include <algorithm>
#include <cassert>

namespace pumpscope::http {

namespace {

constexpr size_t parameters_max = 64;

std::optional<unsigned> hex_digit(char x) {
  if (x >= '0' && x <= '9')
    return static_cast<unsigned>(x - '0');
  if (x >= 'a' && x <= 'f')
    return static_cast<unsigned>(x - 'a' + 10);
  if (x >= 'A' && x <= 'F')
    return static_cast<unsigned>(x - 'A' + 10);
  return std::nullopt;
}

} // namespace

void parameter_list::add(std::string name, std::string value) {
  assert(find(name) == nullptr);
  entries_.emplace_back(std::move(name), std::move(value));
}

const std::string* parameter_list::find(std::string_view name) const {
  auto i
    = std::find_if(entries_.begin(), entries_.end(),
                   [name](const value_type& x) { return x.first == name; });
  return i == entries_.end() ? nullptr : &i->second;
}

std::optional<std::string> percent_decoded(std::string_view text,
                                           plus_sign plus) {
  auto result = std::string{};
  result.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus == plus_sign::space) {
      result += ' ';
    } else if (text[i] != '%') {
      result += text[i];
    } else {
      if (text.size() - i < 3)
        return std::nullopt;
      auto high = hex_digit(text[i + 1]);
      auto low = hex_digit(text[i + 2]);
      if (!high || !low)
        return std::nullopt;
      result += static_cast<char>(*high * 16 + *low);
      i += 2;
    }
  }
  // Cleaning leaves nothing but valid texts as they are.
  if (domain::clean_utf8(result, result.size()) != result)
    return std::nullopt;
  return result;
}

tl::expected<parameter_list, std::string> parse_query(std::string_view text) {
  auto result = parameter_list{};
  while (!text.empty()) {
    auto piece = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(piece.size() + 1, text.size()));
    if (piece.empty())
      continue;
    auto equals = std::min(piece.find('='), piece.size());
    auto raw_name = piece.substr(0, equals);
    auto raw_value = piece.substr(std::min(equals + 1, piece.size()));
    auto name = percent_decoded(raw_name, plus_sign::space);
    auto value = percent_decoded(raw_value, plus_sign::space);
    auto shown = std::string{raw_name};
    if (!name || !value)
      return tl::unexpected{shown + ": not percent-encoded UTF-8"};
    if (result.find(*name) != nullptr)
      return tl::unexpected{shown + ": stands twice"};
    if (result.size() == parameters_max)
      return tl::unexpected{shown + ": more than "
                            + std::to_string(parameters_max) + " parameters"};
    result.add(std::move(*name), std::move(*value));
  }
  return result;
}

} // namespace pumpscope::http
