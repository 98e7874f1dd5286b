// The feed's own thread: when snapshots are due, it has those judged who are to get them, asks for
// the families once for all who may, encodes them, and hands them out. Who is not judged yet delays
// nobody. It sleeps until somebody is due, for ever if nobody is.
#ifndef SHM_EXPORTER_AGENT_FEED_ROUNDS_H
#define SHM_EXPORTER_AGENT_FEED_ROUNDS_H

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "agent/feed/judgements.h"
#include "agent/feed/recipient.h"
#include "agent/feed/requests.h"
#include "agent/feed/server.h"

namespace shmx::feed {

using Clock = std::chrono::steady_clock;

/// When the next snapshot is due after one at `now`: on a grid that all subscriptions share, so
/// that those of equal intervals (or of multiples) are due together; 0.5 to 1.5 intervals from
/// `now`.
Clock::time_point next_due(Clock::time_point now, std::chrono::nanoseconds interval);

/// Who gets snapshots, as was found at the beginning of the call.
struct Viewer {
  std::shared_ptr<const identity::Presented> presented;
  identity::Reader reader;
};

class Rounds {
 public:
  /// `hooks`, `judgements` and `mapping` outlive this.
  Rounds(const Hooks& hooks, Judgements& judgements, const otlp::Options& mapping,
         std::size_t max_bytes);

  /// As stop().
  ~Rounds();
  Rounds(const Rounds&) = delete;
  Rounds& operator=(const Rounds&) = delete;

  /// From now on `recipient` gets what it asks for: the first at once, by the verdict there is, and
  /// all that follow by verdicts of their own. Ended if this is stopping.
  void add(const std::shared_ptr<Recipient>& recipient, Request request, Viewer viewer);

  /// Nothing more for it.
  void remove(const Recipient* recipient);

  /// Ends all subscriptions, and those that come. What is asked for once is still answered.
  void end_subscriptions();

  /// Closes the judgements, ends what is left, and the thread. Not from two threads at once.
  void stop();

 private:
  struct Entry {
    std::shared_ptr<Recipient> recipient;
    Request request;
    std::shared_ptr<const identity::Presented> presented;
    Clock::time_point due;                     ///< when it is judged next
    bool judging = false;                      ///< its verdict is awaited
    std::optional<identity::Reader> reader{};  ///< the verdict that the next snapshot is sent by
    std::uint32_t skipped = 0;                 ///< since the snapshot before
    bool refused = false;                      ///< it ends; if it has not when it is due, it is cut
  };
  struct Round {
    std::vector<Entry> judged;  ///< copies, as are all: whatever happens to the calls meanwhile
    std::vector<Entry> to_judge;
    std::vector<Entry> to_cut;
    std::size_t skipped = 0;  ///< subscriptions that are not ready
    bool empty() const noexcept {
      return judged.empty() && to_judge.empty() && to_cut.empty() && skipped == 0;
    }
  };
  class Collection;

  void run();
  Round take_due(Clock::time_point now);
  void wait(std::unique_lock<std::mutex>& lock);
  void serve(const Round& round);
  void judge(const Entry& entry);
  void take_verdict(const std::shared_ptr<Recipient>& recipient, const identity::Verdict& verdict);
  std::vector<Entry>::iterator find(const Recipient* recipient);
  std::size_t collect_and_send(const std::vector<Entry>& entries);
  Families collect();
  std::size_t send(const std::vector<Entry>& entries,
                   const std::shared_ptr<const model::Epoch>& epoch) const;
  static void fail(const std::vector<Entry>& entries, const grpc::Status& status);

  const Hooks& hooks_;
  Judgements& judgements_;
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
