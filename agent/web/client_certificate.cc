#include "agent/web/client_certificate.h"

#include <openssl/x509v3.h>

#include <algorithm>
#include <cstdlib>

#include "agent/x509/openssl.h"

namespace shmx::web {
namespace {

/// A chain of five with RSA keys of 4096 bits takes 10 KiB: what is longer is there to fill memory.
constexpr long kMaxChainBytes = 32L * 1024;

/// Intermediates between a client's certificate and an authority; usual are one or two.
constexpr int kMaxChainDepth = 8;

/// A log line is for people: names beyond it are cut.
constexpr std::size_t kMaxDetailBytes = 1024;

int refusal_index() {
  static const int kIndex = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return kIndex;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) {
    if (text.size() > kMaxDetailBytes) break;
    text += (text.empty() ? "" : ", ") + word;
  }
  return text.empty() ? "none" : text;
}

/// How far a time is from now, in either direction.
std::string distance(const ASN1_TIME* time) {
  constexpr int kSecondsPerHour = 3600;
  int days = 0;
  int seconds = 0;
  if (ASN1_TIME_diff(&days, &seconds, nullptr, time) != 1) return "at a time that is none";
  return std::to_string(std::abs(days)) + " days and " +
         std::to_string(std::abs(seconds) / kSecondsPerHour) + " hours";
}

HandshakeRefusal refusal_of(int error, const X509* certificate) {
  HandshakeRefusal refusal{
      std::string(x509::reason_of(error)),
      "the certificate of " + x509::text_of(X509_get_subject_name(certificate))};
  if (refusal.reason == "certificate_expired") {
    refusal.detail += " expired " + distance(X509_get0_notAfter(certificate)) + " ago";
  } else if (refusal.reason == "certificate_not_yet_valid") {
    refusal.detail += " will be valid in " + distance(X509_get0_notBefore(certificate));
  } else if (refusal.reason == "certificate_purpose") {
    refusal.detail += " is not for TLS clients";
  } else if (refusal.reason == "certificate_authority") {
    refusal.detail +=
        ", issued by " + x509::text_of(X509_get_issuer_name(certificate)) +
        ", leads to none of the authorities of client_ca: " + X509_verify_cert_error_string(error);
  } else {
    refusal.detail += std::string(": ") + X509_verify_cert_error_string(error);
  }
  return refusal;
}

bool is_allowed(const X509* certificate, const std::vector<std::string>& allowed,
                HandshakeRefusal& refusal) {
  if (allowed.empty()) return true;
  const auto presented = x509::alternatives(x509::names_of(certificate));
  if (std::ranges::find_first_of(presented, allowed) != presented.end()) return true;
  refusal = {"certificate_san", "expected one of client_allowed_sans (" + joined(allowed) +
                                    "), presented " + joined(presented)};
  return false;
}

bool passes(X509_STORE_CTX* store, const ClientDemands& demands, HandshakeRefusal& refusal) {
  if (verifies(demands.auth) && X509_verify_cert(store) != 1) {
    const X509* const faulty = X509_STORE_CTX_get_current_cert(store);
    refusal = refusal_of(X509_STORE_CTX_get_error(store),
                         faulty ? faulty : X509_STORE_CTX_get0_cert(store));
    return false;
  }
  const bool allowed = is_allowed(X509_STORE_CTX_get0_cert(store), demands.allowed_sans, refusal);
  X509_STORE_CTX_set_error(store, allowed ? X509_V_OK : X509_V_ERR_CERT_REJECTED);
  return allowed;
}

/// OpenSSL's callback: 1 accepts the chain.
int verify(X509_STORE_CTX* store, void* demands) {
  try {
    auto* const connection =
        static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    HandshakeRefusal refusal;
    const bool accepted = passes(store, *static_cast<const ClientDemands*>(demands), refusal);
    if (refusal.detail.size() > kMaxDetailBytes) refusal.detail.resize(kMaxDetailBytes);
    auto* const kept = static_cast<HandshakeRefusal*>(SSL_get_ex_data(connection, refusal_index()));
    if (kept) *kept = std::move(refusal);
    return accepted ? 1 : 0;
  } catch (...) {  // no exception may cross OpenSSL
    X509_STORE_CTX_set_error(store, X509_V_ERR_OUT_OF_MEM);
    return 0;
  }
}

}  // namespace

void demand(SSL_CTX* context, const ClientDemands& demands) {
  int mode = SSL_VERIFY_NONE;
  if (demands.auth != ClientAuth::no_client_cert) mode = SSL_VERIFY_PEER;
  if (requires_certificate(demands.auth) || !demands.allowed_sans.empty()) {
    mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  }
  SSL_CTX_set_verify(context, mode, nullptr);
  SSL_CTX_set_verify_depth(context, kMaxChainDepth);
  SSL_CTX_set_max_cert_list(context, kMaxChainBytes);
  SSL_CTX_set_cert_verify_callback(context, &verify, const_cast<ClientDemands*>(&demands));
}

void keep_refusal(SSL* connection, HandshakeRefusal& refusal) {
  SSL_set_ex_data(connection, refusal_index(), &refusal);
}

std::shared_ptr<const x509::Chain> presented_chain(SSL* connection) {
  const X509* const own = SSL_get0_peer_certificate(connection);
  if (!own) return nullptr;
  auto chain = std::make_shared<x509::Chain>();
  chain->push_back(x509::der_of(own));
  // On a server's side it is without the client's own.
  const STACK_OF(X509)* const others = SSL_get_peer_cert_chain(connection);
  for (int i = 0; others && i < sk_X509_num(others); ++i) {
    chain->push_back(x509::der_of(sk_X509_value(others, i)));
  }
  return chain;
}

}  // namespace shmx::web
