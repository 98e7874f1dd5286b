#include "agent/identity/service_identity.h"

#include <algorithm>
#include <vector>

#include "agent/identity/dns_name.h"
#include "agent/identity/quoted.h"

namespace shmx::identity {
namespace {

IdentityMismatch other_than(std::string reason, std::string_view what, std::string_view expected,
                            const std::string& presented) {
  return {std::move(reason),
          "expected " + std::string(what) + " " + in_quotes(expected) + ", presented " + presented};
}

std::optional<IdentityMismatch> mismatch_of_names(const ServiceIdentity& expected,
                                                  const x509::Names& names) {
  if (!expected.san_uri.empty() && std::ranges::count(names.uris, expected.san_uri) == 0) {
    return other_than("san_uri", "SAN URI", expected.san_uri, quoted_list(names.uris));
  }
  const auto covers = [&](const std::string& name) {
    return dns_name_covers(name, expected.san_dns);
  };
  if (!expected.san_dns.empty() && std::ranges::none_of(names.dns, covers)) {
    return other_than("san_dns", "SAN DNS", expected.san_dns, quoted_list(names.dns));
  }
  if (!expected.issuer.empty() && expected.issuer != names.issuer) {
    return other_than("issuer", "issuer", expected.issuer, in_quotes(names.issuer));
  }
  if (!expected.subject.empty() && expected.subject != names.subject) {
    return other_than("subject", "subject", expected.subject, in_quotes(names.subject));
  }
  return std::nullopt;
}

}  // namespace

std::optional<IdentityMismatch> mismatch_of(const ServiceIdentity& expected,
                                            std::string_view presented_pem,
                                            const Authorities* authorities,
                                            std::int64_t now_unix_s) {
  if (presented_pem.empty()) {
    return IdentityMismatch{"not_presented",
                            "the service presents no certificate: set the shim's "
                            "option certificate_chain_file"};
  }
  const auto chain = x509::chain_of_pem(presented_pem);
  if (!chain) return IdentityMismatch{"certificate_invalid", chain.error().message};
  const auto names = x509::names_of(chain->front());
  if (!names) return IdentityMismatch{"certificate_invalid", names.error().message};
  if (auto other = mismatch_of_names(expected, names.value())) return other;
  if (authorities == nullptr) return std::nullopt;
  auto problem = authorities->problem_of(chain.value(), Purpose::server, now_unix_s);
  if (!problem) return std::nullopt;
  return IdentityMismatch{std::move(problem->reason), std::move(problem->detail)};
}

}  // namespace shmx::identity
