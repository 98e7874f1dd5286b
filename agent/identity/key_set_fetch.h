// One GET of a key set over HTTPS. Asio, Beast and OpenSSL stay in key_set_fetch.cc.
#ifndef SHM_EXPORTER_AGENT_IDENTITY_KEY_SET_FETCH_H
#define SHM_EXPORTER_AGENT_IDENTITY_KEY_SET_FETCH_H

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "agent/web/url.h"
#include "shm/result.h"

namespace boost::asio {
class io_context;
}

namespace shmx::identity {

/// For looking up, connecting, the handshake and the answer together; the server is near, or so
/// slow that the last keys do better.
inline constexpr std::chrono::milliseconds kFetchTime{5000};

struct FetchRequest {
  web::Url url;                              ///< https
  std::optional<std::string> authorities{};  ///< PEM; none: the system's
  std::chrono::milliseconds time = kFetchTime;
};

/// Whether authorities are such; the error says why not.
Result<bool> check_authorities(const std::string& pem);

/// The body of an answer 200 of at most kMaxKeySetBytes over TLS 1.2 or newer, from a server whose
/// certificate the authorities vouch for and that is the URL's host's; or an error: anything else,
/// such as a redirect, which is not followed, or an answer that is compressed or cut. On the thread
/// of `loop`, where `done` is called, too, once; unless the loop ends before.
void fetch_key_set(boost::asio::io_context& loop, FetchRequest request,
                   std::function<void(Result<std::string>)> done);

}  // namespace shmx::identity

#endif  // SHM_EXPORTER_AGENT_IDENTITY_KEY_SET_FETCH_H
