// One connection of HTTP/1.1 to one receiver, kept open between requests. Asio, Beast and OpenSSL
// stay in http_connection.cc and http_tls.cc.
#ifndef SHM_EXPORTER_AGENT_PUSH_HTTP_CONNECTION_H
#define SHM_EXPORTER_AGENT_PUSH_HTTP_CONNECTION_H

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/push/options.h"
#include "agent/push/tls_material.h"
#include "agent/web/url.h"
#include "shm/result.h"

namespace shmx::push {

struct HttpAnswer {
  unsigned status = 0;
  std::string content_type{};
  std::string retry_after{};
  std::string date{};
  std::string location{};
  std::string body{};      ///< its first HttpConnection::kMostBodyBytes
  bool truncated = false;  ///< there was more of it
};

struct HttpFailure {
  std::string message;
  /// What came back is no HTTP/1.1. Otherwise the connection failed, or the time was over.
  bool not_http = false;
};

/// One thread at a time. Works on the calling thread; only names are looked up on another, by Asio,
/// and a lookup that hangs beyond the deadline is waited for by the destructor.
class HttpConnection {
 public:
  using Clock = std::chrono::steady_clock;
  using Outcome = Result<HttpAnswer, HttpFailure>;

  /// An answer to a push is a few hundred bytes; the rest of a larger one is not read.
  static constexpr std::size_t kMostBodyBytes = std::size_t{64} << 10;
  static constexpr unsigned kMostHeadBytes = 16U << 10;

  /// `tls` when url.tls, else null. Usable material only.
  HttpConnection(web::Url url, const TlsMaterial* tls);
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  /// From now on this; the next request opens a connection with it.
  void use(const TlsMaterial& tls);

  /// POSTs the body and waits for the answer. A connection that the server closed since the last
  /// request, before it said anything to this one, is opened again once: servers do that to
  /// connections that are idle, some with a 408 that no request has asked for.
  Outcome post(const std::vector<Header>& headers, std::string_view body,
               Clock::time_point deadline);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace shmx::push

#endif  // SHM_EXPORTER_AGENT_PUSH_HTTP_CONNECTION_H
