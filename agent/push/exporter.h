// Pushes what the agent aggregates over OTLP, on a thread of its own: every interval it asks for
// the families of now, encodes them a message at a time and sends each until the receiver has it or
// the time is over. Nothing of it happens on the collector's thread, and it holds one page, one
// message and, for deltas, what was acknowledged last: a receiver that is slow or dead delays no
// scrape and grows no memory.
#ifndef SHM_EXPORTER_AGENT_PUSH_EXPORTER_H
#define SHM_EXPORTER_AGENT_PUSH_EXPORTER_H

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "agent/model/page.h"
#include "agent/push/acknowledged_store.h"
#include "agent/push/options.h"
#include "agent/push/report.h"
#include "agent/push/transport.h"
#include "shm/result.h"

namespace shmx::push {

struct Hooks {
  /// Asks for the families of now and waits for them, until then at most.
  std::function<Result<std::shared_ptr<const model::Page>>(
      std::chrono::steady_clock::time_point until)>
      collect;
  std::function<std::chrono::system_clock::time_point()> now;
  std::function<void(const Report&)> on_push;  ///< after each
  /// After the receiver accepted a message: its bytes, uncompressed. May be empty.
  std::function<void(std::string_view)> on_accepted;
  std::function<void(const std::string&)> warn;  ///< one sentence for an operator
  std::function<double()> random;                ///< 0 to 1, for the jitter
};

class Exporter {
 public:
  /// Every hook must be set, unless it may be empty; each is called on the exporter's thread, but
  /// `now` once here, too. `store` is for deltas.
  Exporter(Options options, std::unique_ptr<Transport> transport, Hooks hooks,
           AcknowledgedStore store = {});

  /// As stop().
  ~Exporter();
  Exporter(const Exporter&) = delete;
  Exporter& operator=(const Exporter&) = delete;

  /// The first push comes an interval later.
  void start();

  /// Ends waits and retries, and has the thread push once more within Options::timeout. Returns at
  /// once: several exporters that are asked before any is waited for stop at the same time.
  void ask_to_stop();

  /// As ask_to_stop(), and returns when the thread has ended. A request under way is given its own
  /// timeout first, so that is twice Options::timeout after it was asked at most.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace shmx::push

#endif  // SHM_EXPORTER_AGENT_PUSH_EXPORTER_H
