// How the audit log is kept: plain values, filled by agent/config from shm-exporter.yml.
//
//   audit:
//     directory: /var/lib/shm-exporter/audit
//     key: /etc/shm-exporter/audit.key        # Ed25519, PEM
//     required: false
#ifndef SHM_EXPORTER_AGENT_AUDIT_OPTIONS_H
#define SHM_EXPORTER_AGENT_AUDIT_OPTIONS_H

#include <cstdint>
#include <string>

namespace shmx::audit {

struct Options {
  std::string directory{};                 ///< 0700, the agent's own; empty: there is no log
  std::string key_file{};                  ///< Ed25519 private key, PEM, unencrypted
  bool required = false;                   ///< a scrape that cannot be recorded is answered 503
  std::uint64_t checkpoint_every = 1'000;  ///< records
  std::uint64_t max_file_bytes = std::uint64_t{64} << 20;  ///< then the next file begins
  std::uint64_t max_total_bytes = std::uint64_t{1} << 30;  ///< then the oldest file goes

  bool operator==(const Options&) const = default;
};

}  // namespace shmx::audit

#endif  // SHM_EXPORTER_AGENT_AUDIT_OPTIONS_H
