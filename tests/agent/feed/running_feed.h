// A feed on an address of its own, over families and a collector that the test has in hand; and
// what the feed told its hooks.
#ifndef SHM_EXPORTER_TESTS_AGENT_FEED_RUNNING_FEED_H
#define SHM_EXPORTER_TESTS_AGENT_FEED_RUNNING_FEED_H

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "agent/feed/server.h"

namespace shmx::feed {

/// Long enough for a loaded machine: whoever waits longer has found a bug.
inline constexpr std::chrono::seconds kPatience{30};

/// So short that a test sees many of them.
inline constexpr std::chrono::milliseconds kSmallestInterval{20};

/// What the collector and the hooks have seen so far.
struct Seen {
  std::size_t collections = 0;
  std::size_t sent = 0;
  std::size_t skipped = 0;
  std::size_t subscribers = 0;
  std::vector<std::string> calls{};  ///< as "Get OK"
  std::vector<std::string> warnings{};
  std::vector<identity::Presented> judged{};
};

/// A reader of these tenants alone.
identity::Verdict reader_of(std::vector<std::string> tenants);

identity::Verdict refused(identity::Refusal::Kind kind);

/// `requests_total{job="shop"} 7`, `latency_seconds{job="shop"}` (classic buckets) of the tenant
/// shop, `sizes_bytes{job="depot"}` (native ones), `depth{job="depot",queue="in"} -2.5` of the
/// tenant depot, and the agent's own `shm_exporter_up 1`.
std::shared_ptr<const model::Epoch> usual_epoch();

/// What no socket and no window of HTTP/2 takes at once, of the tenant shop.
std::shared_ptr<const model::Epoch> large_epoch();
inline constexpr std::size_t kLargeEpochBytes = std::size_t{8} << 20;

/// When everything was collected.
inline constexpr std::int64_t kNow = 1'700'000'000'123'456'789;

Options usual_options(const std::string& address = "127.0.0.1:0");

class RunningFeed {
 public:
  explicit RunningFeed(Options options = usual_options());
  ~RunningFeed();
  RunningFeed(const RunningFeed&) = delete;
  RunningFeed& operator=(const RunningFeed&) = delete;

  Server& server() { return *server_; }
  const std::string& address() const { return server_->address(); }

  /// What collections answer from now on.
  void answer_with(Families families);

  /// From now on nobody answers, until release().
  void hold();
  void release();

  using VerdictReceiver = std::function<void(const identity::Verdict&)>;
  using Judge = std::function<void(const identity::Presented&, VerdictReceiver)>;

  /// Who judges from now on; in the beginning everybody sees everything.
  void judge_by(Judge judge);

  /// From now on that is the verdict on everybody.
  void judge_all(const identity::Verdict& verdict);

  /// From now on nobody hears of a verdict, until release_judge() judges them.
  void hold_judge();
  void release_judge();

  /// Waits for it; the test fails if it does not come.
  Seen await(const std::function<bool(const Seen&)>& wanted);

  Seen seen();

  Hooks hooks();

 private:
  using Receiver = std::function<void(const Families&)>;

  void collect(const Receiver& receiver);
  void judge(const identity::Presented& presented, const VerdictReceiver& receiver);
  template <typename Change>
  void see(Change change);

  std::mutex mutex_;
  std::condition_variable changed_;
  Seen seen_;  // guarded by mutex_, as are:
  Families families_;
  bool holding_ = false;
  std::vector<Receiver> held_;
  Judge judge_;
  bool judge_is_held_ = false;
  std::vector<std::pair<identity::Presented, VerdictReceiver>> held_verdicts_;
  std::unique_ptr<Server> server_;
};

}  // namespace shmx::feed

#endif  // SHM_EXPORTER_TESTS_AGENT_FEED_RUNNING_FEED_H
