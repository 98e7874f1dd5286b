// A server of key sets for a test: TLS on a port of loopback that the kernel chose, and whatever
// answer the test wants, the wrong ones of HTTP and TLS included.
#ifndef SHM_EXPORTER_TESTS_AGENT_IDENTITY_KEY_SERVER_H
#define SHM_EXPORTER_TESTS_AGENT_IDENTITY_KEY_SERVER_H

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/agent/testing/authority.h"

namespace shmx::testing {

struct Answer {
  enum class Then {
    close,  ///< with a close_notify
    cut,    ///< without one
    hold,   ///< nothing more, until the client goes
    drip,   ///< a byte now and then, until the client goes
    flood,  ///< bytes as fast as they are taken, until the client goes
  };
  std::string bytes;
  Then then = Then::close;
  std::string more = " ";  ///< what drips or floods, over and over
};

/// 200 with this body.
Answer json_answer(const std::string& body);

class KeyServer {
 public:
  enum class Speaks {
    tls,
    tls_1_1,  ///< and nothing newer
    http,     ///< no TLS
    nothing,  ///< takes connections, reads, and never says a byte
  };

  /// `answer` is asked on the server's thread with each request, and may wait.
  KeyServer(const KeyPair& identity, std::function<Answer(const std::string& request)> answer,
            Speaks speaks = Speaks::tls);

  /// Connections under way are closed.
  ~KeyServer();
  KeyServer(const KeyServer&) = delete;
  KeyServer& operator=(const KeyServer&) = delete;

  unsigned short port() const;

  /// https://127.0.0.1:PORT and that path.
  std::string url(const std::string& path = "/keys") const;

  /// The requests that came, as they were sent.
  std::vector<std::string> requests() const;

  /// Returns when there were so many, or false after 20 s.
  bool wait_for_requests(std::size_t count) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// A port on which somebody listens who must not be asked.
class Untouched {
 public:
  Untouched();
  ~Untouched();
  Untouched(const Untouched&) = delete;
  Untouched& operator=(const Untouched&) = delete;

  std::string url() const;

  /// Whether a connection came.
  bool was_touched() const;

 private:
  int socket_ = -1;
  unsigned short port_ = 0;
};

}  // namespace shmx::testing

#endif  // SHM_EXPORTER_TESTS_AGENT_IDENTITY_KEY_SERVER_H
