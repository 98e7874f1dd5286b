// Requests, responses and handlers as plain values: what the rest of the agent sees of HTTP.
// Nothing here knows sockets, Asio or Beast.
#ifndef SHM_EXPORTER_AGENT_WEB_HTTP_H
#define SHM_EXPORTER_AGENT_WEB_HTTP_H

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/x509/names.h"

namespace shmx::web {

struct Header {
  std::string name;
  std::string value;
};

/// Who is at the other end of a connection, as far as the connection itself tells.
struct Peer {
  std::string address;                 ///< without the port; of a unix socket: "unix"
  bool tls = false;                    ///< over TLS of ours
  std::optional<std::uint32_t> uid{};  ///< of a unix socket: who connected, as the kernel says

  /// The certificates of the handshake in DER, the client's own first; null: it presented none.
  /// Whether they were verified depends on the configuration that was in force then.
  std::shared_ptr<const x509::Chain> chain{};
};

struct Request {
  std::string method;
  std::string path;   ///< the target up to '?', without scheme and authority
  std::string query;  ///< what follows '?', undecoded
  std::vector<Header> headers;
  Peer peer;

  /// The value of the first header of that name (names compare without case), or empty.
  std::string_view header(std::string_view name) const noexcept;

  /// The values of all headers of that name, joined by commas: what a list that a client split over
  /// several headers means (RFC 9110, 5.3).
  std::string list_header(std::string_view name) const;
};

/// Bytes that concurrent responses send without a copy. They live as long as the owner.
struct Body {
  std::shared_ptr<const void> owner;
  std::string_view bytes;
};
Body make_body(std::string bytes);

struct Response {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  Body body;
  std::vector<Header> headers;  ///< besides Content-Type, Content-Length and Date
  bool close = false;           ///< the connection ends after it
};

/// Takes the response, from any thread. The first call counts; a responder whose last copy is
/// destroyed without a call answers 500.
using Responder = std::function<void(Response)>;

/// Answers a request, at once or later; the request is valid during the call. Called on the loop's
/// thread, so it must not block. HEAD is served by the handler of GET, its body unsent.
using Handler = std::function<void(const Request&, Responder)>;

/// A short text for people; the client learns nothing else about an error.
Response text_response(unsigned status, std::string text);

/// Names of headers and of their values compare without case.
bool same_name(std::string_view a, std::string_view b) noexcept;

/// A target split into path and query. Absolute-form (`http://host/path`) loses scheme and
/// authority.
struct Target {
  std::string_view path;
  std::string_view query;
};
Target split_target(std::string_view target) noexcept;

}  // namespace shmx::web

#endif  // SHM_EXPORTER_AGENT_WEB_HTTP_H
