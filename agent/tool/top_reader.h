// The agent's feed, read on a thread of its own, again and again when the agent goes away.
#ifndef SHM_EXPORTER_AGENT_TOOL_TOP_READER_H
#define SHM_EXPORTER_AGENT_TOOL_TOP_READER_H

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "agent/feed/client.h"
#include "shm/file.h"

namespace shmx::tool::top {

class Reader {
 public:
  /// Begins to read.
  explicit Reader(feed::Subscription subscription);

  /// Ends reading, at once.
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  /// What came since the last take().
  struct Received {
    std::optional<feed::Snapshot> snapshot;  ///< the newest; those before it are among its skipped
    std::string trouble;                     ///< why nothing comes now; empty: all is well
  };
  Received take();

  /// Can be read from (poll) while there is something to take.
  int descriptor() const { return news_.get(); }

 private:
  void run(const std::stop_token& stop);
  void read_one_agent(const std::stop_token& stop);
  void put(feed::Snapshot snapshot);
  void put(std::string trouble);
  void tell() const;

  const feed::Subscription subscription_;
  const UniqueFd news_;  ///< an eventfd
  std::mutex mutex_;
  Received received_;  ///< under mutex_
  std::condition_variable_any retry_;
  std::jthread thread_;  ///< the last one: it uses the others
};

}  // namespace shmx::tool::top

#endif  // SHM_EXPORTER_AGENT_TOOL_TOP_READER_H
