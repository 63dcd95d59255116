#include "runtime/file_source.hpp"

#include "adapters/recording/reader.hpp"
#include "adapters/rpc_json/converter.hpp"

#include <atomic>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <utility>

namespace pumpscope::runtime {

namespace {

using messages::raw_batch;
using messages::read_status;

/// Text of a JSON file that is converted between two looks at the batch.
constexpr size_t piece_bytes = size_t{256} << 10;

class file_source : public messages::source {
public:
  explicit file_source(std::vector<input_file> files)
    : files_(std::move(files)),
      converter_([this](std::span<const uint8_t> update) {
        converted_.emplace_back(update.begin(), update.end());
      }),
      piece_(piece_bytes, '\0') {
    for (const auto& x : files_)
      bytes_total_ += x.bytes;
  }

  [[nodiscard]] std::string name() const override {
    return files_.size() == 1 ? files_.front().path
                              : std::to_string(files_.size()) + " files";
  }

  void resume_from(uint64_t) override {
    // A file is read from its beginning: what the store has is a duplicate.
  }

  read_status read(raw_batch& out, std::chrono::milliseconds) override {
    auto status = fill(out);
    auto current = reader_ ? reader_->bytes_read()
                   : text_ ? text_->bytes_read()
                           : 0;
    bytes_read_ = bytes_done_ + current;
    return status;
  }

  [[nodiscard]] std::string last_error() const override {
    auto lock = std::lock_guard{mutex_};
    return error_;
  }

  [[nodiscard]] uint64_t bytes_read() const override {
    return bytes_read_;
  }

  [[nodiscard]] uint64_t bytes_total() const override {
    return bytes_total_;
  }

  void cancel() override {
    cancelled_ = true;
  }

private:
  /// Fills the batch as far as it goes.
  read_status fill(raw_batch& out) {
    while (out.size() < messages::raw_batch_updates_max
           && out.bytes.size() < messages::raw_batch_bytes_max) {
      if (cancelled_) {
        stop("cancelled");
        return read_status::failed;
      }
      if (!converted_.empty()) {
        out.append(converted_.front());
        converted_.pop_front();
        continue;
      }
      if (auto status = step(out); status != read_status::ok)
        return status;
    }
    return read_status::ok;
  }

  /// Ends the stream early.
  read_status stop(std::string why) {
    {
      auto lock = std::lock_guard{mutex_};
      error_ = std::move(why);
    }
    next_ = files_.size();
    reader_.reset();
    text_.reset();
    return read_status::ok;
  }

  /// Gives one update of a recording, or converts one piece of JSON.
  read_status step(raw_batch& out) {
    if (reader_)
      return read_recording(out);
    if (text_)
      return read_text();
    if (next_ == files_.size()) {
      if (std::exchange(converter_finished_, true))
        return read_status::end;
      converter_.finish();
      return read_status::ok;
    }
    return open(files_[next_]);
  }

  read_status open(const input_file& file) {
    if (file.kind == input_kind::recording) {
      auto opened = recording::reader::open(file.path);
      if (!opened)
        return stop(opened.error().text);
      reader_ = std::move(*opened);
      return read_status::ok;
    }
    auto opened = recording::open_file(file.path);
    if (!opened)
      return stop(opened.error().text);
    text_ = std::move(*opened);
    return read_status::ok;
  }

  read_status read_recording(raw_batch& out) {
    auto update = reader_->next();
    if (!update)
      return stop(update.error().text);
    if (*update) {
      out.append(**update);
      return read_status::ok;
    }
    reader_.reset();
    finish_file();
    return read_status::ok;
  }

  read_status read_text() {
    auto room = std::span{reinterpret_cast<uint8_t*>(piece_.data()),
                          piece_.size()};
    auto count = text_->read(room);
    if (!count)
      return stop(count.error().text);
    auto done = *count == 0 ? converter_.end_file()
                            : converter_.add({piece_.data(), *count});
    if (!done)
      return stop(files_[next_].path + ": " + done.error().text);
    if (*count == 0) {
      text_.reset();
      finish_file();
    }
    return read_status::ok;
  }

  void finish_file() {
    bytes_done_ += files_[next_++].bytes;
  }

  std::vector<input_file> files_;
  size_t next_ = 0;
  std::unique_ptr<recording::reader> reader_;
  std::unique_ptr<recording::byte_source> text_;
  rpc_json::converter converter_;
  bool converter_finished_ = false;
  /// What the converter gave for one piece of text.
  std::deque<std::vector<uint8_t>> converted_;
  std::string piece_;
  uint64_t bytes_done_ = 0;
  uint64_t bytes_total_ = 0;
  std::atomic<uint64_t> bytes_read_ = 0;
  mutable std::mutex mutex_;
  /// Guarded by the mutex.
  std::string error_;
  std::atomic<bool> cancelled_ = false;
};

} // namespace

std::unique_ptr<messages::source>
make_file_source(std::vector<input_file> files) {
  return std::make_unique<file_source>(std::move(files));
}

} // namespace pumpscope::runtime
