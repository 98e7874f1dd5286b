// Why readers were refused, for who operates the agent: a line per reason and peer, then silence
// for ten minutes, then a line that says how often it was meanwhile. A peer that scrapes every
// second with a token that has expired fills no log, and a flood of others' mistakes does not hide
// it.
#ifndef SHM_EXPORTER_AGENT_MAIN_REFUSAL_LOG_H
#define SHM_EXPORTER_AGENT_MAIN_REFUSAL_LOG_H

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace shmx {

/// Thread-safe.
class RefusalLog {
 public:
  using Clock = std::chrono::steady_clock;

  struct Refused {
    std::string door;    ///< "http" or "grpc"
    std::string peer;    ///< an address; its port is left out
    std::string reason;  ///< one word
    std::string detail;  ///< expected and presented
  };

  /// Writes one line of the log: a sentence, with nothing of it to be hidden.
  using Write = std::function<void(const Refused& refused, std::uint64_t before)>;

  static constexpr std::chrono::minutes kQuiet{10};

  /// So many pairs of reason and peer are told apart at once, some 200 KiB; what comes beyond is
  /// one more peer, "others".
  static constexpr std::size_t kMaxPairs = 1'000;

  explicit RefusalLog(Write write) : write_(std::move(write)) {}

  void note(Refused refused, Clock::time_point now);

 private:
  struct Told {
    Clock::time_point at;
    std::uint64_t since = 0;  ///< refused and not told
  };
  using Key = std::pair<std::string, std::string>;  ///< reason, peer

  void forget_quiet(Clock::time_point now);

  Write write_;
  std::mutex mutex_;
  std::map<Key, Told> told_;
};

/// An address without its port: what is the same client tomorrow.
std::string without_port(const std::string& address);

}  // namespace shmx

#endif  // SHM_EXPORTER_AGENT_MAIN_REFUSAL_LOG_H
