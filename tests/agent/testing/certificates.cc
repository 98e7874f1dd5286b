#include "tests/agent/testing/certificates.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <ctime>
#include <stdexcept>
#include <utility>

namespace shmx::testing {
namespace {

struct Free {
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
  void operator()(BIO* memory) const noexcept { BIO_free(memory); }
  void operator()(GENERAL_NAMES* names) const noexcept { GENERAL_NAMES_free(names); }
  void operator()(X509_EXTENSION* extension) const noexcept { X509_EXTENSION_free(extension); }
};

void require(bool done, const std::string& what) {
  if (!done) throw std::runtime_error("OpenSSL refuses " + what);
}

template <typename Write>
std::string bytes_of(Write write) {
  const std::unique_ptr<BIO, Free> memory(BIO_new(BIO_s_mem()));
  require(write(memory.get()) == 1, "to write");
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

void add_name(X509_NAME* to, const char* field, const std::string& text) {
  if (text.empty()) return;
  require(X509_NAME_add_entry_by_txt(to, field, MBSTRING_UTF8,
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()), -1, 0) == 1,
          text);
}

void add(X509* to, X509V3_CTX* context, int id, const std::string& value) {
  if (value.empty()) return;
  const std::unique_ptr<X509_EXTENSION, Free> made(
      X509V3_EXT_conf_nid(nullptr, context, id, value.c_str()));
  require(made && X509_add_ext(to, made.get(), -1) == 1, value);
}

/// Not by a configuration's text: names may hold what that gives a meaning, or a NUL.
GENERAL_NAME* general_name(const std::string& text) {
  const std::size_t colon = text.find(':');
  const std::string kind = text.substr(0, colon);
  const std::string value = text.substr(colon + 1);
  GENERAL_NAME* const name = GENERAL_NAME_new();
  if (kind == "IP") {
    GENERAL_NAME_set0_value(name, GEN_IPADD, a2i_IPADDRESS(value.c_str()));
    return name;
  }
  ASN1_IA5STRING* const bytes = ASN1_IA5STRING_new();
  ASN1_STRING_set(bytes, value.data(), static_cast<int>(value.size()));
  const int type = kind == "DNS" ? GEN_DNS : kind == "URI" ? GEN_URI : GEN_EMAIL;
  GENERAL_NAME_set0_value(name, type, bytes);
  return name;
}

void add_alternatives(X509* to, const std::vector<std::string>& alternatives) {
  if (alternatives.empty()) return;
  const std::unique_ptr<GENERAL_NAMES, Free> names(GENERAL_NAMES_new());
  for (const std::string& text : alternatives) {
    sk_GENERAL_NAME_push(names.get(), general_name(text));
  }
  require(X509_add1_ext_i2d(to, NID_subject_alt_name, names.get(), 0, 0) == 1, "names");
}

}  // namespace

struct Certificate::Parts {
  std::unique_ptr<EVP_PKEY, Free> key{EVP_EC_gen("P-256")};
  std::unique_ptr<X509, Free> x509{X509_new()};
};

std::int64_t now_unix_s() {
  return static_cast<std::int64_t>(std::time(nullptr));
}

Certificate Certificate::make(const CertificateOptions& options, const Parts* issuer) {
  static std::atomic<long> serial{1};
  auto made = std::make_shared<Parts>();
  X509* const x509 = made->x509.get();
  const Parts& by = issuer == nullptr ? *made : *issuer;
  X509_set_version(x509, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), ++serial);
  ASN1_TIME_set(X509_getm_notBefore(x509), options.not_before_unix_s);
  ASN1_TIME_set(X509_getm_notAfter(x509), options.not_after_unix_s);
  X509_set_pubkey(x509, made->key.get());
  add_name(X509_get_subject_name(x509), "O", options.organization);
  add_name(X509_get_subject_name(x509), "CN", options.common_name);
  X509_set_issuer_name(x509, X509_get_subject_name(by.x509.get()));
  X509V3_CTX context;
  X509V3_set_ctx(&context, by.x509.get(), x509, nullptr, nullptr, 0);
  add(x509, &context, NID_basic_constraints,
      options.authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  add(x509, &context, NID_ext_key_usage, options.extended_key_usage);
  // Authorities of one name are told apart by these, as real ones are.
  add(x509, &context, NID_subject_key_identifier, "hash");
  add(x509, &context, NID_authority_key_identifier, "keyid");
  add_alternatives(x509, options.alternatives);
  require(X509_sign(x509, by.key.get(), EVP_sha256()) != 0, "to sign");
  return Certificate(std::move(made));
}

Certificate Certificate::self_signed(const CertificateOptions& options) {
  return make(options, nullptr);
}

Certificate Certificate::root(const std::string& common_name) {
  CertificateOptions options;
  options.common_name = common_name;
  options.authority = true;
  return self_signed(options);
}

Certificate Certificate::issue(const CertificateOptions& options) const {
  return make(options, parts_.get());
}

std::string Certificate::pem() const {
  return bytes_of([&](BIO* to) { return PEM_write_bio_X509(to, parts_->x509.get()); });
}

std::string Certificate::der() const {
  return bytes_of([&](BIO* to) { return i2d_X509_bio(to, parts_->x509.get()); });
}

std::string Certificate::key_pem() const {
  return bytes_of([&](BIO* to) {
    return PEM_write_bio_PrivateKey(to, parts_->key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

}  // namespace shmx::testing
