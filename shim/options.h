// What the RPC metrics of a server or a client channel are: names, histograms, labels, limits.
// Plain values; the interceptors that follow them are in server_interceptor.h,
// client_interceptor.h.
#ifndef SHM_EXPORTER_SHIM_OPTIONS_H
#define SHM_EXPORTER_SHIM_OPTIONS_H

#include <grpcpp/support/status_code_enum.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "shim/bucket_kind.h"
#include "shm/registry.h"

namespace shmx {

/// Whose names, label values and default buckets are used, so that dashboards made for that library
/// keep working.
enum class Mode {
  go,             ///< go-grpc-prometheus: unary, OK, Canceled, ...; all messages are counted
  python,         ///< py-grpc-prometheus: UNARY, CANCELLED, ...; messages of streaming sides only
  python_legacy,  ///< the same with its legacy switch: label `code`, latency histograms always on
  java,           ///< java-grpc-prometheus: labels `code` and `grpc_code`
};

/// A label whose value comes from the request's metadata. The value is "" where the key is absent,
/// and "overflow" where it is too long, not UTF-8 (binary keys, mostly), or one too many.
struct MetadataLabel {
  std::string key{};                 ///< in lower case, as gRPC has it on the wire
  std::string label = {};            ///< empty: the key, with '-' and '.' as '_'
  std::size_t max_value_bytes = 64;  ///< at most layout::kMaxLabelValueBytes
  std::uint32_t max_values = 100;    ///< distinct values per process, the first ones win
  friend bool operator==(const MetadataLabel&, const MetadataLabel&) = default;
};

/// What servers and clients have in common. Histograms are off by default: they multiply series.
struct RpcOptions {
  ProcessOptions process{};  ///< the first one that says something wins, see shm/registry.h
  Mode mode = Mode::go;

  bool in_flight = false;  ///< grpc_{server,client}_in_flight: calls under way
  /// grpc_{server,client}_msg_sent_bytes: the serialized length of what is sent. gRPC shows its
  /// interceptors no length of what is received, so there is no family for it.
  bool message_bytes_histograms = false;
  bool code_on_handling_histogram = false;  ///< the status code as a label of handling times
  /// Exemplars of the handled counters and of the handling times, where these are on: the span that
  /// the request's metadata names, if its trace is sampled. It is in `traceparent` (W3C Trace
  /// Context) or, where that is missing or malformed, in `grpc-trace-bin`, which gRPC 1.51 shows to
  /// clients only. A client sees what its application put into the call's context. Costs some
  /// 200 ns per sampled call, and 64 bytes per bucket and per method and code.
  bool exemplars = false;
  std::vector<double> handling_buckets{};       ///< upper bounds in seconds; empty: the mode's
  std::vector<double> message_bytes_buckets{};  ///< upper bounds in bytes; empty: 0, 1 Ki ... 4 Gi
  BucketKind handling_bucket_kind = BucketKind::classic;
  BucketKind message_bytes_bucket_kind = BucketKind::classic;
  /// Of every histogram of seconds, or of bytes, that has native buckets.
  NativeOptions native_seconds{};
  NativeOptions native_bytes{.smallest = 0.5, .largest = 0x1p32};  ///< one byte to 4 GiB

  /// Labels of every series. Names that RPC metrics, the agent or Prometheus use themselves
  /// (grpc_type, grpc_service, grpc_method, grpc_code, code, le, quantile, job, instance, tenant,
  /// uid, pid, exported_*, __*), invalid ones and duplicates are refused and counted
  /// (Loss::registrations_dropped); the rest stays.
  Labels constant_labels{};
  std::vector<MetadataLabel> metadata_labels{};  ///< refused as constant_labels are

  /// Which methods are counted: true for "/package.Service/Method" means yes. Asked once per method
  /// and, for what the server does not implement, per call; from any thread. Throwing means yes.
  std::function<bool(std::string_view full_method)> method_filter{};

  /// Shows all methods with 0 before their first call: a server's registered ones, for a client
  /// those of ClientOptions::services.
  bool zero_initialize = false;
  std::vector<grpc::StatusCode> zero_initialize_codes{};  ///< empty: all 17
};

struct ServerOptions : RpcOptions {
  bool handling_time_histogram = false;  ///< always on in Mode::python_legacy

  /// Methods "/package.Service/Method" that a generic service implements: gRPC cannot say which,
  /// and what is not known to be implemented is counted under "unknown".
  std::vector<std::string> known_methods{};
};

struct ClientOptions : RpcOptions {
  bool client_handling_time_histogram = false;  ///< always on in Mode::python_legacy

  /// Per message of a streaming call (in the modes but go, of its streaming side); not in
  /// Mode::python_legacy. Receiving: since the message before, or since the call's start.
  bool client_stream_receive_time_histogram = false;
  /// Sending: until gRPC has taken the message. On asynchronous completion queues gRPC does not
  /// tell, and it is until the next message or the call's end.
  bool client_stream_send_time_histogram = false;
  std::vector<double> receive_buckets{};  ///< upper bounds in seconds; empty: the mode's
  std::vector<double> send_buckets{};     ///< upper bounds in seconds; empty: the mode's
  BucketKind receive_bucket_kind = BucketKind::classic;
  BucketKind send_bucket_kind = BucketKind::classic;

  /// Full names of protobuf services ("package.Service") whose code is linked in, for
  /// zero-initialisation.
  std::vector<std::string> services{};
};

}  // namespace shmx

#endif  // SHM_EXPORTER_SHIM_OPTIONS_H
