// A client's TLS by OpenSSL. For the files that speak it; others see tls_material.h.
#ifndef SHM_EXPORTER_AGENT_PUSH_HTTP_TLS_H
#define SHM_EXPORTER_AGENT_PUSH_HTTP_TLS_H

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "agent/push/tls_material.h"
#include "shm/result.h"

namespace shmx::push {

/// TLS 1.2 or newer, the server's certificate required. Without authorities: the system's.
Result<std::shared_ptr<boost::asio::ssl::context>> make_client_context(const TlsMaterial& material);

/// Why a handshake failed: the certificate's fault where it is that, else nothing.
std::string certificate_fault(SSL* connection);

}  // namespace shmx::push

#endif  // SHM_EXPORTER_AGENT_PUSH_HTTP_TLS_H
