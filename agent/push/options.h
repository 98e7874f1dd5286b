// How and where metrics are pushed over OTLP. Plain values, filled by agent/config from the
// standard's environment variables, the YAML file and flags; names and defaults are those of
// https://opentelemetry.io/docs/specs/otel/protocol/exporter.
#ifndef SHM_EXPORTER_AGENT_PUSH_OPTIONS_H
#define SHM_EXPORTER_AGENT_PUSH_OPTIONS_H

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "agent/otlp/encoder.h"
#include "agent/otlp/options.h"

namespace shmx::push {

enum class Protocol { http_protobuf, grpc };
enum class Compression { none, gzip };

struct Header {
  std::string name;
  std::string value;
  friend bool operator==(const Header&, const Header&) = default;
};

/// PEM files, read again when they change. Empty: the system's authorities; no certificate of ours.
struct TlsFiles {
  std::string authorities;
  std::string certificate;
  std::string key;
};

struct Options {
  Protocol protocol = Protocol::http_protobuf;
  /// The URL that requests go to. HTTP: complete, with the path of the signal. gRPC: without a
  /// path. Its scheme, http or https, says whether there is TLS.
  std::string url;
  /// The path is as a per-signal endpoint gave it, where nothing is appended: worth a hint when the
  /// receiver does not know it.
  bool path_as_given = false;
  TlsFiles tls{};
  std::vector<Header> headers{};
  std::string bearer_token_file{};  ///< its content, trimmed, is sent as "authorization: Bearer"
  Compression compression = Compression::none;
  std::chrono::milliseconds timeout{10'000};         ///< of one request
  std::chrono::milliseconds interval{60'000};        ///< between two pushes
  std::chrono::milliseconds export_timeout{30'000};  ///< of one push, its retries included
  otlp::Temporality temporality = otlp::Temporality::cumulative;
  std::size_t max_request_bytes = std::size_t{4} << 20;  ///< uncompressed; receivers' usual limit
  otlp::Options mapping{};
};

}  // namespace shmx::push

#endif  // SHM_EXPORTER_AGENT_PUSH_OPTIONS_H
