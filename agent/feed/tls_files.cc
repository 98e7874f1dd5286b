#include "agent/feed/tls_files.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cerrno>
#include <fstream>
#include <memory>
#include <string>
#include <system_error>

namespace shmx::feed {
namespace {

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

Error problem(const char* what, const std::string& file, const std::string& why) {
  return {"feed TLS " + std::string(what) + " \"" + file + "\": " + why};
}

std::optional<Error> readable(const char* what, const std::string& file) {
  if (file.empty()) {
    return problem(what, file, "a certificate and its key are named together");
  }
  errno = 0;
  std::ifstream stream(file);
  if (!stream || stream.peek() == std::ifstream::traits_type::eof()) {
    const int code = errno;
    return problem(what, file,
                   code != 0 ? "cannot be read: " + std::generic_category().message(code)
                             : "it is empty; PEM was expected");
  }
  return {};
}

std::optional<Error> check(SSL_CTX* context, const TlsFiles& files) {
  if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1) {
    return problem("certificate", files.certificate, "it is no certificate chain in PEM");
  }
  // The key's own check against the certificate is this function's, too: so ask for the kind first.
  if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    const bool other = ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH ||
                       ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_TYPE_MISMATCH;
    return problem("key", files.key,
                   other ? "it is not the key of the certificate \"" + files.certificate + "\""
                         : "it is no private key in PEM without a passphrase");
  }
  if (!files.client_authorities.empty() &&
      SSL_CTX_load_verify_locations(context, files.client_authorities.c_str(), nullptr) != 1) {
    return problem("client authorities", files.client_authorities,
                   "there are no certificates in PEM");
  }
  return {};
}

}  // namespace

std::optional<Error> problem_of(const TlsFiles& files) {
  if (auto unreadable = readable("certificate", files.certificate)) {
    return unreadable;
  }
  if (auto unreadable = readable("key", files.key)) {
    return unreadable;
  }
  if (!files.client_authorities.empty()) {
    if (auto unreadable = readable("client authorities", files.client_authorities)) {
      return unreadable;
    }
  }
  const Context context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (!context) {
    return Error{"feed TLS: OpenSSL cannot be used"};
  }
  // Nobody is there to type a passphrase.
  SSL_CTX_set_default_passwd_cb(context.get(), [](char*, int, int, void*) { return 0; });
  auto wrong = check(context.get(), files);
  ERR_clear_error();  // What this thread does next with OpenSSL is not to find it.
  return wrong;
}

}  // namespace shmx::feed
