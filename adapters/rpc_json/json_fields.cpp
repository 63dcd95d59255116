#include "adapters/rpc_json/json_fields.hpp"

#include <charconv>

namespace pumpscope::rpc_json {

namespace {

std::string wrong_type(std::string_view name, std::string_view wanted) {
  return "'" + std::string{name} + "' is no " + std::string{wanted};
}

} // namespace

const boost::json::value* find(const boost::json::object& x,
                               std::string_view name) {
  auto value = x.if_contains(name);
  return value != nullptr && !value->is_null() ? value : nullptr;
}

const boost::json::object* find_object(const boost::json::object& x,
                                       std::string_view name, problem& p) {
  auto value = find(x, name);
  if (value == nullptr)
    return nullptr;
  if (!value->is_object())
    p.add(wrong_type(name, "object"));
  return value->if_object();
}

const boost::json::array* find_array(const boost::json::object& x,
                                     std::string_view name, problem& p) {
  auto value = find(x, name);
  if (value == nullptr)
    return nullptr;
  if (!value->is_array())
    p.add(wrong_type(name, "array"));
  return value->if_array();
}

std::optional<uint64_t> to_u64(const boost::json::value& x) {
  if (auto number = x.if_uint64())
    return *number;
  if (auto number = x.if_int64(); number != nullptr && *number >= 0)
    return static_cast<uint64_t>(*number);
  if (auto text = x.if_string()) {
    uint64_t result = 0;
    auto end = text->data() + text->size();
    auto [at, error] = std::from_chars(text->data(), end, result);
    if (error == std::errc{} && at == end)
      return result;
  }
  return std::nullopt;
}

std::optional<uint64_t> find_u64(const boost::json::object& x,
                                 std::string_view name, problem& p) {
  auto value = find(x, name);
  if (value == nullptr)
    return std::nullopt;
  auto result = to_u64(*value);
  if (!result)
    p.add(wrong_type(name, "unsigned integer"));
  return result;
}

std::optional<int64_t> find_i64(const boost::json::object& x,
                                std::string_view name, problem& p) {
  auto value = find(x, name);
  if (value == nullptr)
    return std::nullopt;
  if (auto number = value->if_int64())
    return *number;
  p.add(wrong_type(name, "integer"));
  return std::nullopt;
}

std::optional<std::string_view> find_text(const boost::json::object& x,
                                          std::string_view name, problem& p) {
  auto value = find(x, name);
  if (value == nullptr)
    return std::nullopt;
  auto text = value->if_string();
  if (text == nullptr) {
    p.add(wrong_type(name, "string"));
    return std::nullopt;
  }
  return std::string_view{text->data(), text->size()};
}

} // namespace pumpscope::rpc_json
