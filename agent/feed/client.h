// A subscription to an agent's feed, for shmtool: snapshots as plain values. gRPC and the messages
// stay behind this header.
#ifndef SHM_EXPORTER_AGENT_FEED_CLIENT_H
#define SHM_EXPORTER_AGENT_FEED_CLIENT_H

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "shm/descriptor.h"
#include "shm/result.h"

namespace shmx::feed {

/// Explicit or exponential buckets alike, as upper bounds.
struct Histogram {
  std::vector<double> bounds;         ///< ascending, finite
  std::vector<std::uint64_t> counts;  ///< per bucket, bounds.size() + 1: the last is up to +Inf
  double sum = 0;

  std::uint64_t count() const noexcept;
};

struct Sample {
  std::string metric;  ///< as /metrics names it
  std::string job;     ///< service.name
  /// By name; without job. `instance` is service.instance.id: the processes of a job that has
  /// per_process differ in that alone.
  Labels labels;
  std::variant<double, Histogram> value;
  std::int64_t start_unix_ns = 0;  ///< of counters and histograms; 0: unknown
};

struct Snapshot {
  std::int64_t unix_ns = 0;  ///< when it was collected
  std::vector<Sample> samples;
  std::uint32_t skipped = 0;  ///< since the one before: were due, and not sent
};

/// Paths of what a client shows, read by each Client anew; empty: not shown.
struct CredentialFiles {
  std::string
      authorities{};  ///< PEM; with them TLS is spoken, and the agent's certificate is theirs
  std::string certificate{};  ///< PEM, the client's own
  std::string key{};          ///< PEM, of that
  std::string token{};        ///< a bearer token
};

struct Subscription {
  std::string address;  ///< as feed::Options::listen_address; beyond the host only with TLS
  std::chrono::milliseconds interval{1000};
  std::vector<std::string> metrics{};  ///< empty: all
  std::vector<std::string> jobs{};     ///< empty: all
  CredentialFiles credentials{};
};

class Client {
 public:
  /// Begins to connect; never fails. Whether there is an agent, next() tells.
  explicit Client(const Subscription& subscription);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// The next snapshot, or why there is none (no agent there, refused, ended): then a new client
  /// may try again. Nothing when cancel() ended it. Blocks.
  std::optional<Result<Snapshot>> next();

  /// From any thread: ends next() and what comes after it.
  void cancel();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace shmx::feed

#endif  // SHM_EXPORTER_AGENT_FEED_CLIENT_H
