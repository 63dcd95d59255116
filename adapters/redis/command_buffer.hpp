#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

namespace pumpscope::redis {

/// Appends a word as Redis reads it; any bytes will do.
void append_word(std::string& text, std::string_view bytes);

/// Commands in the form in which Redis reads them (RESP), one behind the other.
class command_buffer {
public:
  /// Appends a command with its arguments; any bytes will do.
  void add(std::initializer_list<std::string_view> words) {
    begin(words.size());
    for (auto word : words)
      this->word(word);
  }

  /// Begins a command of `words` words; exactly as many calls of `word` follow.
  void begin(size_t words);

  void word(std::string_view bytes) {
    append_word(text_, bytes);
  }

  /// Several words that `append_word` wrote.
  void words(std::string_view framed) {
    text_ += framed;
  }

  void clear() {
    text_.clear();
    commands_ = 0;
  }

  [[nodiscard]] const std::string& text() const {
    return text_;
  }

  /// Number of commands.
  [[nodiscard]] size_t size() const {
    return commands_;
  }

private:
  std::string text_ = {};
  size_t commands_ = 0;
};

} // namespace pumpscope::redis
