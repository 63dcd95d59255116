#pragma once

#include "adapters/endpoints/source_group.hpp"
#include "domain/update.hpp"
#include "domain/wire_writer.hpp"
#include "messages/source.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// Updates made by hand, and endpoints that tell what the test says.
namespace pumpscope::test {

using update_bytes = std::vector<uint8_t>;

/// Puts the payload behind the name of a filter and before the server's clock.
inline update_bytes update_of(uint32_t field, const domain::wire_writer& body,
                              uint64_t clock) {
  auto time = domain::wire_writer{};
  time.varint(1, clock);
  auto update = domain::wire_writer{};
  update.text(1, clock % 2 == 0 ? "pumpscope" : "other");
  update.message(field, body);
  update.message(11, time);
  return update.take();
}

/// A transaction whose signature is made of `number`, with some content.
inline update_bytes transaction(uint64_t slot, uint64_t number,
                                uint64_t content = 0, uint64_t clock = 0) {
  auto signature = update_bytes(64, 0x11);
  for (size_t i = 0; i < 8; ++i)
    signature[i] = static_cast<uint8_t>(number >> (8 * i));
  auto info = domain::wire_writer{};
  info.bytes(1, signature);
  info.varint(5, number);
  info.varint(9, content);
  auto body = domain::wire_writer{};
  body.message(1, info);
  body.varint(2, slot);
  return update_of(4, body, clock);
}

inline update_bytes block_meta(uint64_t slot, uint64_t clock = 0) {
  auto body = domain::wire_writer{};
  body.varint(1, slot);
  body.varint(6, slot - 1);
  return update_of(7, body, clock);
}

inline update_bytes status_of(uint64_t slot, domain::slot_status status,
                              uint64_t clock = 0) {
  auto body = domain::wire_writer{};
  body.varint(1, slot);
  body.varint(3, static_cast<uint64_t>(status));
  return update_of(3, body, clock);
}

/// What one read of a told endpoint gives.
struct told_read {
  messages::read_status status = messages::read_status::ok;
  std::vector<update_bytes> updates = {};
  uint64_t oldest_available = 0;
};

/// What an endpoint says over all of its connections, and what it was asked.
struct told_endpoint {
  std::deque<told_read> reads = {};
  std::vector<uint64_t> asked_from = {};
  size_t made = 0;

  void tell(std::vector<update_bytes> updates) {
    reads.push_back({messages::read_status::ok, std::move(updates)});
  }

  void tell(messages::read_status status, uint64_t oldest_available = 0) {
    reads.push_back({status, {}, oldest_available});
  }
};

/// Plays a told endpoint; says nothing when it is at its end.
class told_source : public messages::source {
public:
  explicit told_source(std::shared_ptr<told_endpoint> endpoint)
    : endpoint_{std::move(endpoint)} {
    ++endpoint_->made;
  }

  [[nodiscard]] std::string name() const override {
    return "told";
  }

  void resume_from(uint64_t slot) override {
    endpoint_->asked_from.push_back(slot);
  }

  messages::read_status read(messages::raw_batch& out,
                             std::chrono::milliseconds) override {
    if (endpoint_->reads.empty())
      return messages::read_status::ok;
    auto x = std::move(endpoint_->reads.front());
    endpoint_->reads.pop_front();
    for (auto& update : x.updates)
      out.append(update);
    oldest_available_ = x.oldest_available;
    error_ = x.status == messages::read_status::ok ? "" : "told to";
    return x.status;
  }

  [[nodiscard]] std::string last_error() const override {
    return error_;
  }

  [[nodiscard]] uint64_t oldest_available() const override {
    return oldest_available_;
  }

  [[nodiscard]] uint64_t bytes_read() const override {
    return 0;
  }

  [[nodiscard]] uint64_t bytes_total() const override {
    return 0;
  }

  void cancel() override {
  }

private:
  std::shared_ptr<told_endpoint> endpoint_;
  std::string error_ = {};
  uint64_t oldest_available_ = 0;
};

/// Some told endpoints and the time, for a source that runs without threads.
struct told_endpoints {
  explicit told_endpoints(size_t count) {
    for (size_t i = 0; i < count; ++i)
      all.push_back(std::make_shared<told_endpoint>());
  }

  [[nodiscard]] std::vector<endpoints::endpoint> endpoints() const {
    auto result = std::vector<endpoints::endpoint>{};
    for (size_t i = 0; i < all.size(); ++i)
      result.push_back({"endpoint-" + std::to_string(i), [told = all[i]] {
                          return std::make_shared<told_source>(told);
                        }});
    return result;
  }

  [[nodiscard]] endpoints::group_settings settings() {
    auto result = endpoints::group_settings{};
    result.lane.threaded = false;
    result.resume_slots = 10;
    result.seed = 7;
    result.now = [this] { return now; };
    return result;
  }

  told_endpoint& operator[](size_t i) {
    return *all[i];
  }

  std::vector<std::shared_ptr<told_endpoint>> all = {};
  std::chrono::steady_clock::time_point now = {};
};

/// Reads until nothing more comes; returns the updates and, in `seen`, what was
/// not ok.
inline std::vector<update_bytes>
read_all(messages::source& sut, std::vector<messages::read_status>& seen) {
  auto result = std::vector<update_bytes>{};
  // A source that has nothing to say gives an empty batch.
  for (auto empty = 0; empty < 3;) {
    auto batch = messages::raw_batch{};
    auto status = sut.read(batch, std::chrono::milliseconds{0});
    for (size_t i = 0; i < batch.size(); ++i)
      result.emplace_back(batch.update(i).begin(), batch.update(i).end());
    empty = batch.size() == 0 && status == messages::read_status::ok ? empty + 1
                                                                     : 0;
    if (status != messages::read_status::ok)
      seen.push_back(status);
    if (status == messages::read_status::end
        || status == messages::read_status::failed)
      break;
  }
  return result;
}

} // namespace pumpscope::test
