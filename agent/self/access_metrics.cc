// See access_metrics.h.
#include "agent/self/access_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>

#include <map>
#include <mutex>
#include <utility>

namespace shmx::self {
namespace {

/// Of a bundle of authorities the first ones are shown: each is a series.
constexpr std::size_t kMaxCertificates = 64;

prometheus::Gauge& gauge(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

prometheus::Counter& counter(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

void raise(prometheus::Counter& counter, std::uint64_t total) {
  const double more = static_cast<double>(total) - counter.Value();
  if (more > 0) {
    counter.Increment(more);
  }
}

struct AuditFamilies {
  explicit AuditFamilies(prometheus::Registry& registry)
      : records(gauge(registry, "shm_exporter_audit_records",
                      "Records of the audit log's chain: the sequence number that its head has.")),
        head_prefix(gauge(registry, "shm_exporter_audit_head_prefix",
                          "The first 52 bits of the hash of the audit log's last record, as a "
                          "number: what shmtool audit verify --anchor compares.")),
        lost(counter(registry, "shm_exporter_audit_records_lost_total",
                     "What happened and is not in the audit log.")),
        failures(counter(registry, "shm_exporter_audit_write_failures_total",
                         "Writes to the audit log that failed.")) {}
  prometheus::Gauge& records;
  prometheus::Gauge& head_prefix;
  prometheus::Counter& lost;
  prometheus::Counter& failures;
};

}  // namespace

struct AccessMetrics::Registered {
  explicit Registered(prometheus::Registry& registry_in)
      : registry(registry_in),
        refusals(prometheus::BuildCounter()
                     .Name("shm_exporter_readers_refused_total")
                     .Help("Requests and calls of readers that were refused, by door and reason.")
                     .Register(registry)),
        reload_successful(gauge(registry, "shm_exporter_config_last_reload_successful",
                                "Whether the configuration that was read last is in force.")),
        reload_time(
            gauge(registry, "shm_exporter_config_last_reload_success_timestamp_seconds",
                  "When the configuration in force was read, since unix epoch in seconds.")),
        certificates(prometheus::BuildGauge()
                         .Name("shm_exporter_certificate_expiry_timestamp_seconds")
                         .Help("When a certificate in use expires, since unix epoch in seconds.")
                         .Register(registry)) {}

  prometheus::Registry& registry;
  prometheus::Family<prometheus::Counter>& refusals;
  prometheus::Gauge& reload_successful;
  prometheus::Gauge& reload_time;
  prometheus::Family<prometheus::Gauge>& certificates;
  std::mutex mutex;
  std::map<std::pair<std::string, std::string>, prometheus::Gauge*> shown;  // guarded by mutex
  std::unique_ptr<AuditFamilies> audit;                                     // guarded by mutex
};

AccessMetrics::AccessMetrics(prometheus::Registry& registry)
    : registered_(std::make_unique<Registered>(registry)) {}

AccessMetrics::~AccessMetrics() = default;

void AccessMetrics::count_refusal(std::string_view door, std::string_view reason) {
  registered_->refusals.Add({{"door", std::string(door)}, {"reason", std::string(reason)}})
      .Increment();
}

void AccessMetrics::set_reload(bool successful, double unix_seconds) {
  registered_->reload_successful.Set(successful ? 1 : 0);
  if (successful) {
    registered_->reload_time.Set(unix_seconds);
  }
}

void AccessMetrics::set_certificates(const std::vector<CertificateExpiry>& certificates) {
  Registered& metrics = *registered_;
  const std::lock_guard lock(metrics.mutex);
  auto before = std::exchange(metrics.shown, {});
  for (const CertificateExpiry& certificate : certificates) {
    std::pair key{certificate.file, certificate.subject};
    if (metrics.shown.size() >= kMaxCertificates && !metrics.shown.contains(key)) {
      break;
    }
    prometheus::Gauge& gauge =
        metrics.certificates.Add({{"file", key.first}, {"subject", key.second}});
    before.erase(key);
    // Of two with one name, the one that expires first is the one to look after.
    const bool is_new = metrics.shown.emplace(std::move(key), &gauge).second;
    if (is_new || certificate.unix_seconds < gauge.Value()) {
      gauge.Set(certificate.unix_seconds);
    }
  }
  for (const auto& [key, gauge] : before) {
    metrics.certificates.Remove(gauge);
  }
}

void AccessMetrics::set_audit(const Audit& audit) {
  Registered& metrics = *registered_;
  const std::lock_guard lock(metrics.mutex);
  if (!metrics.audit) {
    metrics.audit = std::make_unique<AuditFamilies>(metrics.registry);
  }
  metrics.audit->records.Set(static_cast<double>(audit.records));
  metrics.audit->head_prefix.Set(static_cast<double>(audit.head_prefix));
  raise(metrics.audit->lost, audit.lost);
  raise(metrics.audit->failures, audit.failures);
}

}  // namespace shmx::self
