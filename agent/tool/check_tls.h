// shmtool check tls: whether a server presents what its clients expect, and if not, what to do.
#ifndef SHM_EXPORTER_AGENT_TOOL_CHECK_TLS_H
#define SHM_EXPORTER_AGENT_TOOL_CHECK_TLS_H

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace shmx::tool {

struct TlsCheck {
  std::string target;                         ///< HOST:PORT, [ADDRESS]:PORT
  std::vector<std::string> expected_names{};  ///< DNS names, addresses, URIs; none: the host
  std::string authorities_file{};             ///< PEM; empty: the system's
  std::string alpn{};                         ///< "h2" is what gRPC needs; empty: not asked for
  std::string certificate_file{};             ///< PEM, for mutual TLS, with its key
  std::string key_file{};
  std::chrono::milliseconds timeout{5'000};
};

struct TlsVerdict {
  std::string text;  ///< for people, of whole lines; one begins with "problem" per problem
  bool fits = false;
};

/// Connects, and compares. `now_unix_s` is what validity is judged by.
TlsVerdict check_tls(const TlsCheck& check, std::int64_t now_unix_s);

}  // namespace shmx::tool

#endif  // SHM_EXPORTER_AGENT_TOOL_CHECK_TLS_H
