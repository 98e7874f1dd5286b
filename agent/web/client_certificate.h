// What the server demands of clients' certificates in the handshake, and what it got. On OpenSSL
// alone.
#ifndef SHM_EXPORTER_AGENT_WEB_CLIENT_CERTIFICATE_H
#define SHM_EXPORTER_AGENT_WEB_CLIENT_CERTIFICATE_H

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <vector>

#include "agent/web/config.h"
#include "agent/x509/names.h"

namespace shmx::web {

struct ClientDemands {
  ClientAuth auth = ClientAuth::no_client_cert;
  std::vector<std::string> allowed_sans{};  ///< empty: any
};

/// Why a handshake failed, for the operator's log and not for the client.
struct HandshakeRefusal {
  std::string reason{};  ///< a word of a fixed set; empty: nothing was refused
  std::string detail{};  ///< which check: what was expected and presented. Of bounded length
};

/// Makes the context's handshakes ask for what is demanded, by the rules of Go and the exporters'
/// toolkit: SANs are compared in every mode that asks for a certificate, and whoever presents none
/// where SANs are given is refused. The demands must outlive every handshake.
void demand(SSL_CTX* context, const ClientDemands& demands);

/// The handshake says here why it refused the client's certificate. `refusal` must outlive it.
void keep_refusal(SSL* connection, HandshakeRefusal& refusal);

/// The certificates that were presented in DER, the client's own first; null: none.
std::shared_ptr<const x509::Chain> presented_chain(SSL* connection);

}  // namespace shmx::web

#endif  // SHM_EXPORTER_AGENT_WEB_CLIENT_CERTIFICATE_H
