#pragma once

#include "domain/error.hpp"
#include "domain/int128.hpp"
#include "domain/pubkey.hpp"
#include "domain/trade.hpp"
#include "messages/crc32c.hpp"
#include "messages/state_blob.hpp"

#include <cereal/archives/portable_binary.hpp>

#include <algorithm>
#include <istream>
#include <ostream>
#include <streambuf>
#include <string>
#include <string_view>
#include <type_traits>

// Frame and archive of the blobs of state_blob.hpp, which alone includes this:
// cereal's headers are heavy.

namespace pumpscope::messages::detail {

/// What a blob holds. Stored: append only.
enum class blob_kind : uint8_t {
  lots = 1,
  token = 2,
  sketch = 3,
};

/// Versions that we write and read. An older one counts as damaged: whoever
/// meets it makes it again from the journal.
constexpr uint8_t version_of(blob_kind x) {
  return x == blob_kind::token ? 2 : 1;
}

inline constexpr size_t frame_bytes = 6;

/// Appends to a string that outlives it; a stringstream would copy twice.
class string_sink : public std::streambuf {
public:
  std::string* target = nullptr;

protected:
  std::streamsize xsputn(const char* data, std::streamsize size) override {
    target->append(data, static_cast<size_t>(size));
    return size;
  }

  int_type overflow(int_type c) override {
    target->push_back(traits_type::to_char_type(c));
    return c;
  }
};

/// Reads from bytes that outlive it.
class bytes_source : public std::streambuf {
public:
  explicit bytes_source(std::string_view bytes) {
    auto begin = const_cast<char*>(bytes.data()); // only ever read
    setg(begin, begin, begin + bytes.size());
  }

  [[nodiscard]] bool at_end() const {
    return gptr() == egptr();
  }
};

/// Thrown within this file by the reader, where a bound is exceeded.
struct bound_exceeded {};

/// Writes fields in the order that they are named.
class field_writer {
public:
  static constexpr bool reading = false;

  explicit field_writer(std::ostream& out) : archive_(out) {
  }

  template <class T>
  void operator()(const T& x) {
    if constexpr (std::is_enum_v<T>)
      archive_(static_cast<std::underlying_type_t<T>>(x));
    else
      archive_(x);
  }

  void operator()(const domain::i128& x) {
    (*this)(static_cast<domain::u128>(x));
  }

  void operator()(const domain::u128& x) {
    archive_(static_cast<uint64_t>(x), static_cast<uint64_t>(x >> 64));
  }

  void operator()(const domain::pubkey& x) {
    bytes(x.bytes.data(), x.bytes.size());
  }

  void operator()(const std::string& x) {
    archive_(static_cast<uint32_t>(x.size()));
    bytes(x.data(), x.size());
  }

  void bytes(const void* data, size_t size) {
    archive_(cereal::binary_data(data, size));
  }

  /// Writes the number of elements that follow.
  size_t count(size_t size, size_t) {
    archive_(static_cast<uint32_t>(size));
    return size;
  }

private:
  cereal::PortableBinaryOutputArchive archive_;
};

/// Reads what `field_writer` wrote; throws where the bytes end.
class field_reader {
public:
  static constexpr bool reading = true;

  explicit field_reader(std::istream& in) : archive_(in) {
  }

  template <class T>
  void operator()(T& x) {
    if constexpr (std::is_enum_v<T>) {
      auto value = std::underlying_type_t<T>{};
      archive_(value);
      x = static_cast<T>(value);
    } else {
      archive_(x);
    }
  }

  void operator()(bool& x) {
    auto value = uint8_t{0};
    archive_(value);
    if (value > 1)
      throw bound_exceeded{};
    x = value == 1;
  }

  void operator()(domain::program& x) {
    auto value = uint8_t{0};
    archive_(value);
    if (value > static_cast<uint8_t>(domain::program::pump_amm))
      throw bound_exceeded{};
    x = static_cast<domain::program>(value);
  }

