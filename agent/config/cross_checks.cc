// See cross_checks.h.
#include "agent/config/cross_checks.h"

#include <algorithm>

#include "agent/config/tenant_directories.h"

namespace shmx::config {
namespace {

constexpr std::string_view kUnix = "unix:";

/// Why a reader of each kind could never be known; empty: it can be.
struct Doors {
  const web::Config* web;
  bool has_unix_listener;

  std::string certificate(const std::string& kind, const std::string& name) const {
    const bool verified = web != nullptr && web->tls && verifies(web->tls->client_auth);
    return verified ? ""
                    : "reader " + kind + " " + name +
                          ": expected client certificates to be verified; set "
                          "client_auth_type to VerifyClientCertIfGiven or "
                          "RequireAndVerifyClientCert in the file of --web.config.file";
  }
  std::string operator()(const identity::ByUri& by) const { return certificate("san_uri", by.uri); }
  std::string operator()(const identity::ByDns& by) const {
    return certificate("san_dns", by.name);
  }
  std::string operator()(const identity::ByCommonName& by) const {
    return certificate("common_name", by.name);
  }
  std::string operator()(const identity::ByUser& by) const {
    return web != nullptr && web->users.contains(by.name)
               ? ""
               : "reader user " + by.name +
                     ": expected a user of basic_auth_users; add one in the file of "
                     "--web.config.file";
  }
  std::string operator()(const identity::ByUid& by) const {
    return has_unix_listener
               ? ""
               : "reader uid " + std::to_string(by.uid) +
                     ": expected a unix socket, where the kernel says who connects; add "
                     "--web.listen-address=unix:/PATH";
  }
  // The configuration file itself says whose tokens are accepted: they are taken at every door.
  std::string operator()(const identity::ByClaim& /*by*/) const { return {}; }
};

}  // namespace

std::optional<Error> problem_of(const identity::Policy& policy, const web::Config* web,
                                bool has_unix_listener) {
  if (!policy.tenants.empty() && policy.readers.empty() && !policy.anonymous) {
    return Error{
        "tenants are defined, and no reader could show who it is: expected readers (by san_uri, "
        "san_dns, common_name, user, uid or claim), or anonymous, which says what everybody sees"};
  }
  if (!policy.issuers.empty() && !policy.limits_readers()) {
    return Error{
        "issuers without readers: no token would be asked for, and everybody would see "
        "everything; add readers with claims, or remove issuers"};
  }
  for (const identity::ReaderRule& rule : policy.readers) {
    if (std::string problem = std::visit(Doors{web, has_unix_listener}, rule.match);
        !problem.empty()) {
      return Error{std::move(problem)};
    }
  }
  return std::nullopt;
}

std::optional<Error> problem_of_directories(const identity::Policy& policy,
                                            const std::vector<std::string>& segment_directories) {
  for (const identity::Tenant& tenant : policy.tenants) {
    for (const std::string& given : segment_directories) {
      const std::string directory = normal_directory(given);
      const bool is_same = directory == tenant.directory && tenant.name == kDefaultTenant;
      if (!is_same &&
          (is_within(directory, tenant.directory) || is_within(tenant.directory, directory))) {
        return Error{"tenant " + tenant.name + ": expected a directory apart from " + directory +
                     " of --segments.directory, found " + tenant.directory};
      }
    }
  }
  return std::nullopt;
}

std::optional<Error> feed_problem_of(const web::Config& web, const std::string& feed_address) {
  if (!web.tls || !web.tls->restricts_handshake || feed_address.empty() ||
      feed_address.starts_with(kUnix)) {
    return std::nullopt;
  }
  return Error{"gRPC feed at " + feed_address +
               ": expected no min_version, max_version, cipher_suites and curve_preferences in "
               "tls_server_config, for gRPC 1.51 can be told none of them; remove them, or set "
               "--feed.listen-address to unix:/PATH or none"};
}

bool has_unix_listener(const Flags& flags) {
  return flags.systemd_socket ||  // Where that listens is known at the start.
         flags.feed_listen_address.starts_with(kUnix) ||
         std::ranges::any_of(flags.listen_addresses,
                             [](const std::string& address) { return address.starts_with(kUnix); });
}

std::vector<Error> problems_together(const identity::Policy& policy, const web::Config* web,
                                     const Flags& flags) {
  std::vector<Error> problems;
  for (auto& problem :
       {problem_of_directories(policy, flags.segment_directories),
        problem_of(policy, web, has_unix_listener(flags)),
        web == nullptr ? std::nullopt : feed_problem_of(*web, flags.feed_listen_address)}) {
    if (problem) {
      problems.push_back(*problem);
    }
  }
  return problems;
}

}  // namespace shmx::config
