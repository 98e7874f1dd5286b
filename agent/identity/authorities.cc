// OpenSSL's verification, and what it found in our words.
#include "agent/identity/authorities.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <ctime>
#include <utility>

#include "agent/identity/quoted.h"
#include "agent/x509/openssl.h"

namespace shmx::identity {
namespace {

// Public hierarchies have at most two intermediates, private ones rarely three. Twice that, so that
// nobody makes the agent verify signature after signature.
constexpr int kMaxIntermediates = 8;

// A chain with its root, and some certificates that do not belong to it.
constexpr std::size_t kMaxChain = 16;

// OpenSSL's level of 112 bits: RSA from 2,048 bits on, no SHA-1. Debian's TLS demands the same.
constexpr int kSecurityLevel = 2;

std::string time_text(std::int64_t unix_s) {
  const std::time_t time = unix_s;
  std::tm parts{};
  std::array<char, 32> text{};
  gmtime_r(&time, &parts);
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text.data(), size};
}

std::string quoted(const X509_NAME* name) {
  return in_quotes(x509::text_of(name));
}

std::string expiry_text(const X509* certificate, std::int64_t now_unix_s) {
  const std::int64_t end = x509::unix_seconds(X509_get0_notAfter(certificate));
  return " expired " + std::to_string(now_unix_s - end) + " s ago, at " + time_text(end);
}

std::string beginning_text(const X509* certificate, std::int64_t now_unix_s) {
  const std::int64_t begin = x509::unix_seconds(X509_get0_notBefore(certificate));
  return " is valid in " + std::to_string(begin - now_unix_s) + " s, from " + time_text(begin) +
         " on";
}

/// OpenSSL's context for one verification; null where it has no memory.
x509::Owned<X509_STORE_CTX> context_for(X509_STORE* store, X509* leaf, STACK_OF(X509) * others,
                                        Purpose purpose, std::int64_t now_unix_s) {
  x509::Owned<X509_STORE_CTX> context(X509_STORE_CTX_new());
  if (!context || X509_STORE_CTX_init(context.get(), store, leaf, others) != 1) return nullptr;
  X509_VERIFY_PARAM* const rules = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_purpose(
      rules, purpose == Purpose::client ? X509_PURPOSE_SSL_CLIENT : X509_PURPOSE_SSL_SERVER);
  X509_VERIFY_PARAM_set_time(rules, now_unix_s);
  X509_VERIFY_PARAM_set_depth(rules, kMaxIntermediates);
  X509_VERIFY_PARAM_set_auth_level(rules, kSecurityLevel);
  // As Go's exporters do: an authority need not be a root.
  X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN);
  return context;
}

/// Of a chain that was verified, its authority with it.
std::int64_t earliest_end(X509_STORE_CTX* context) {
  const STACK_OF(X509)* const verified = X509_STORE_CTX_get0_chain(context);
  std::int64_t earliest = x509::unix_seconds(X509_get0_notAfter(sk_X509_value(verified, 0)));
  for (int i = 1; i < sk_X509_num(verified); ++i) {
    earliest =
        std::min(earliest, x509::unix_seconds(X509_get0_notAfter(sk_X509_value(verified, i))));
  }
  return earliest;
}

}  // namespace

class Authorities::Impl {
 public:
  explicit Impl(x509::Owned<X509_STORE> store) : store_(std::move(store)) {}

  bool add(X509* certificate) {
    subjects_.push_back(x509::text_of(X509_get_subject_name(certificate)));
    return X509_STORE_add_cert(store_.get(), certificate) == 1;
  }

  Result<std::int64_t, Problem> valid_until(const x509::Chain& chain, Purpose purpose,
                                            std::int64_t now_unix_s) const;

 private:
  Problem problem(X509_STORE_CTX* context, Purpose purpose, std::int64_t now_unix_s) const;

  x509::Owned<X509_STORE> store_;
  std::vector<std::string> subjects_;  ///< for messages
};

