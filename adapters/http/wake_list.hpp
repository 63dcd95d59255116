#pragma once

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>

namespace pumpscope::http {

/// Something that the server's thread has to look after when it is told to.
class wakeable {
public:
  virtual void wake() = 0;

protected:
  ~wakeable() = default;
};

/// Carries wakes of many threads to the server's thread. A wake costs no lock,
/// and only the first one after a round makes the thread run: a message to ten
/// thousand streams is ten thousand pushes and one post. Keeps nothing alive
/// but its own entries.
class wake_list : public std::enable_shared_from_this<wake_list> {
public:
  /// What stands for a wakeable in the list: it may outlive it.
  class entry {
  public:
    /// The wakeable is gone, or going. The server's thread.
    void forget() {
      owner_ = nullptr;
    }

  private:
    friend class wake_list;

    std::weak_ptr<wake_list> list_ = {};
    /// Used by the server's thread only.
    wakeable* owner_ = nullptr;
    /// It is in the list and must not be added again.
    std::atomic<bool> queued_ = false;
    /// Belong to who set `queued_`, then to the list.
    entry* next_ = nullptr;
    std::shared_ptr<entry> self_ = {};
  };

  explicit wake_list(std::weak_ptr<boost::asio::io_context> io);

  ~wake_list();

  wake_list(const wake_list&) = delete;
  wake_list& operator=(const wake_list&) = delete;

  /// Returns the entry of a wakeable, which must call `forget` before it ends.
  std::shared_ptr<entry> add(wakeable& owner);

  /// The function that wakes an entry's owner: any thread, at any time.
  static std::function<void()> wake_function(std::shared_ptr<entry> x);

private:
  void push(std::shared_ptr<entry> x);

  /// Wakes some of those that wait, and posts itself for the rest. The server's
  /// thread.
  void run();

  void post();

  std::weak_ptr<boost::asio::io_context> io_;
  /// Those that were added since the last round, the newest first.
  std::atomic<entry*> added_ = nullptr;
  /// The round that is under way, in order; the server's thread.
  entry* round_ = nullptr;
};

} // namespace pumpscope::http
