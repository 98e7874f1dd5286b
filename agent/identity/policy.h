// Who may publish as whom and who may see what, as plain values: what agent/config reads from
// shm-exporter.yml.
//
//   tenants:
//     shop:
//       directory: /run/shm-exporter/tenants/shop   # this is the default
//       group: shop-writers                         # whose members may publish
//       jobs: [orders, "cart-*"]                    # what they may claim; default: all
//   readers:
//     - {san_uri: "spiffe://example.org/prometheus", operator: true}
//     - {san_dns: prom.shop.example, tenants: [shop]}
//     - {common_name: shop-prometheus, tenants: [shop]}
//     - {user: alice, tenants: [shop]}              # of basic_auth_users
//     - {uid: shop, tenants: [shop]}                # by name or number, over a unix socket
//     - {issuer: "https://idp.example", claim: groups, value: shop-readers, tenants: [shop]}
//   anonymous: {tenants: []}                        # or operator: true
//   issuers:
//     - {issuer: "https://idp.example", audience: shm-exporter, keys: /etc/shm-exporter/jwks.json}
//   service_identities:
//     authorities: /etc/shm-exporter/services-ca.pem
//     jobs:
//       orders: {san_uri: "spiffe://example.org/orders"}
#ifndef SHM_EXPORTER_AGENT_IDENTITY_POLICY_H
#define SHM_EXPORTER_AGENT_IDENTITY_POLICY_H

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "agent/model/scope.h"

namespace shmx::identity {

/// Of directories that the policy does not name.
inline constexpr std::string_view kDefaultTenant = "default";

struct Tenant {
  std::string name;  ///< letters, digits, - and _; of at most 63
  std::string directory;
  std::string group{};  ///< name or number of its writers' group; empty: the agent's own
  std::vector<std::string> jobs{};            ///< names, and prefixes that end in *; empty: all
  std::optional<std::size_t> max_series{};    ///< of all its jobs; absent: no such limit
  std::optional<std::size_t> max_segments{};  ///< live ones; absent: an equal share
  /// Where it is mounted (a tmpfs of its own) is systemd's or fstab's affair.
};

/// How a reader shows who it is.
struct ByUri {
  std::string uri;
};  ///< SAN URI of a verified certificate (SPIFFE ID)
struct ByDns {
  std::string name;
};  ///< SAN DNS of one
struct ByCommonName {
  std::string name;
};  ///< CN of one
struct ByUser {
  std::string name;
};  ///< basic auth
struct ByUid {
  std::uint32_t uid;
};                ///< SO_PEERCRED
struct ByClaim {  ///< a string, or one of an array of strings
  std::string issuer;
  std::string claim;
  std::string value;
};
using ReaderMatch = std::variant<ByUri, ByDns, ByCommonName, ByUser, ByUid, ByClaim>;

/// A reader that several of these match sees what any of them shows.
struct ReaderRule {
  ReaderMatch match;
  model::Scope scope;
};

/// Whose tokens are accepted.
struct Issuer {
  std::string issuer;                   ///< `iss`, exactly
  std::string audience;                 ///< must be `aud` or one of it
  std::string keys;                     ///< a JWK set: an absolute path, or an https URL
  std::string authorities{};            ///< PEM file for that URL; empty: the system's
  std::chrono::seconds clock_skew{60};  ///< 0 to 300
};

/// What a job's processes are to present; what is empty is not compared.
struct ServiceIdentity {
  std::string san_uri{};
  std::string san_dns{};
  std::string issuer{};   ///< as RFC 4514 writes a name
  std::string subject{};  ///< the same
};

struct Policy {
  std::vector<Tenant> tenants{};
  std::vector<ReaderRule> readers{};
  std::optional<model::Scope> anonymous{};  ///< what a reader without credentials sees
  std::vector<Issuer> issuers{};
  std::map<std::string, ServiceIdentity> service_identities{};  ///< by job
  std::string service_authorities{};  ///< PEM file that the services' chains are verified with

  /// Without readers, anonymous and tenants everybody who passes web-config.yml sees everything.
  bool limits_readers() const noexcept {
    return !tenants.empty() || !readers.empty() || anonymous.has_value();
  }
};

}  // namespace shmx::identity

#endif  // SHM_EXPORTER_AGENT_IDENTITY_POLICY_H
