#pragma once

#include <string>
#include <string_view>

namespace pumpscope::adapters::sqlite {

// Texts stand between marks in the full-text index `token_text`, so that its
// trigrams know where they begin and end: "\2\2dog\3\3". Searched texts have no
// such characters.

inline constexpr auto begin_mark = std::string_view{"\2\2"};
inline constexpr auto end_mark = std::string_view{"\3\3"};

/// Returns what the index has of a text.
inline std::string mark_text(std::string_view text) {
  return std::string{begin_mark}.append(text).append(end_mark);
}

} // namespace pumpscope::adapters::sqlite
