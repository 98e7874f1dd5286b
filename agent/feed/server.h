// The gRPC service shmx.v1.MetricsFeed (agent/feed/proto): what a scrape shows, for clients that
// get or subscribe, with server reflection and grpc.health.v1. gRPC stays behind this header.
#ifndef SHM_EXPORTER_AGENT_FEED_SERVER_H
#define SHM_EXPORTER_AGENT_FEED_SERVER_H

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "agent/feed/limits.h"
#include "agent/identity/verdict.h"
#include "agent/model/page.h"
#include "agent/otlp/options.h"
#include "agent/web/config.h"
#include "shm/result.h"

namespace shmx::feed {

struct Options {
  /// `unix:/PATH`, `127.0.0.1:0`, `[::1]:50051`, `localhost:50051`; beyond loopback only with TLS.
  std::string listen_address;

  /// Who listens on TCP serves with TLS if there are settings at the start; without this, or with
  /// null then, without TLS. (A unix socket needs none: the kernel says who is there.) Asked before
  /// each handshake, on gRPC's threads: what it returns is in force at once, null or settings that
  /// gRPC cannot use change nothing. The same pointer as before is the same settings. Every client
  /// is asked for a certificate; whether one is needed, and who vouches for it, is the judge's
  /// affair.
  std::function<std::shared_ptr<const web::TlsSettings>()> tls{};

  /// Whether every user of the host may connect to a unix socket, for the judge to tell them apart;
  /// else only the agent's own.
  bool socket_for_all_users = false;

  otlp::Options mapping{};
  std::size_t max_subscribers = 64;  ///< each holds one snapshot at most; as many calls of Get
  Limits limits{};
};

using Families = Result<std::shared_ptr<const model::Epoch>>;

struct Hooks {
  /// Asks for the families of now; what is passed is called once, on any thread, and returns soon.
  std::function<void(std::function<void(const Families&)>)> collect;
  /// Who a client is and what it may see. What is passed is called once, at once or later, on any
  /// thread. Asked for each call, and again before each snapshot of a subscription. Reflection and
  /// health, which say nothing of any metric, are not judged.
  std::function<void(const identity::Presented&, std::function<void(const identity::Verdict&)>)>
      judge;
  std::function<std::chrono::system_clock::time_point()> now;
  /// At its end: "Get" or "Subscribe", and the code as OK, INVALID_ARGUMENT.
  std::function<void(const std::string& method, const std::string& code)> on_call;
  std::function<void(std::size_t)> on_subscribers;  ///< how many there are, when that changes
  /// Before a snapshot is sent: its resource_metrics, as bytes of that field. False: it must not
  /// be, and the call ends as if there were none. May take as long as a disk does; may be empty.
  std::function<bool(const identity::Reader&, const std::string& peer, std::string_view bytes)>
      may_send{};
  /// Of subscriptions, after each round.
  std::function<void(std::size_t sent, std::size_t skipped)> on_snapshots;
  std::function<void(const std::string&)> warn;
};

class Server {
 public:
  /// Binds and serves. An error says which address, and what was expected. Every hook must
  /// be set; they are called on any thread, return soon, and call nothing of this. From then
  /// on, nothing of gRPC's own log is written anywhere.
  static Result<std::unique_ptr<Server>> start(Options options, Hooks hooks);

  /// As stop().
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// As bound, with the port that the kernel chose.
  const std::string& address() const noexcept;

  /// Health says NOT_SERVING, subscriptions end with UNAVAILABLE, calls under way may finish within
  /// a second. Returns when no hook will be called any more.
  void stop();

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace shmx::feed

#endif  // SHM_EXPORTER_AGENT_FEED_SERVER_H
