// What handshakes are made by, from a tls_server_config. For the files that speak TLS; others see
// front.h.
#ifndef SHM_EXPORTER_AGENT_WEB_TLS_CONTEXT_H
#define SHM_EXPORTER_AGENT_WEB_TLS_CONTEXT_H

#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "agent/web/client_certificate.h"
#include "agent/web/config.h"
#include "shm/result.h"

namespace shmx::web {

/// Immutable. Must outlive every handshake that it is used for.
///
/// There are no session tickets and no session cache: a resumed session would know the client's
/// certificate only as it was, and pass by the rules of before a reload. Scrapers keep their
/// connections, so little is lost. No renegotiation, no compression, no early data; of ALPN only
/// http/1.1 is chosen.
class TlsContext {
 public:
  /// The error names the file or the key of the configuration, and what was expected.
  static Result<std::shared_ptr<const TlsContext>> make(const TlsSettings& settings);

  explicit TlsContext(ClientDemands demands);
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  ~TlsContext() = default;

  /// What asio::ssl::stream is made from, which only counts a reference.
  boost::asio::ssl::context& context() const noexcept { return context_; }

 private:
  const ClientDemands demands_;
  mutable boost::asio::ssl::context context_;
};

}  // namespace shmx::web

#endif  // SHM_EXPORTER_AGENT_WEB_TLS_CONTEXT_H
