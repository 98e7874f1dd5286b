// The TLS client of the tests.
#include "tests/agent/web/tls_client.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <system_error>

#include "agent/web/endpoint.h"

namespace shmx::web {
namespace {

using Memory = std::unique_ptr<BIO, decltype(&BIO_free)>;

Memory open(const std::string& pem) {
  return {BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free};
}

X509* certificate_in(BIO* memory) {
  return PEM_read_bio_X509(memory, nullptr, nullptr, nullptr);
}

void trust(SSL_CTX* context, const std::string& authority) {
  X509* const certificate = certificate_in(open(authority).get());
  X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate);
  X509_free(certificate);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
}

void present(SSL_CTX* context, const TlsWishes& wishes) {
  const auto chain = open(wishes.certificate);
  X509* const own = certificate_in(chain.get());
  SSL_CTX_use_certificate(context, own);
  X509_free(own);
  while (X509* const issuer = certificate_in(chain.get())) SSL_CTX_add0_chain_cert(context, issuer);
  EVP_PKEY* const key = PEM_read_bio_PrivateKey(open(wishes.key).get(), nullptr, nullptr, nullptr);
  SSL_CTX_use_PrivateKey(context, key);
  EVP_PKEY_free(key);
}

SSL_CTX* context_of(const TlsWishes& wishes) {
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  if (!wishes.authority.empty()) trust(context, wishes.authority);
  if (!wishes.certificate.empty()) present(context, wishes);
  if (wishes.max_version != 0 && wishes.max_version < TLS1_2_VERSION) {
    SSL_CTX_set_security_level(context, 0);
  }
  SSL_CTX_set_min_proto_version(context, wishes.min_version);
  SSL_CTX_set_max_proto_version(context, wishes.max_version);
  if (!wishes.ciphers.empty()) SSL_CTX_set_cipher_list(context, wishes.ciphers.c_str());
  if (!wishes.groups.empty()) SSL_CTX_set1_groups_list(context, wishes.groups.c_str());
  SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(wishes.protocols.data()),
                          static_cast<unsigned>(wishes.protocols.size()));
  return context;
}

}  // namespace

int connect_to(const std::string& address) {
  const auto endpoint = parse_endpoint(address);
  if (!endpoint) throw std::runtime_error(endpoint.error().message);
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(endpoint.value().port);
  ::inet_pton(AF_INET, endpoint.value().host.c_str(), &to.sin_addr);
  if (fd < 0 || ::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    throw std::system_error(errno, std::generic_category(), "connect to " + address);
  }
  return fd;
}

TlsClient::TlsClient(const std::string& address, const TlsWishes& wishes)
    : TlsClient(connect_to(address), wishes) {}

TlsClient::TlsClient(int fd, const TlsWishes& wishes)
    : context_(context_of(wishes)), ssl_(SSL_new(context_.get())), fd_(fd) {
  // OpenSSL writes without MSG_NOSIGNAL, and the server may be gone by then.
  std::signal(SIGPIPE, SIG_IGN);
  SSL_set_fd(ssl_.get(), fd_);
  open_ = SSL_connect(ssl_.get()) == 1;
  ERR_clear_error();
}

TlsClient::~TlsClient() {
  ssl_.reset();
  ::close(fd_);
}

void TlsClient::send(std::string_view bytes) {
  SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
  ERR_clear_error();  // the test sees it when it reads
}

Reply TlsClient::receive() {
  Reply reply;
  std::array<char, 4096> bytes{};
  for (;;) {
    const auto head_end = received_.find("\r\n\r\n");
    if (head_end != std::string::npos) {
      reply.head = received_.substr(0, head_end + 4);
      const auto length = reply.header("Content-Length");
      const std::size_t body_size = length.empty() ? 0 : std::stoul(length);
      if (received_.size() >= reply.head.size() + body_size) {
        reply.body = received_.substr(reply.head.size(), body_size);
        received_.erase(0, reply.head.size() + body_size);
        return reply;
      }
    }
    const int got = SSL_read(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
    ERR_clear_error();
    if (got <= 0) return {};
    received_.append(bytes.data(), static_cast<std::size_t>(got));
  }
}

Reply TlsClient::get(const std::string& path, const std::string& headers) {
  send(get_request(path, headers));
  return receive();
}

bool TlsClient::is_closed_properly() {
  char byte = 0;
  const int got = SSL_read(ssl_.get(), &byte, 1);
  return got <= 0 && SSL_get_error(ssl_.get(), got) == SSL_ERROR_ZERO_RETURN;
}

std::string TlsClient::server_certificate() const {
  X509* const certificate = SSL_get0_peer_certificate(ssl_.get());
  if (!certificate) return {};
  const Memory memory(BIO_new(BIO_s_mem()), &BIO_free);
  PEM_write_bio_X509(memory.get(), certificate);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

}  // namespace shmx::web
