// Chains of clients that were let in. OpenSSL keeps of a session that a client resumes its own
// certificate alone; what stood between that and an authority is looked up here, so that a client
// with intermediate certificates is known after the second handshake as after the first. It is
// verified again like any other chain: nothing here vouches for anybody.
#ifndef SHM_EXPORTER_AGENT_FEED_KNOWN_CHAINS_H
#define SHM_EXPORTER_AGENT_FEED_KNOWN_CHAINS_H

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "agent/identity/verdict.h"

namespace shmx::feed {

/// Thread-safe.
class KnownChains {
 public:
  using Chain = std::shared_ptr<const x509::Chain>;

  /// More clients than a host's feed has; a chain takes a few kilobytes. When there are more, all
  /// are forgotten: who resumes a session then is refused until it makes another.
  static constexpr std::size_t kMost = 256;

  /// Of a client that was let in. Null, and chains without intermediates, need not be remembered.
  void remember(const Chain& chain);

  /// The chain as it was remembered, if this is a certificate alone.
  Chain completed(const Chain& chain) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Chain> chains_;  ///< by the client's own certificate; guarded by mutex_
};

}  // namespace shmx::feed

#endif  // SHM_EXPORTER_AGENT_FEED_KNOWN_CHAINS_H
