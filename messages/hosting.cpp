#include "messages/hosting.hpp"

#include "messages/build_identity.hpp"
#include "messages/plain_codec.hpp"

#include <algorithm>
#include <cstring>
#include <functional>

namespace pumpscope::messages {

namespace {

/// Tells whether rows are ascending by journal position.
template <class Rows>
bool ascends(const Rows& rows) {
  auto falls = [](auto& x, auto& y) { return x.jpos >= y.jpos; };
  return std::adjacent_find(rows.begin(), rows.end(), falls) == rows.end();
}

} // namespace

uint64_t hosting_layout() {
  static const auto result
    = this_build().hosting_meaning
      ^ plain::layout_of<host_begin, host_epoch, host_event, host_question,
                         host_answer>();
  return result;
}

std::string encode(const host_begin& x) {
  return plain::encode(x);
}

std::string encode(const host_epoch& x) {
  return plain::encode(x);
}

std::string encode(const host_event& x) {
  return plain::encode(x);
}

std::string encode(const host_question& x) {
  return plain::encode(x);
}

std::string encode(const host_answer& x) {
  return plain::encode(x);
}

std::optional<host_begin> decode_host_begin(std::string_view bytes) {
  auto layout = uint64_t{0};
  if (bytes.size() < sizeof(layout))
    return std::nullopt;
  std::memcpy(&layout, bytes.data(), sizeof(layout));
  if (layout != hosting_layout())
    return std::nullopt;
  auto result = plain::decode<host_begin>(bytes);
  if (!result)
    return result;
  auto& xs = result->partitions;
  auto repeats = std::adjacent_find(xs.begin(), xs.end(), std::greater_equal{});
  if (xs.empty() || repeats != xs.end() || xs.back() >= result->partition_count
      || result->partition_count > domain::hash_slots)
    result.reset();
  return result;
}

std::optional<host_epoch> decode_host_epoch(std::string_view bytes) {
  auto result = plain::decode<host_epoch>(bytes);
  if (result && !(ascends(result->trades) && ascends(result->token_events)))
    result.reset();
  return result;
}

std::optional<host_event> decode_host_event(std::string_view bytes) {
  return plain::decode<host_event>(bytes);
}

std::optional<host_question> decode_host_question(std::string_view bytes) {
  return plain::decode<host_question>(bytes);
}

std::optional<host_answer> decode_host_answer(std::string_view bytes) {
  return plain::decode<host_answer>(bytes);
}

std::string to_frame(const host_event& x) {
  auto out = plain::writer{};
  plain::write(out, encode(x));
  return std::move(out.bytes);
}

bool host_event_reader::read(std::string_view piece,
                             const std::function<void(host_event&)>& f) {
  rest_.append(piece);
  auto left = std::string_view{rest_};
  auto size = uint32_t{0};
  while (left.size() >= sizeof(size)) {
    std::memcpy(&size, left.data(), sizeof(size));
    if (size > hosting_bytes_max)
      return false;
    if (left.size() - sizeof(size) < size)
      break;
    auto event = decode_host_event(left.substr(sizeof(size), size));
    if (!event)
      return false;
    f(*event);
    left.remove_prefix(sizeof(size) + size);
  }
  rest_.erase(0, rest_.size() - left.size());
  return true;
}

} // namespace pumpscope::messages
