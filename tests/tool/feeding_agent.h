// An agent's feed that shows what a test has counted.
#ifndef SHM_EXPORTER_TESTS_TOOL_FEEDING_AGENT_H
#define SHM_EXPORTER_TESTS_TOOL_FEEDING_AGENT_H

#include <atomic>
#include <memory>
#include <string>

#include "agent/feed/server.h"

namespace shmx::tool::test {

class FeedingAgent {
 public:
  explicit FeedingAgent(const std::string& address);

 private:
  std::atomic<int> snapshots_ = 0;
  std::unique_ptr<feed::Server> server_;
};

}  // namespace shmx::tool::test

#endif  // SHM_EXPORTER_TESTS_TOOL_FEEDING_AGENT_H
