// gRPC's C++ credentials are for texts that never change, or for files that it reads on a thread of
// its own every so often, whatever is in them by then. Its core asks before each handshake; so this
// is a kind of credentials of our own, of which C++ needs nothing but the port.
#include "agent/feed/credentials.h"

#include <grpc/grpc.h>
#include <grpc/grpc_security.h>

#include <exception>
#include <mutex>
#include <utility>

namespace shmx::feed {
namespace {

class TlsCredentials final : public grpc::ServerCredentials {
 public:
  TlsCredentials(std::function<std::shared_ptr<const web::TlsSettings>()> ask,
                 std::function<void(const std::string&)> warn)
      : ask_(std::move(ask)), warn_(std::move(warn)) {}

  void SetAuthMetadataProcessor(
      const std::shared_ptr<grpc::AuthMetadataProcessor>& /*processor*/) override {}

 private:
  int AddPortToServer(const std::string& address, grpc_server* server) override {
    // Not verified here, so that who was vouched for at the handshake and is not any more has no
    // advantage: the judge verifies the chain at each call, by what is in force then.
    grpc_server_credentials* const credentials = grpc_ssl_server_credentials_create_with_options(
        grpc_ssl_server_credentials_create_options_using_config_fetcher(
            GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_BUT_DONT_VERIFY, fetch, this));
    const int port = grpc_server_add_http2_port(server, address.c_str(), credentials);
    grpc_server_credentials_release(credentials);
    return port;
  }

  /// gRPC's question before each handshake.
  static grpc_ssl_certificate_config_reload_status fetch(
      void* self, grpc_ssl_server_certificate_config** config) noexcept {
    try {
      const auto settings = static_cast<TlsCredentials*>(self)->news();
      if (!settings) {
        return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
      }
      *config = config_of(*settings);
      return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
    } catch (const std::exception&) {  // No memory: it goes on with what it has.
      return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_FAIL;
    }
  }

  static grpc_ssl_server_certificate_config* config_of(const web::TlsSettings& settings) {
    const grpc_ssl_pem_key_cert_pair pair{settings.key.text.c_str(),
                                          settings.certificate.text.c_str()};
    // What clients are told that certificates may be from. gRPC must have some, so where there are
    // none it is our own, which no client takes for a demand but Go's.
    const std::string& authorities = settings.client_authorities.text.empty()
                                         ? settings.certificate.text
                                         : settings.client_authorities.text;
    return grpc_ssl_server_certificate_config_create(authorities.c_str(), &pair, 1);
  }

  /// Settings that are not in force yet; null: there are none.
  std::shared_ptr<const web::TlsSettings> news() {
    const std::lock_guard lock(mutex_);
    auto settings = ask_();
    if (!settings || settings == latest_) {
      return {};
    }
    latest_ = settings;
    if (const auto problem = problem_of(*settings)) {
      warn_(problem->message);
      return {};
    }
    return settings;
  }

  const std::function<std::shared_ptr<const web::TlsSettings>()> ask_;
  const std::function<void(const std::string&)> warn_;
  std::mutex mutex_;
  std::shared_ptr<const web::TlsSettings> latest_;  ///< guarded by mutex_
};

}  // namespace

std::optional<Error> problem_of(const web::TlsSettings& settings) {
  if (settings.restricts_handshake) {
    return Error{
        "the feed cannot serve with min_version, max_version, cipher_suites or curve_preferences "
        "of tls_server_config, gRPC knows none of them; leave them out, or let the feed listen on "
        "unix:/PATH (--feed.listen-address)"};
  }
  return {};
}

std::shared_ptr<grpc::ServerCredentials> tls_credentials(
    std::function<std::shared_ptr<const web::TlsSettings>()> ask,
    std::function<void(const std::string&)> warn) {
  return std::make_shared<TlsCredentials>(std::move(ask), std::move(warn));
}

}  // namespace shmx::feed
