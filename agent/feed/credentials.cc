#include "agent/feed/credentials.h"

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>

namespace shmx::feed {

std::shared_ptr<grpc::ServerCredentials> credentials(const TlsFiles& files,
                                                     std::chrono::seconds refresh) {
  if (files.certificate.empty()) {
    return grpc::InsecureServerCredentials();
  }
  namespace tls = grpc::experimental;
  tls::TlsServerCredentialsOptions options(std::make_shared<tls::FileWatcherCertificateProvider>(
      files.key, files.certificate, files.client_authorities,
      static_cast<unsigned>(refresh.count())));
  options.watch_identity_key_cert_pairs();
  if (!files.client_authorities.empty()) {
    options.watch_root_certs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return tls::TlsServerCredentials(options);
}

}  // namespace shmx::feed
