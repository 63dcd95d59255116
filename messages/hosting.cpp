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

/// Tells whether these are some of so many partitions.
bool are_partitions(const std::vector<uint32_t>& xs, uint32_t count) {
  auto repeats = std::adjacent_find(xs.begin(), xs.end(), std::greater_equal{});
  return !xs.empty() && repeats == xs.end() && xs.back() < count;
}

bool is_sound(const host_epoch& x) {
  return ascends(x.trades) && ascends(x.token_events);
}

template <class Order>
bool is_sound(const Order& x) {
  return are_partitions(x.partitions, domain::hash_slots);
}

} // namespace

uint64_t hosting_layout() {
  static const auto result
    = this_build().hosting_meaning
      ^ plain::layout_of<host_begin, host_order, host_event, host_question,
                         host_answer>();
  return result;
}

std::string encode(const host_begin& x) {
  return plain::encode(x);
}

std::string encode(const host_order& x) {
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
  if (result->partition_count > domain::hash_slots
      || !are_partitions(result->partitions, result->partition_count))
    result.reset();
  return result;
}

std::optional<host_order> decode_host_order(std::string_view bytes) {
  auto result = plain::decode<host_order>(bytes);
  if (result
      && !std::visit([](auto& order) { return is_sound(order); }, result->what))
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
