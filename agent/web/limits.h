// What the server grants its clients. Every number is here, with its reason.
#ifndef SHM_EXPORTER_AGENT_WEB_LIMITS_H
#define SHM_EXPORTER_AGENT_WEB_LIMITS_H

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace shmx::web {

struct Limits {
  /// Request line and headers: what Apache and nginx grant in all, and several times what
  /// Prometheus sends with a bearer token.
  std::uint32_t header_bytes = 16 * 1024;

  /// No page reads a body; a small one is read and forgotten, so that the connection can go on.
  std::uint64_t body_bytes = 4096;

  /// Bounds descriptors and memory: far more than the servers that scrape a host, far fewer than
  /// the usual 1024 descriptors. When all are taken, the one that has kept the server waiting the
  /// longest makes room (connections.h).
  std::size_t connections = 256;

  /// From the first byte of a request to its last; also for a TLS handshake, and from there or from
  /// connecting to the first byte.
  std::chrono::milliseconds read_timeout{10'000};

  /// Between two requests: longer than any usual scrape interval, so that a server keeps its
  /// connection.
  std::chrono::milliseconds idle_timeout{300'000};

  /// For sending a whole response, however often it goes on: no scrape timeout is as long, and for
  /// no longer can a slow reader hold a response in memory.
  std::chrono::milliseconds write_timeout{60'000};

  /// After an error the client may still be sending; reading on for a moment lets it see the
  /// answer, which closing with unread bytes would destroy. Also for the end of a TLS session.
  std::chrono::milliseconds drain_timeout{1'000};
  std::size_t drain_bytes = std::size_t{256} * 1024;

  /// Who connected just before the server stops is sending its first request: it comes within a
  /// round trip, and who says nothing does not delay the stop for longer.
  std::chrono::milliseconds newcomer_timeout{1'000};

  /// How long accepting pauses when the host has no descriptor or memory left for a connection.
  std::chrono::milliseconds accept_pause{1'000};
};

}  // namespace shmx::web

#endif  // SHM_EXPORTER_AGENT_WEB_LIMITS_H
