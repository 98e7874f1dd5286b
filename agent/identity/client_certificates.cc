#include "agent/identity/client_certificates.h"

#include <algorithm>
#include <utility>

#include "agent/identity/quoted.h"

namespace shmx::identity {
namespace {

using web::ClientAuth;

Refusal refused(std::string reason, std::string detail) {
  return {Refusal::Kind::unauthenticated, std::move(reason), std::move(detail)};
}

}  // namespace

Result<ClientCertificates> ClientCertificates::make(const std::optional<web::TlsSettings>& tls) {
  ClientCertificates made;
  if (!tls) return made;
  made.tls_ = true;
  made.mode_ = tls->client_auth;
  made.allowed_sans_ = tls->client_allowed_sans;
  if (!verifies(made.mode_)) return made;
  auto authorities = Authorities::of_pem(tls->client_authorities.text);
  if (!authorities) {
    const std::string& file = tls->client_authorities.file;
    return Error{"client_ca" + (file.empty() ? "" : "_file " + file) + ": " +
                 authorities.error().message};
  }
  made.chains_ = std::make_shared<VerifiedChains>(std::move(authorities).value());
  return made;
}

std::optional<Refusal> ClientCertificates::problem_of_names(const x509::Names& names) const {
  if (allowed_sans_.empty()) return std::nullopt;
  const std::vector<std::string> presented = x509::alternatives(names);
  const auto allowed = [&](const std::string& name) {
    return std::ranges::find(allowed_sans_, name) != allowed_sans_.end();
  };
  if (std::ranges::any_of(presented, allowed)) return std::nullopt;
  return refused("certificate_san", "expected one of client_allowed_sans " +
                                        quoted_list(allowed_sans_) + ", presented " +
                                        quoted_list(presented));
}

Result<VerifiedChains::Names, Refusal> ClientCertificates::judge(const Presented& presented,
                                                                 std::int64_t now_unix_s) const {
  if (!presented.tls) {
    // It began before web-config.yml demanded TLS.
    if (tls_ && !presented.uid) {
      return refused("tls_required",
                     "the connection is without TLS, which tls_server_config "
                     "demands");
    }
    return VerifiedChains::Names();
  }
  if (mode_ == ClientAuth::no_client_cert) return VerifiedChains::Names();
  if (!presented.chain || presented.chain->empty()) {
    if (!requires_certificate(mode_)) return VerifiedChains::Names();
    return refused("certificate_missing",
                   "the client presented no certificate, which client_auth_type demands");
  }
  if (!chains_) {
    const auto names = x509::names_of(presented.chain->front());
    if (!names) return refused("certificate_invalid", names.error().message);
    if (auto problem = problem_of_names(names.value())) return *problem;
    return VerifiedChains::Names();  // unverified, it may be anybody's
  }
  auto verified = chains_->verify(*presented.chain, now_unix_s);
  if (!verified) return refused(verified.error().reason, verified.error().detail);
  if (auto problem = problem_of_names(*verified.value())) return *problem;
  return verified.value();
}

}  // namespace shmx::identity
