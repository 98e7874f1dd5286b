#include "agent/web/client_certificate.h"

#include <arpa/inet.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

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

bool verifies(ClientAuth auth) {
  return auth == ClientAuth::verify_client_cert_if_given ||
         auth == ClientAuth::require_and_verify_client_cert;
}

bool requires_one(ClientAuth auth) {
  return auth == ClientAuth::require_any_client_cert ||
         auth == ClientAuth::require_and_verify_client_cert;
}

std::string text_of(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<std::size_t>(ASN1_STRING_length(string))};
}

std::string address_of(const ASN1_OCTET_STRING* bytes) {
  constexpr int kIpv4Bytes = 4;
  constexpr int kIpv6Bytes = 16;
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int size = ASN1_STRING_length(bytes);
  if (size != kIpv4Bytes && size != kIpv6Bytes) return {};
  ::inet_ntop(size == kIpv4Bytes ? AF_INET : AF_INET6, ASN1_STRING_get0_data(bytes), text.data(),
              text.size());
  return text.data();
}

/// DNS, IP, email and URI, as they are compared with client_allowed_sans.
std::vector<std::string> sans_of(const X509* certificate) {
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> names(
      static_cast<GENERAL_NAMES*>(
          X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
      &GENERAL_NAMES_free);
  std::vector<std::string> sans;
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_IPADD) {
      sans.push_back(address_of(name->d.iPAddress));
    } else if (name->type == GEN_DNS || name->type == GEN_EMAIL || name->type == GEN_URI) {
      sans.push_back(text_of(name->d.ia5));
    }
  }
  return sans;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) {
    if (text.size() > kMaxDetailBytes) break;
    text += (text.empty() ? "" : ", ") + word;
  }
  return text.empty() ? "none" : text;
}

std::string name_text(const X509_NAME* name) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), &BIO_free);
  X509_NAME_print_ex(memory.get(), name, 0, XN_FLAG_RFC2253);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
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

/// The words that agent/identity has for the same refusals.
HandshakeRefusal refusal_of(int error, const X509* certificate) {
  const std::string who = "the certificate of " + name_text(X509_get_subject_name(certificate));
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return {"certificate_expired",
              who + " expired " + distance(X509_get0_notAfter(certificate)) + " ago"};
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return {"certificate_not_yet_valid",
              who + " will be valid in " + distance(X509_get0_notBefore(certificate))};
    case X509_V_ERR_INVALID_PURPOSE:
      return {"certificate_purpose", who + " is not for TLS clients"};
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return {"certificate_authority", who + ", issued by " +
                                           name_text(X509_get_issuer_name(certificate)) +
                                           ", leads to none of the authorities of client_ca: " +
                                           X509_verify_cert_error_string(error)};
    default:
      return {"certificate_invalid", who + ": " + X509_verify_cert_error_string(error)};
  }
}

bool is_allowed(const X509* certificate, const std::vector<std::string>& allowed,
                HandshakeRefusal& refusal) {
  if (allowed.empty()) return true;
  const auto presented = sans_of(certificate);
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

std::string der_of(X509* certificate) {
  const int size = i2d_X509(certificate, nullptr);
  std::string der(static_cast<std::size_t>(std::max(size, 0)), '\0');
  auto* end = reinterpret_cast<unsigned char*>(der.data());
  i2d_X509(certificate, &end);
  return der;
}

}  // namespace

void demand(SSL_CTX* context, const ClientDemands& demands) {
  int mode = SSL_VERIFY_NONE;
  if (demands.auth != ClientAuth::no_client_cert) mode = SSL_VERIFY_PEER;
  if (requires_one(demands.auth) || !demands.allowed_sans.empty()) {
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

std::shared_ptr<const std::vector<std::string>> presented_chain(SSL* connection) {
  X509* const own = SSL_get0_peer_certificate(connection);
  if (!own) return nullptr;
  auto chain = std::make_shared<std::vector<std::string>>();
  chain->push_back(der_of(own));
  // On a server's side it is without the client's own.
  const STACK_OF(X509)* const others = SSL_get_peer_cert_chain(connection);
  for (int i = 0; others && i < sk_X509_num(others); ++i) {
    chain->push_back(der_of(sk_X509_value(others, i)));
  }
  return chain;
}

}  // namespace shmx::web
