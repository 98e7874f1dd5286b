// The feed's own thread: when snapshots are due, it asks for the families once for all who are due,
// encodes them, and hands them out. It sleeps until somebody is due, for ever if nobody is.
#ifndef SHM_EXPORTER_AGENT_FEED_ROUNDS_H
#define SHM_EXPORTER_AGENT_FEED_ROUNDS_H

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "agent/feed/recipient.h"
#include "agent/feed/requests.h"
#include "agent/feed/server.h"

namespace shmx::feed {

using Clock = std::chrono::steady_clock;

/// When the next snapshot is due after one at `now`: on a grid that all subscriptions share, so
/// that those of equal intervals (or of multiples) are due together; 0.5 to 1.5 intervals from
/// `now`.
Clock::time_point next_due(Clock::time_point now, std::chrono::nanoseconds interval);

class Rounds {
 public:
  /// `hooks` and `mapping` outlive this.
  Rounds(const Hooks& hooks, const otlp::Options& mapping, std::size_t max_bytes);

  /// As stop().
  ~Rounds();
  Rounds(const Rounds&) = delete;
  Rounds& operator=(const Rounds&) = delete;

  /// From now on `recipient` gets what it asks for, the first at once. Ended if this is stopping.
  void add(const std::shared_ptr<Recipient>& recipient, Request request);

  /// Nothing more for it.
  void remove(const Recipient* recipient);

  /// Ends all subscriptions, and those that come. What is asked for once is still answered.
  void end_subscriptions();

  /// Ends what is left, and the thread. Not from two threads at once.
  void stop();

 private:
  struct Entry {
    std::shared_ptr<Recipient> recipient;
    Request request;
    Clock::time_point due;
    std::uint32_t skipped = 0;  ///< since the snapshot before
  };
  struct Round {
    std::vector<Entry> due;   ///< copies: whatever happens to the calls meanwhile
    std::size_t skipped = 0;  ///< subscriptions that are not ready
  };
  class Collection;

  void run();
  Round take_due(Clock::time_point now);
  void wait(std::unique_lock<std::mutex>& lock);
  void serve(const Round& round);
  std::size_t collect_and_send(const Round& round);
  Families collect();
  std::size_t send(const Round& round, const model::Page& page) const;
  static void fail(const std::vector<Entry>& entries, const grpc::Status& status);

  const Hooks& hooks_;
  const otlp::Options& mapping_;
  const std::size_t max_bytes_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Entry> entries_;  // guarded by mutex_, as are:
  bool subscriptions_end_ = false;
  bool stopping_ = false;
  std::shared_ptr<Collection> collection_;  ///< the one that the thread waits for
  std::thread thread_;
};

}  // namespace shmx::feed

#endif  // SHM_EXPORTER_AGENT_FEED_ROUNDS_H