Authorities::Problem Authorities::Impl::problem(X509_STORE_CTX* context, Purpose purpose,
                                                std::int64_t now_unix_s) const {
  const int error = X509_STORE_CTX_get_error(context);
  const int depth = X509_STORE_CTX_get_error_depth(context);
  const X509* const at = X509_STORE_CTX_get_current_cert(context);
  Problem found{std::string(x509::reason_of(error)),
                "certificate " + std::to_string(depth + 1) + " of the chain"};
  if (at == nullptr) {
    found.detail += std::string(": ") + X509_verify_cert_error_string(error);
    return found;
  }
  found.detail += ", " + quoted(X509_get_subject_name(at)) + " issued by " +
                  quoted(X509_get_issuer_name(at)) + ",";
  if (found.reason == "certificate_expired") {
    found.detail += expiry_text(at, now_unix_s);
  } else if (found.reason == "certificate_not_yet_valid") {
    found.detail += beginning_text(at, now_unix_s);
  } else if (found.reason == "certificate_purpose") {
    found.detail +=
        purpose == Purpose::client
            ? " is not for TLS clients: expected extended key usage clientAuth, or none"
            : " is not for TLS servers: expected extended key usage serverAuth, or none";
  } else {
    found.detail += std::string(" is not vouched for (") + X509_verify_cert_error_string(error) +
                    "); authorities: " + quoted_list(subjects_);
  }
  return found;
}

Result<std::int64_t, Authorities::Problem> Authorities::Impl::valid_until(
    const x509::Chain& chain, Purpose purpose, std::int64_t now_unix_s) const {
  std::vector<x509::Owned<X509>> certificates;
  const x509::Owned<STACK_OF(X509)> others(sk_X509_new_null());
  for (const std::string& der : chain) {
    certificates.push_back(x509::certificate_of(der));
    if (!certificates.back()) {
      return Problem{"certificate_invalid", "certificate " + std::to_string(certificates.size()) +
                                                " of the chain is none (expected X.509 in DER)"};
    }
    if (certificates.size() > 1) sk_X509_push(others.get(), certificates.back().get());
  }
  const auto context =
      context_for(store_.get(), certificates.front().get(), others.get(), purpose, now_unix_s);
  if (!context) return Problem{"certificate_invalid", "OpenSSL has no memory to verify a chain"};
  const bool verified = X509_verify_cert(context.get()) == 1;
  ERR_clear_error();
  if (!verified) return problem(context.get(), purpose, now_unix_s);
  return earliest_end(context.get());
}

Result<Authorities> Authorities::of_pem(std::string_view pem) {
  const auto certificates = x509::certificates_of_pem(pem);
  if (!certificates) return certificates.error();
  x509::Owned<X509_STORE> store(X509_STORE_new());
  if (!store) return Error{"OpenSSL has no memory for authorities"};
  const auto impl = std::make_shared<Impl>(std::move(store));
  for (const auto& certificate : certificates.value()) {
    if (!impl->add(certificate.get())) {
      return Error{"OpenSSL refuses an authority's certificate"};
    }
  }
  Authorities authorities;
  authorities.impl_ = impl;
  return authorities;
}

Result<std::int64_t, Authorities::Problem> Authorities::valid_until(const x509::Chain& chain,
                                                                    Purpose purpose,
                                                                    std::int64_t now_unix_s) const {
  if (!impl_) return Problem{"certificate_authority", "there are no authorities to verify with"};
  if (chain.empty()) return Problem{"certificate_invalid", "a chain without certificates"};
  if (chain.size() > kMaxChain) {
    return Problem{"certificate_invalid", "a chain of " + std::to_string(chain.size()) +
                                              " certificates: expected at most " +
                                              std::to_string(kMaxChain)};
  }
  return impl_->valid_until(chain, purpose, now_unix_s);
}

std::optional<Authorities::Problem> Authorities::problem_of(const x509::Chain& chain,
                                                            Purpose purpose,
                                                            std::int64_t now_unix_s) const {
  auto verified = valid_until(chain, purpose, now_unix_s);
  if (verified) return std::nullopt;
  return verified.error();
}

}  // namespace shmx::identity
