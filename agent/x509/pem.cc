// What PEM texts hold.
#include <openssl/err.h>
#include <openssl/pem.h>

#include <climits>
#include <cstddef>
#include <optional>
#include <utility>

#include "agent/x509/names.h"
#include "agent/x509/openssl.h"

namespace shmx::x509 {
namespace {

Owned<BIO> open(std::string_view pem) {
  if (pem.size() > INT_MAX) return nullptr;
  return Owned<BIO>(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

/// One block of a PEM text.
struct Block {
  std::string kind;
  std::string bytes;
};

/// False: there is no further one, or what follows is damaged; OpenSSL's queue says which.
bool read_block(BIO* from, Block& block) {
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  if (PEM_read_bio(from, &name, &header, &data, &size) != 1) return false;
  block.kind = name;
  block.bytes.assign(reinterpret_cast<char*>(data), static_cast<std::size_t>(size));
  // It may have been a key.
  OPENSSL_clear_free(data, static_cast<std::size_t>(size));
  OPENSSL_free(header);
  OPENSSL_free(name);
  return true;
}

Error damaged(std::size_t number) {
  return {"certificate " + std::to_string(number) +
          " of the PEM text is damaged: expected base64 between its BEGIN and END lines"};
}

/// Gives `take` each certificate, as it stands in the text and as OpenSSL has it. See
/// chain_of_pem().
template <typename Take>
std::optional<Error> read_certificates(std::string_view pem, Take take) {
  const Owned<BIO> memory = open(pem);
  if (!memory) return Error{"a PEM text that is too long for OpenSSL or this host's memory"};
  Block block;
  std::size_t count = 0;
  ERR_clear_error();
  while (read_block(memory.get(), block)) {
    if (block.kind != PEM_STRING_X509) continue;
    Owned<X509> certificate = certificate_of(block.bytes);
    if (!certificate) return damaged(count + 1);
    take(std::move(block.bytes), std::move(certificate));
    ++count;
  }
  const bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!ended) return damaged(count + 1);
  if (count > 0) return std::nullopt;
  return Error{"expected certificates in PEM (-----BEGIN CERTIFICATE-----), found none"};
}

/// OpenSSL would ask for it on the agent's terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*unused*/) {
  return -1;
}

using ReadKey = decltype(&PEM_read_bio_PrivateKey);

Owned<EVP_PKEY> key_of_pem(std::string_view pem, ReadKey read) {
  const Owned<BIO> memory = open(pem);
  Owned<EVP_PKEY> key(memory ? read(memory.get(), nullptr, &no_passphrase, nullptr) : nullptr);
  ERR_clear_error();
  return key;
}

}  // namespace

Result<Chain> chain_of_pem(std::string_view pem) {
  Chain chain;
  const auto problem = read_certificates(
      pem, [&](std::string&& der, Owned<X509>&& /*parsed*/) { chain.push_back(std::move(der)); });
  if (problem) return *problem;
  return chain;
}

Result<std::vector<Owned<X509>>> certificates_of_pem(std::string_view pem) {
  std::vector<Owned<X509>> certificates;
  const auto problem = read_certificates(pem, [&](std::string&& /*der*/, Owned<X509>&& parsed) {
    certificates.push_back(std::move(parsed));
  });
  if (problem) return *problem;
  return certificates;
}

Result<std::vector<Names>> names_of_pem(std::string_view pem) {
  const auto certificates = certificates_of_pem(pem);
  if (!certificates) return certificates.error();
  std::vector<Names> all;
  for (const auto& certificate : certificates.value()) {
    all.push_back(names_of(certificate.get()));
  }
  return all;
}

Owned<EVP_PKEY> private_key_of_pem(std::string_view pem) {
  return key_of_pem(pem, &PEM_read_bio_PrivateKey);
}

Owned<EVP_PKEY> public_key_of_pem(std::string_view pem) {
  return key_of_pem(pem, &PEM_read_bio_PUBKEY);
}

}  // namespace shmx::x509
