// What both protocols' servers of a test receiver share: the script, what arrived, and what was
// wrong with it.
#ifndef SHM_EXPORTER_TESTS_AGENT_PUSH_RECEIVER_RECEPTION_H
#define SHM_EXPORTER_TESTS_AGENT_PUSH_RECEIVER_RECEPTION_H

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/agent/push/receiver/behaviour.h"
#include "tests/agent/push/receiver/ledger.h"

namespace shmx::testing {

/// A request as it came in.
struct Arrival {
  std::string path;
  std::string peer;                                 ///< address and port: one per connection
  std::multimap<std::string, std::string> headers;  ///< names in lower case; gRPC's metadata
  std::size_t body_bytes = 0;                       ///< as sent, compressed or not
  bool gzip = false;

  /// The first header of that name, or empty.
  std::string header(const std::string& name) const;
};

struct ReceptionOptions {
  std::size_t max_request_bytes = std::size_t{4} << 20;  ///< uncompressed; the usual limit
  /// Without: requests are decoded and their points counted, nothing is checked or kept; for
  /// measuring how fast someone pushes.
  bool keep = true;
};

/// What a request deserves.
struct Verdict {
  enum class Kind { accepted, bad, too_large };
  Kind kind = Kind::accepted;
  std::string message{};  ///< of what is not accepted
};

/// Any thread.
class Reception {
 public:
  explicit Reception(ReceptionOptions options) : options_(options) {}

  // For tests.

  /// What is done with the next request that nothing is scripted for yet.
  void script(Behaviour behaviour);
  /// What is done when nothing is scripted; the default accepts.
  void usually(Behaviour behaviour);
  /// Answers every request that waits for it.
  void release();
  std::size_t requests() const;
  /// Whether so many requests have arrived, in all; waits that long for them.
  bool wait_for_requests(std::size_t count, std::chrono::milliseconds at_most) const;
  /// Whether a request waits for release(); waits that long for one.
  bool wait_until_held(std::chrono::milliseconds at_most) const;
  std::vector<std::string> violations() const;
  Ledger ledger() const;
  std::uint64_t points() const;           ///< accepted, and not rejected by a partial success
  std::size_t connections() const;        ///< that brought a request
  std::vector<Arrival> arrivals() const;  ///< the last kArrivalsKept

  static constexpr std::size_t kArrivalsKept = 100;

  // For the servers.

  /// A request's head is there: says what to do with it.
  Behaviour begin(const Arrival& arrival);
  /// Something about a request that must not be.
  void violation(const std::string& sentence);
  /// A request's body: decodes, checks and records it. A behaviour with a status records nothing.
  Verdict take(const Arrival& arrival, std::string_view body, const Behaviour& behaviour);
  /// Calls `answer` when the behaviour says so, at the latest in stop(). On any thread.
  void answer(const Behaviour& behaviour, std::function<void()> answer);
  void start();
  /// Answers all that still waits, and until start() at once.
  void stop();

 private:
  Verdict judge(std::string_view bytes, const Behaviour& behaviour);

  const ReceptionOptions options_;
  mutable std::mutex mutex_;
  mutable std::condition_variable arrived_;
  std::deque<Behaviour> script_;
  Behaviour usual_;
  std::vector<std::function<void()>> held_;
  std::vector<std::function<void()>> never_;
  std::deque<Arrival> arrivals_;
  std::set<std::string> peers_;
  std::size_t requests_ = 0;
  std::uint64_t points_ = 0;
  std::vector<std::string> violations_;
  Ledger ledger_;
  bool stopped_ = false;
};

}  // namespace shmx::testing

#endif  // SHM_EXPORTER_TESTS_AGENT_PUSH_RECEIVER_RECEPTION_H
