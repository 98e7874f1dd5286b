// See pem.h.
#include "agent/config/pem.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <ctime>
#include <limits>
#include <memory>

namespace shmx::config {
namespace {

struct Free {
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
  void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
};
using Bio = std::unique_ptr<BIO, Free>;
using Certificate = std::unique_ptr<X509, Free>;
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Context = std::unique_ptr<SSL_CTX, Free>;

/// What this thread does next with OpenSSL is not to find what was wrong here.
struct ErrorQueue {
  ErrorQueue() { ERR_clear_error(); }
  ~ErrorQueue() { ERR_clear_error(); }
  ErrorQueue(const ErrorQueue&) = delete;
  ErrorQueue& operator=(const ErrorQueue&) = delete;
};

Bio bio_of(std::string_view text) {
  constexpr auto kMost = static_cast<std::size_t>(std::numeric_limits<int>::max());
  return Bio(text.size() > kMost ? nullptr
                                 : BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// Nobody is there to type a passphrase.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*is_write*/, void* /*data*/) {
  return -1;
}

Key key_in(std::string_view pem) {
  const Bio bio = bio_of(pem);
  return Key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr) : nullptr);
}

// None where one is damaged: the end of the text is the only end that is right.
std::vector<Certificate> chain_in(std::string_view pem) {
  std::vector<Certificate> chain;
  const Bio bio = bio_of(pem);
  while (bio) {
    Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr));
    if (!certificate) {
      if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
        chain.clear();
      }
      break;
    }
    chain.push_back(std::move(certificate));
  }
  ERR_clear_error();
  return chain;
}

std::int64_t unix_time(const ASN1_TIME* time) {
  std::tm fields{};
  return ASN1_TIME_to_tm(time, &fields) == 1 ? static_cast<std::int64_t>(::timegm(&fields)) : 0;
}

std::string text_of(const X509_NAME* name) {
  const Bio bio(BIO_new(BIO_s_mem()));
  char* text = nullptr;
  if (!bio || X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253) < 0) {
    return {};
  }
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace

Result<std::vector<CertificateTimes>> certificates_in(std::string_view pem) {
  const ErrorQueue errors;
  std::vector<CertificateTimes> all;
  for (const Certificate& certificate : chain_in(pem)) {
    all.push_back({text_of(X509_get_subject_name(certificate.get())),
                   unix_time(X509_get0_notBefore(certificate.get())),
                   unix_time(X509_get0_notAfter(certificate.get()))});
  }
  if (all.empty()) {
    return Error{"certificates in PEM"};
  }
  return all;
}

std::optional<std::string> problem_of_certificates(std::string_view pem) {
  const auto certificates = certificates_in(pem);
  return certificates ? std::nullopt : std::optional(certificates.error().message);
}

std::optional<std::string> problem_of_key(std::string_view pem) {
  const ErrorQueue errors;
  return key_in(pem) ? std::nullopt
                     : std::optional<std::string>("a private key in PEM without a passphrase");
}

std::optional<std::string> problem_of_pair(std::string_view chain_pem, std::string_view key_pem) {
  const ErrorQueue errors;
  const std::vector<Certificate> chain = chain_in(chain_pem);
  const Key key = key_in(key_pem);
  const Context context(SSL_CTX_new(TLS_server_method()));
  if (chain.empty() || !key || !context) {
    return "a certificate and its key in PEM";
  }
  if (X509_check_private_key(chain.front().get(), key.get()) != 1) {
    return "the key of the first certificate, which this is not";
  }
  bool strong = SSL_CTX_use_certificate(context.get(), chain.front().get()) == 1 &&
                SSL_CTX_use_PrivateKey(context.get(), key.get()) == 1;
  for (auto above = chain.begin() + 1; above != chain.end(); ++above) {
    strong = strong && SSL_CTX_add1_chain_cert(context.get(), above->get()) == 1;
  }
  if (!strong) {
    return "keys and signatures that OpenSSL takes for strong: RSA of 2048 bits or more, SHA-256";
  }
  return std::nullopt;
}

std::optional<std::string> problem_of_signing_key(std::string_view pem) {
  const ErrorQueue errors;
  const Key key = key_in(pem);
  if (!key || EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519) {
    return "an Ed25519 private key in PEM without a passphrase (openssl genpkey -algorithm "
           "ed25519)";
  }
  return std::nullopt;
}

}  // namespace shmx::config
