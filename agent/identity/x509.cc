#include "agent/identity/x509.h"

#include <openssl/asn1.h>
#include <openssl/err.h>

#include <cstddef>
#include <ctime>

#include "agent/identity/quoted.h"

namespace shmx::identity {

X509Ptr<X509> parse_der(std::string_view der) {
  const auto* begin = reinterpret_cast<const unsigned char*>(der.data());
  const unsigned char* next = begin;
  X509Ptr<X509> certificate(d2i_X509(nullptr, &next, static_cast<long>(der.size())));
  if (!certificate) {
    ERR_clear_error();
    return nullptr;
  }
  if (next != begin + der.size()) return nullptr;
  return certificate;
}

std::string text_of(const X509_NAME* name) {
  const X509Ptr<BIO> memory(BIO_new(BIO_s_mem()));
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

std::string quoted_subject(const X509* certificate) {
  return in_quotes(text_of(X509_get_subject_name(certificate)));
}

std::string quoted_issuer(const X509* certificate) {
  return in_quotes(text_of(X509_get_issuer_name(certificate)));
}

}  // namespace shmx::identity
