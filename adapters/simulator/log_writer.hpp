#pragma once

#include "adapters/simulator/wire_writer.hpp"

#include <cstdint>
#include <string_view>

namespace pumpscope::simulator {

/// Writes the log lines of a transaction as the runtime words them, each as the
/// field `log_messages` of the transaction's meta.
class log_writer {
public:
  void clear() {
    out_.clear();
  }

  [[nodiscard]] std::string_view view() const {
    return out_.view();
  }

  /// "Program X invoke [height]"
  void invoke(std::string_view program, uint8_t height);

  /// "Program log: Instruction: NAME"
  void instruction(std::string_view name);

  /// "Program log: TEXT"
  void text(std::string_view text);

  /// "Program X consumed ..." and "Program X success"
  void success(std::string_view program, uint32_t units);

  /// "Program X success", as native programs that report no units.
  void native_success(std::string_view program);

  /// "Program data: BASE64"
  void data(std::string_view bytes);

  /// "Program X invoke", a line of its own where `name` is not empty, "success"
  void call(std::string_view program, uint8_t height, std::string_view name,
            uint32_t units);

private:
  void line(std::string_view a, std::string_view b, std::string_view c = {},
            std::string_view d = {}, std::string_view e = {});

  wire_writer out_;
};

} // namespace pumpscope::simulator
