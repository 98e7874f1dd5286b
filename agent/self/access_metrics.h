// The metrics of who gets in: refused readers, reloads, certificates and the audit log.
#ifndef SHM_EXPORTER_AGENT_SELF_ACCESS_METRICS_H
#define SHM_EXPORTER_AGENT_SELF_ACCESS_METRICS_H

#include <prometheus/registry.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace shmx::self {

struct CertificateExpiry {
  std::string file;
  std::string subject;
  double unix_seconds;
};

/// Thread-safe.
class AccessMetrics {
 public:
  /// `registry` outlives this.
  explicit AccessMetrics(prometheus::Registry& registry);
  ~AccessMetrics();
  AccessMetrics(const AccessMetrics&) = delete;
  AccessMetrics& operator=(const AccessMetrics&) = delete;

  /// A reader was refused. Both are of few, never what a client sent.
  void count_refusal(std::string_view door, std::string_view reason);

  /// The configuration was read: at the start, and at each reload.
  void set_reload(bool successful, double unix_seconds);

  /// In place of those before.
  void set_certificates(const std::vector<CertificateExpiry>& certificates);

  /// Where the audit's chain is, and what was not recorded. From the first call on the families are
  /// there.
  struct Audit {
    std::uint64_t records;
    std::uint64_t head_prefix;
    std::uint64_t lost;
    std::uint64_t failures;
  };
  void set_audit(const Audit& audit);

 private:
  struct Registered;
  std::unique_ptr<Registered> registered_;
};

}  // namespace shmx::self

#endif  // SHM_EXPORTER_AGENT_SELF_ACCESS_METRICS_H
