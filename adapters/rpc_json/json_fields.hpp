#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pumpscope::rpc_json {

/// Remembers the first thing that was wrong with a document; later ones are
/// mostly its consequences.
class problem {
public:
  void add(std::string text) {
    if (text_.empty())
      text_ = std::move(text);
  }

  [[nodiscard]] bool found() const {
    return !text_.empty();
  }

  [[nodiscard]] const std::string& text() const {
    return text_;
  }

private:
  std::string text_ = {};
};

/// Returns the member of that name; null when it is missing or JSON null.
const boost::json::value* find(const boost::json::object& x,
                               std::string_view name);

/// Returns the member as an object; null when it is missing, JSON null, or
/// (a problem) something else.
const boost::json::object* find_object(const boost::json::object& x,
                                       std::string_view name, problem& p);

/// @copydoc find_object
const boost::json::array* find_array(const boost::json::object& x,
                                     std::string_view name, problem& p);

/// Reads an unsigned integer, as a number or as decimal text; nothing when it
/// is none.
std::optional<uint64_t> to_u64(const boost::json::value& x);

/// Returns the member as an unsigned integer; nothing when it is missing, JSON
/// null, or (a problem) something else.
std::optional<uint64_t> find_u64(const boost::json::object& x,
                                 std::string_view name, problem& p);

/// @copydoc find_u64
std::optional<int64_t> find_i64(const boost::json::object& x,
                                std::string_view name, problem& p);

/// Returns the member as text; nothing when it is missing, JSON null, or (a
/// problem) something else.
std::optional<std::string_view> find_text(const boost::json::object& x,
                                          std::string_view name, problem& p);

} // namespace pumpscope::rpc_json
