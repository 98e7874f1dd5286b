// A web configuration made ready to serve by: certificates that were read and checked, headers, the
// rate limit. What a reload replaces.
#ifndef SHM_EXPORTER_AGENT_WEB_FRONT_H
#define SHM_EXPORTER_AGENT_WEB_FRONT_H

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "agent/web/config.h"
#include "agent/web/http.h"
#include "shm/result.h"

namespace shmx::web {

class TlsContext;

/// Immutable: may be used on any thread.
class Front {
 public:
  Front(std::shared_ptr<const TlsContext> tls, std::vector<Header> headers,
        std::optional<RateLimit> rate_limit)
      : tls_(std::move(tls)), headers_(std::move(headers)), rate_limit_(rate_limit) {}

  const std::shared_ptr<const TlsContext>& tls() const noexcept { return tls_; }  ///< null: none
  const std::vector<Header>& headers() const noexcept { return headers_; }
  const std::optional<RateLimit>& rate_limit() const noexcept { return rate_limit_; }

 private:
  const std::shared_ptr<const TlsContext> tls_;
  const std::vector<Header> headers_;
  const std::optional<RateLimit> rate_limit_;
};

/// The error names the file or the key of the configuration, and what was expected.
Result<std::shared_ptr<const Front>> make_front(const Config& config);

}  // namespace shmx::web

#endif  // SHM_EXPORTER_AGENT_WEB_FRONT_H
