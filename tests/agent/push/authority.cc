#include "tests/agent/push/authority.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <stdexcept>

namespace shmx::testing {
namespace {

constexpr long kHour = 3600;
constexpr long kDay = 24 * kHour;

template <typename Write>
std::string pem_of(Write write) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), &BIO_free);
  if (write(memory.get()) != 1) throw std::runtime_error("OpenSSL writes no PEM");
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

}  // namespace

Authority::Certificate Authority::sign(EVP_PKEY* own, const std::string& name, X509* issuer,
                                       EVP_PKEY* signer, const std::string& extension,
                                       int extension_id, bool expired) {
  static std::atomic<long> serial{1};
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kDay);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), expired ? -kHour : kDay);
  X509_set_pubkey(certificate.get(), own);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate.get(),
                       X509_get_subject_name(issuer ? issuer : certificate.get()));
  X509_EXTENSION* const made =
      X509V3_EXT_conf_nid(nullptr, nullptr, extension_id, extension.c_str());
  if (made == nullptr) throw std::runtime_error("OpenSSL refuses " + extension);
  X509_add_ext(certificate.get(), made, -1);
  X509_EXTENSION_free(made);
  if (X509_sign(certificate.get(), signer, EVP_sha256()) == 0) {
    throw std::runtime_error("OpenSSL does not sign");
  }
  return certificate;
}

Authority::Authority() : key_(EVP_EC_gen("P-256")) {
  static std::atomic<int> number{0};
  certificate_ = sign(key_.get(), "authority " + std::to_string(++number), nullptr, key_.get(),
                      "critical,CA:TRUE", NID_basic_constraints, false);
  pem_ = pem_of([this](BIO* to) { return PEM_write_bio_X509(to, certificate_.get()); });
}

KeyPair Authority::issue(const std::string& subject, bool expired) const {
  const Key own(EVP_EC_gen("P-256"));
  const auto issued = sign(own.get(), "service", certificate_.get(), key_.get(), subject,
                           NID_subject_alt_name, expired);
  return {pem_of([&](BIO* to) { return PEM_write_bio_X509(to, issued.get()); }),
          pem_of([&](BIO* to) {
            return PEM_write_bio_PrivateKey(to, own.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

}  // namespace shmx::testing
