#include "agent/x509/openssl.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>

#include <climits>
#include <cstddef>
#include <ctime>
#include <utility>

namespace shmx::x509 {
namespace {

/// OpenSSL would ask for it on the agent's terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*unused*/) {
  return -1;
}

using ReadKey = decltype(&PEM_read_bio_PrivateKey);

Owned<EVP_PKEY> key_of_pem(std::string_view pem, ReadKey read) {
  if (pem.size() > INT_MAX) return nullptr;
  const Owned<BIO> memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  Owned<EVP_PKEY> key(memory ? read(memory.get(), nullptr, &no_passphrase, nullptr) : nullptr);
  ERR_clear_error();
  return key;
}

}  // namespace

Owned<X509> certificate_of(std::string_view der) {
  const auto* begin = reinterpret_cast<const unsigned char*>(der.data());
  const unsigned char* next = begin;
  Owned<X509> certificate(d2i_X509(nullptr, &next, static_cast<long>(der.size())));
  if (!certificate) {
    ERR_clear_error();
    return nullptr;
  }
  if (next != begin + der.size()) return nullptr;
  return certificate;
}

std::string der_of(const X509* certificate) {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509(certificate, &bytes);
  if (size < 0) {
    ERR_clear_error();
    return {};
  }
  std::string der(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

Result<std::vector<Owned<X509>>> certificates_of_pem(std::string_view pem) {
  const auto chain = chain_of_pem(pem);
  if (!chain) return chain.error();
  std::vector<Owned<X509>> certificates;
  for (const std::string& der : chain.value()) {
    certificates.push_back(certificate_of(der));
    if (!certificates.back()) return Error{"OpenSSL has no memory for a certificate"};
  }
  return certificates;
}

Owned<EVP_PKEY> private_key_of_pem(std::string_view pem) {
  return key_of_pem(pem, &PEM_read_bio_PrivateKey);
}

Owned<EVP_PKEY> public_key_of_pem(std::string_view pem) {
  return key_of_pem(pem, &PEM_read_bio_PUBKEY);
}

std::string text_of(const X509_NAME* name) {
  const Owned<BIO> memory(BIO_new(BIO_s_mem()));
  if (!memory || X509_NAME_print_ex(memory.get(), name, 0, XN_FLAG_RFC2253) < 0) {
    ERR_clear_error();
    return {};
  }
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &bytes);
  return size > 0 ? std::string(bytes, static_cast<std::size_t>(size)) : std::string();
}

std::int64_t unix_seconds(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) {
    ERR_clear_error();
    return 0;
  }
  return timegm(&parts);
}

std::string_view reason_of(int error) {
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "certificate_expired";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "certificate_not_yet_valid";
    case X509_V_ERR_INVALID_PURPOSE:
      return "certificate_purpose";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_CERT_UNTRUSTED:
    case X509_V_ERR_INVALID_CA:
    case X509_V_ERR_PATH_LENGTH_EXCEEDED:
    case X509_V_ERR_CERT_CHAIN_TOO_LONG:
      return "certificate_authority";
    default:
      return "certificate_invalid";
  }
}

}  // namespace shmx::x509
