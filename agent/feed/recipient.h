// Who gets snapshots: a call, as the thread that makes them sees it.
#ifndef SHM_EXPORTER_AGENT_FEED_RECIPIENT_H
#define SHM_EXPORTER_AGENT_FEED_RECIPIENT_H

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/status.h>

namespace shmx::feed {

/// Thread-safe; the call may end at any time, after which nothing of this does anything.
class Recipient {
 public:
  Recipient() = default;
  Recipient(const Recipient&) = delete;
  Recipient& operator=(const Recipient&) = delete;
  virtual ~Recipient() = default;

  /// Whether what was sent before is on its way, so that there is at most one message in memory.
  virtual bool ready() = 0;

  /// Whether the call has an end. Then nothing of it comes back.
  virtual bool ended() = 0;

  /// Sends a whole message, if ready.
  virtual void send(const grpc::ByteBuffer& message) = 0;

  /// Ends the call, when what was sent before is on its way. The first end counts.
  virtual void fail(const grpc::Status& status) = 0;

  /// Ends it now, with what is on its way: whoever does not read would never let it go.
  virtual void cut() = 0;
};

}  // namespace shmx::feed

#endif  // SHM_EXPORTER_AGENT_FEED_RECIPIENT_H
