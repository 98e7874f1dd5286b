// One TLS handshake with a server, as a client would make it, but that goes on where the client
// would give up: what was negotiated and presented, and every check that fails.
#ifndef SHM_EXPORTER_AGENT_TOOL_TLS_PROBE_H
#define SHM_EXPORTER_AGENT_TOOL_TLS_PROBE_H

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "agent/x509/names.h"
#include "shm/result.h"

namespace shmx::tool {

struct TlsProbe {
  std::string host;
  std::string port;
  std::string server_name{};       ///< sent as SNI; empty or an address: none is sent
  std::string authorities_file{};  ///< PEM; empty: the system's
  std::string alpn{};              ///< a protocol to offer; empty: none
  std::string certificate_file{};  ///< PEM chain for mutual TLS, with its key
  std::string key_file{};
  std::chrono::milliseconds timeout{5'000};  ///< of all of it but the lookup of the host's name
};

/// A check of the presented chain that failed.
struct ChainFault {
  int code;           ///< OpenSSL's X509_V_ERR_*
  std::string check;  ///< OpenSSL's words for it
  std::string der;    ///< the certificate that it is about
};

struct TlsAnswer {
  std::string address;  ///< of the server
  std::string version;
  std::string cipher;
  std::string alpn;   ///< empty: none was chosen
  x509::Chain chain;  ///< as it was presented
  std::vector<ChainFault> faults{};
  bool asks_for_certificate = false;
  std::string refusal{};  ///< what the server said after the handshake; empty: nothing against it
};

/// An error says which step failed: no connection, or no handshake at all. Blocks for at most the
/// timeout, and the system's own when it looks up a name. `now_unix_s` is what the chain is valid
/// at.
Result<TlsAnswer> probe_tls(const TlsProbe& probe, std::int64_t now_unix_s);

}  // namespace shmx::tool

#endif  // SHM_EXPORTER_AGENT_TOOL_TLS_PROBE_H
