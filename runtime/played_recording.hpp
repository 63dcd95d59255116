#pragma once

#include "adapters/simulator/generator.hpp"
#include "adapters/simulator/wire_writer.hpp"
#include "domain/geyser_walk.hpp"
#include "runtime/outcome.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace pumpscope::recording {
class reader;
} // namespace pumpscope::recording

namespace pumpscope::runtime {

/// The updates of a recording as a simulated server serves them: without the
/// filters of the client that recorded them and without the time of that day.
/// Kinds that the server does not serve are left out; a damaged transaction is
/// served as it is.
class played_recording {
public:
  static outcome<std::unique_ptr<played_recording>>
  open(const std::string& path);

  ~played_recording();

  /// Gives the next update, valid until the next call; false at the end. Fails
  /// where the recording is broken.
  tl::expected<bool, std::string> next(simulator::generated_update& x);

  /// One line of JSON: what was given out.
  [[nodiscard]] std::string counts_json() const;

private:
  explicit played_recording(std::unique_ptr<recording::reader> reader);

  /// Tells what the server must know of it; false = it does not serve this.
  bool describe(std::span<const uint8_t> update,
                simulator::generated_update& x);
  void copy_body(std::span<const uint8_t> update);

  std::unique_ptr<recording::reader> reader_;
  /// Large, so it is kept.
  std::unique_ptr<domain::update_view> view_;
  simulator::wire_writer body_;
  uint64_t updates_ = 0;
  uint64_t transactions_ = 0;
  uint64_t failed_transactions_ = 0;
};

} // namespace pumpscope::runtime
