#include "adapters/price/price_answer.hpp"

#include "domain/base58.hpp"
#include "domain/known_keys.hpp"
#include "domain/sol_price.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <string>

namespace pumpscope::adapters {

namespace {

namespace json = boost::json;

/// Nesting of an answer that makes sense.
constexpr size_t depth_max = 8;

/// The member of an object; null when it is none or has no such member.
const json::value* member(const json::value* of, std::string_view name) {
  auto* object = of == nullptr ? nullptr : of->if_object();
  return object == nullptr ? nullptr : object->if_contains(name);
}

std::optional<uint64_t> to_micros(const json::value* x) {
  if (x == nullptr)
    return std::nullopt;
  if (auto* text = x->if_string())
    return domain::parse_usd_micros({text->data(), text->size()});
  if (x->is_number())
    return domain::parse_usd_micros(json::serialize(*x));
  return std::nullopt;
}

/// Reads one of these members of an object.
std::optional<uint64_t> price_in(const json::value* x) {
  for (auto name : {"usdPrice", "price"})
    if (auto micros = to_micros(member(x, name)))
      return micros;
  return std::nullopt;
}

std::optional<json::value> parse(std::string_view text) {
  auto options = json::parse_options{};
  options.max_depth = depth_max;
  auto error = boost::system::error_code{};
  auto root = json::parse(text, error, {}, options);
  if (error)
    return std::nullopt;
  return root;
}

/// Reads what a price endpoint answered.
std::optional<uint64_t> price_in_answer(const json::value& root) {
  auto mint = domain::to_string(domain::known_keys::wsol_mint);
  for (auto* prices : {&root, member(&root, "data")})
    if (auto micros = price_in(member(prices, mint)))
      return micros;
  return std::nullopt;
}

} // namespace

std::optional<uint64_t> read_price_answer(std::string_view text) {
  auto root = parse(text);
  return root ? price_in_answer(*root) : std::nullopt;
}

std::optional<uint64_t> read_price_value(std::string_view text) {
  constexpr auto space = std::string_view{" \t\r\n"};
  if (text.size() > price_value_bytes_max)
    return std::nullopt;
  auto begin = std::min(text.find_first_not_of(space), text.size());
  text.remove_prefix(begin);
  text = text.substr(0, text.find_last_not_of(space) + 1);
  if (auto micros = domain::parse_usd_micros(text))
    return micros;
  auto root = parse(text);
  if (!root)
    return std::nullopt;
  if (auto micros = to_micros(&*root))
    return micros;
  auto micros = price_in(&*root);
  return micros ? micros : price_in_answer(*root);
}

} // namespace pumpscope::adapters
