#include "adapters/price/price_answer.hpp"

#include "domain/base58.hpp"
#include "domain/known_keys.hpp"
#include "domain/sol_price.hpp"

#include <boost/json.hpp>

#include <array>
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

} // namespace

std::optional<uint64_t> read_price_answer(std::string_view text) {
  auto options = json::parse_options{};
  options.max_depth = depth_max;
  auto error = boost::system::error_code{};
  auto root = json::parse(text, error, {}, options);
  if (error)
    return std::nullopt;
  auto mint = domain::to_string(domain::known_keys::wsol_mint);
  for (auto* prices :
       {static_cast<const json::value*>(&root), member(&root, "data")})
    for (auto name : {"usdPrice", "price"})
      if (auto micros = to_micros(member(member(prices, mint), name)))
        return micros;
  return std::nullopt;
}

} // namespace pumpscope::adapters
