// The chains that authorities vouched for, so that judging one again is cheap: verifying costs some
// 200 us, and a keep-alive connection is judged at each request.
#ifndef SHM_EXPORTER_AGENT_IDENTITY_VERIFIED_CHAINS_H
#define SHM_EXPORTER_AGENT_IDENTITY_VERIFIED_CHAINS_H

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "agent/identity/authorities.h"
#include "shm/result.h"

namespace shmx::identity {

/// Thread-safe.
class VerifiedChains {
 public:
  /// More than a host has readers. Only what an authority vouched for is remembered, so nobody else
  /// fills it.
  static constexpr std::size_t kMaxRemembered = 1'024;

  explicit VerifiedChains(Authorities authorities) : authorities_(std::move(authorities)) {}

  using Names = std::shared_ptr<const x509::Names>;

  /// Whom the chain names, if it is a client's and valid at that time.
  Result<Names, Authorities::Problem> verify(const x509::Chain& chain, std::int64_t now_unix_s);

  std::size_t remembered() const;

 private:
  struct Entry {
    Names names;
    std::int64_t from_unix_s = 0;  ///< when it was verified: a clock may be set back
    std::int64_t until_unix_s = 0;
  };

  const Authorities authorities_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry> entries_;  ///< by SHA-256
};

}  // namespace shmx::identity

#endif  // SHM_EXPORTER_AGENT_IDENTITY_VERIFIED_CHAINS_H
