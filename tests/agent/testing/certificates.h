// Certificates and keys made for a test: authorities, intermediates, and whom they vouch for.
#ifndef SHM_EXPORTER_TESTS_AGENT_TESTING_CERTIFICATES_H
#define SHM_EXPORTER_TESTS_AGENT_TESTING_CERTIFICATES_H

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace shmx::testing {

inline constexpr std::int64_t kHourS = 3'600;
inline constexpr std::int64_t kDayS = 24 * kHourS;

std::int64_t now_unix_s();

struct CertificateOptions {
  std::string common_name = "service";      ///< empty: a subject without names
  std::string organization{};               ///< O, before the CN; empty: none
  std::vector<std::string> alternatives{};  ///< SANs: "DNS:shop", "URI:…", "IP:::1", "email:…"
  std::int64_t not_before_unix_s = now_unix_s() - kDayS;
  std::int64_t not_after_unix_s = now_unix_s() + kDayS;
  bool authority = false;            ///< may issue others
  std::string extended_key_usage{};  ///< "clientAuth", "serverAuth", both by a comma; empty: any
};

/// A certificate with its key (P-256, another for each). Copies share both.
class Certificate {
 public:
  static Certificate self_signed(const CertificateOptions& options);

  /// A root authority that is valid for a day.
  static Certificate root(const std::string& common_name = "root");

  /// Signed by this one, whether it may or not.
  Certificate issue(const CertificateOptions& options) const;

  std::string pem() const;
  std::string der() const;
  std::string key_pem() const;

 private:
  struct Parts;
  explicit Certificate(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}
  static Certificate make(const CertificateOptions& options, const Parts* issuer);

  std::shared_ptr<const Parts> parts_;
};

}  // namespace shmx::testing

#endif  // SHM_EXPORTER_TESTS_AGENT_TESTING_CERTIFICATES_H
