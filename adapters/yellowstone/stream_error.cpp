// What the end of a stream means.

#include "adapters/yellowstone/client.hpp"

#include <grpcpp/support/status_code_enum.h>

#include <array>
#include <charconv>

namespace pumpscope::yellowstone {

namespace {

constexpr auto code_names = std::array<std::string_view, 17>{
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
};

/// The number behind "last available: ".
std::optional<uint64_t> available_from(std::string_view message) {
  constexpr auto before = std::string_view{"last available: "};
  auto at = message.find(before);
  if (at == std::string_view::npos)
    return std::nullopt;
  message.remove_prefix(at + before.size());
  auto result = uint64_t{0};
  auto end = message.data() + message.size();
  if (std::from_chars(message.data(), end, result).ec != std::errc{})
    return std::nullopt;
  return result;
}

/// The server's words, cut to a length and to characters that a log bears.
std::string readable(std::string_view message) {
  auto result = std::string{message.substr(0, 300)};
  for (auto& c : result)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
      c = ' ';
  return result;
}

} // namespace

stream_error classify(int status_code, std::string_view message,
                      std::string_view endpoint) {
  auto known = status_code >= 0
               && static_cast<size_t>(status_code) < code_names.size();
  auto result = stream_error{};
  result.what = std::string{endpoint} + ": ";
  result.what += known ? code_names[static_cast<size_t>(status_code)]
                       : std::string_view{"unknown status"};
  if (!message.empty())
    result.what += ": " + readable(message);
  auto says = [message](std::string_view text) {
    return message.find(text) != std::string_view::npos;
  };
  if (says("is not available, last available")
      || says("from_slot is not supported")) {
    result.code = domain::errc::source_out_of_range;
    result.available_from = available_from(message);
    return result;
  }
  switch (status_code) {
    case grpc::StatusCode::UNAUTHENTICATED:
    case grpc::StatusCode::PERMISSION_DENIED:
      result.code = domain::errc::unauthorized;
      break;
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      // Too many clients passes; a message above our bound does not.
      if (says("larger than max"))
        result.code = domain::errc::limit_exceeded;
      break;
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::UNIMPLEMENTED:
      result.code = domain::errc::invalid_config;
      break;
    default:
      break;
  }
  return result;
}

} // namespace pumpscope::yellowstone
