#include "agent/x509/names.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>

#include "agent/x509/openssl.h"

namespace shmx::x509 {
namespace {

std::string_view bytes_of(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

/// Names that are compared and logged are printable ASCII (RFC 5280, 4.2.1.6). One with a NUL would
/// be another to whoever stops there.
void take_name(const ASN1_STRING* text, std::vector<std::string>& names) {
  const std::string_view bytes = bytes_of(text);
  const bool printable = std::ranges::all_of(bytes, [](char c) { return c >= 0x20 && c <= 0x7e; });
  if (printable && !bytes.empty()) names.emplace_back(bytes);
}

void take_address(const ASN1_STRING* address, std::vector<std::string>& addresses) {
  const std::string_view bytes = bytes_of(address);
  if (bytes.size() != sizeof(in_addr) && bytes.size() != sizeof(in6_addr)) return;
  const int family = bytes.size() == sizeof(in_addr) ? AF_INET : AF_INET6;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (inet_ntop(family, bytes.data(), text.data(), text.size()) != nullptr) {
    addresses.emplace_back(text.data());
  }
}

void take_alternatives(const X509* certificate, Names& names) {
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> all(
      static_cast<GENERAL_NAMES*>(
          X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
      &GENERAL_NAMES_free);
  for (int i = 0; i < sk_GENERAL_NAME_num(all.get()); ++i) {
    int type = 0;
    const void* const value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(all.get(), i), &type);
    if (type == GEN_URI) take_name(static_cast<const ASN1_STRING*>(value), names.uris);
    if (type == GEN_DNS) take_name(static_cast<const ASN1_STRING*>(value), names.dns);
    if (type == GEN_EMAIL) take_name(static_cast<const ASN1_STRING*>(value), names.emails);
    if (type == GEN_IPADD) take_address(static_cast<const ASN1_STRING*>(value), names.addresses);
  }
}

/// The last one is the most specific (RFC 4514 writes it first); in UTF-8.
std::string common_name(const X509_NAME* subject) {
  int last = -1;
  for (int i = -1; (i = X509_NAME_get_index_by_NID(subject, NID_commonName, i)) >= 0;) {
    last = i;
  }
  if (last < 0) return {};
  unsigned char* text = nullptr;
  const int size =
      ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, last)));
  if (size < 0) {
    ERR_clear_error();
    return {};
  }
  std::string result(reinterpret_cast<char*>(text), static_cast<std::size_t>(size));
  OPENSSL_free(text);
  const bool has_control_character = std::ranges::any_of(result, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
  return has_control_character ? std::string() : result;
}

}  // namespace

Names names_of(const X509* certificate) {
  Names names;
  take_alternatives(certificate, names);
  ERR_clear_error();  // damaged alternatives are none
  const X509_NAME* const subject = X509_get_subject_name(certificate);
  names.common_name = common_name(subject);
  names.subject = text_of(subject);
  names.issuer = text_of(X509_get_issuer_name(certificate));
  names.not_before_unix_s = unix_seconds(X509_get0_notBefore(certificate));
  names.not_after_unix_s = unix_seconds(X509_get0_notAfter(certificate));
  return names;
}

Result<Names> names_of(std::string_view der) {
  const Owned<X509> certificate = certificate_of(der);
  if (!certificate) return Error{"no X.509 certificate in DER"};
  return names_of(certificate.get());
}

std::vector<std::string> alternatives(const Names& names) {
  std::vector<std::string> all = names.dns;
  for (const auto* const more : {&names.uris, &names.addresses, &names.emails}) {
    all.insert(all.end(), more->begin(), more->end());
  }
  return all;
}

}  // namespace shmx::x509
