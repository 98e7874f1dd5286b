#include "agent/web/pem.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <utility>

namespace shmx::web {
namespace {

using Memory = std::unique_ptr<BIO, decltype(&BIO_free)>;

Memory open(const Pem& pem) {
  return {BIO_new_mem_buf(pem.text.data(), static_cast<int>(pem.text.size())), &BIO_free};
}

/// Nobody is there to type a passphrase: OpenSSL would ask on the terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*unused*/) {
  return -1;
}

bool is_end() {
  return ERR_GET_LIB(ERR_peek_last_error()) == ERR_LIB_PEM &&
         ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
}

}  // namespace

std::string describe(const char* key, const Pem& pem) {
  return pem.file.empty() ? std::string(key) + " (inline)"
                          : std::string(key) + "_file \"" + pem.file + "\"";
}

Result<std::vector<Certificate>> certificates_of(const char* key, const Pem& pem) {
  const Memory memory = open(pem);
  std::vector<Certificate> certificates;
  ERR_clear_error();
  while (X509* const one = PEM_read_bio_X509(memory.get(), nullptr, &no_passphrase, nullptr)) {
    certificates.emplace_back(one);
  }
  const bool whole = is_end();
  ERR_clear_error();
  if (!whole) {
    return Error{describe(key, pem) + ": certificate " + std::to_string(certificates.size() + 1) +
                 " in it is damaged; write it again, whole"};
  }
  if (certificates.empty()) {
    return Error{describe(key, pem) +
                 ": expected certificates in PEM (-----BEGIN CERTIFICATE-----), found none"};
  }
  return certificates;
}

Result<PrivateKey> key_of(const char* key, const Pem& pem) {
  const Memory memory = open(pem);
  PrivateKey read(PEM_read_bio_PrivateKey(memory.get(), nullptr, &no_passphrase, nullptr));
  ERR_clear_error();
  if (!read) {
    return Error{describe(key, pem) +
                 ": expected a private key in PEM (-----BEGIN PRIVATE KEY-----), not encrypted"};
  }
  return read;
}

}  // namespace shmx::web