  void operator()(domain::i128& x) {
    auto value = domain::u128{0};
    (*this)(value);
    x = static_cast<domain::i128>(value);
  }

  void operator()(domain::u128& x) {
    auto low = uint64_t{0};
    auto high = uint64_t{0};
    archive_(low, high);
    x = static_cast<domain::u128>(high) << 64 | low;
  }

  void operator()(domain::pubkey& x) {
    bytes(x.bytes.data(), x.bytes.size());
  }

  void operator()(std::string& x) {
    x.resize(count(0, blob_bounds::text_bytes_max));
    bytes(x.data(), x.size());
  }

  void bytes(void* data, size_t size) {
    archive_(cereal::binary_data(data, size));
  }

  /// Reads the number of elements that follow.
  size_t count(size_t, size_t limit) {
    auto result = uint32_t{0};
    archive_(result);
    if (result > limit)
      throw bound_exceeded{};
    return result;
  }

private:
  cereal::PortableBinaryInputArchive archive_;
};

/// Writes or reads a list of at most `limit` elements: `X` is const when
/// writing. `visit` takes the archive and an element.
template <class Fields, class X, class F>
void each(Fields& f, X& elements, size_t limit, F&& visit) {
  auto size = f.count(elements.size(), limit);
  if constexpr (Fields::reading) {
    // Grows as bytes arrive: a damaged count must not allocate on its own.
    elements.clear();
    elements.reserve(std::min<size_t>(size, 256));
    for (auto i = size_t{0}; i < size; ++i)
      visit(f, elements.emplace_back());
  } else {
    for (auto& x : elements)
      visit(f, x);
  }
}

inline uint32_t checksum(std::string_view blob) {
  return crc32c(blob.substr(frame_bytes), crc32c(blob.substr(0, 2)));
}

/// Returns the blob whose payload `write` gives.
template <class F>
std::string encode(blob_kind kind, size_t bytes_expected, F&& write) {
  // Building a stream costs more than the few fields of a usual blob.
  thread_local string_sink sink;
  thread_local std::ostream out{&sink};
  auto result = std::string{};
  result.reserve(bytes_expected);
  result.push_back(static_cast<char>(kind));
  result.push_back(static_cast<char>(version_of(kind)));
  result.append(4, '\0');
  sink.target = &result;
  out.clear();
  {
    auto f = field_writer{out};
    write(f);
  }
  auto sum = checksum(result);
  for (auto i = size_t{0}; i < 4; ++i)
    result[2 + i] = static_cast<char>(sum >> (8 * i) & 0xFF);
  return result;
}

/// Checks the frame of a blob and lets `read` take its payload.
template <class F>
domain::result<void> decode(blob_kind kind, std::string_view blob, F&& read) {
  if (blob.size() < frame_bytes || blob.size() > blob_bounds::bytes_max)
    return tl::make_unexpected(domain::errc::blob_corrupt);
  auto sum = uint32_t{0};
  for (auto i = size_t{0}; i < 4; ++i)
    sum |= static_cast<uint32_t>(static_cast<uint8_t>(blob[2 + i])) << (8 * i);
  if (sum != checksum(blob) || blob[0] != static_cast<char>(kind))
    return tl::make_unexpected(domain::errc::blob_corrupt);
  auto version = static_cast<uint8_t>(blob[1]);
  if (version > version_of(kind))
    return tl::make_unexpected(domain::errc::store_version);
  if (version < version_of(kind))
    return tl::make_unexpected(domain::errc::blob_corrupt);
  auto source = bytes_source{blob.substr(frame_bytes)};
  auto in = std::istream{&source};
  try {
    auto f = field_reader{in};
    read(f);
  } catch (const cereal::Exception&) {
    return tl::make_unexpected(domain::errc::blob_corrupt);
  } catch (const bound_exceeded&) {
    return tl::make_unexpected(domain::errc::blob_corrupt);
  }
  if (!source.at_end())
    return tl::make_unexpected(domain::errc::blob_corrupt);
  return {};
}

} // namespace pumpscope::messages::detail
