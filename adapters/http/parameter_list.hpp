#pragma once

#include <tl/expected.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pumpscope::http {

/// Named texts of a request in the order in which they came: the segments of
/// its path that the pattern names, or its query. All are valid UTF-8 without
/// NUL, and no name stands twice.
class parameter_list {
public:
  using value_type = std::pair<std::string, std::string>;
  using const_iterator = std::vector<value_type>::const_iterator;

  /// Adds an entry whose name is not there yet.
  void add(std::string name, std::string value);

  /// Returns the value of a name; null when there is none. Valid as long as
  /// nothing is added.
  [[nodiscard]] const std::string* find(std::string_view name) const;

  [[nodiscard]] const_iterator begin() const {
    return entries_.begin();
  }

  [[nodiscard]] const_iterator end() const {
    return entries_.end();
  }

  [[nodiscard]] size_t size() const {
    return entries_.size();
  }

private:
  std::vector<value_type> entries_ = {};
};

/// What a plus sign means.
enum class plus_sign {
  /// Itself: in a path.
  plus,
  /// A space: in a query, as forms and URLSearchParams write it.
  space,
};

/// Undoes percent-encoding. Returns nothing when a percent sign is not followed
/// by two hexadecimal digits, or when the result is no UTF-8 or holds NUL.
std::optional<std::string> percent_decoded(std::string_view text,
                                           plus_sign plus);

/// Reads a query, `a=1&b=2` without the question mark. A name without an equals
/// sign has an empty value; empty pieces are skipped. Refuses bad encoding,
/// names that stand twice (which of them was meant is not ours to guess) and
/// more than 64 parameters: the error is a text for people that names the
/// parameter.
tl::expected<parameter_list, std::string> parse_query(std::string_view text);

} // namespace pumpscope::http
