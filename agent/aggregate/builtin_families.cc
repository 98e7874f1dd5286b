#include "agent/aggregate/builtin_families.h"

#include <algorithm>

namespace shmx::aggregate {
namespace {

constexpr BuiltinFamily counter(std::string_view name, std::string_view help) {
  return {name, FamilyKind::counter, GaugeMode::none, 1, "", help};
}

constexpr BuiltinFamily seconds(std::string_view name, std::string_view help) {
  return {name, FamilyKind::histogram, GaugeMode::none, 1'000'000'000, "seconds", help};
}

constexpr BuiltinFamily bytes(std::string_view name, std::string_view help) {
  return {name, FamilyKind::histogram, GaugeMode::none, 1, "bytes", help};
}

constexpr BuiltinFamily in_flight(std::string_view name, std::string_view help) {
  return {name, FamilyKind::gauge, GaugeMode::in_flight, 1, "", help};
}

// The names of every mode of the interceptors, the legacy ones included.
constexpr BuiltinFamily kFamilies[] = {
    counter("grpc_server_started_total", "RPCs that the server has begun."),
    counter("grpc_client_started_total", "RPCs that the client has begun."),
    counter("grpc_server_handled_total",
            "RPCs that are over on the server, by status code, whatever their outcome."),
    counter("grpc_client_handled_total",
            "RPCs that are over on the client, by status code, whatever their outcome."),
    counter("grpc_client_completed_total",
            "RPCs that are over on the client, by status code, whatever their outcome."),
    counter("grpc_server_msg_received_total", "Messages that the server has received."),
    counter("grpc_client_msg_received_total", "Messages that the client has received."),
    counter("grpc_server_msg_sent_total", "Messages that the server has sent."),
    counter("grpc_client_msg_sent_total", "Messages that the client has sent."),
    seconds("grpc_server_handling_seconds",
            "Seconds from the beginning of an RPC on the server to its end."),
    seconds("grpc_client_handling_seconds",
            "Seconds from the beginning of an RPC on the client to its end."),
    seconds("grpc_server_handled_latency_seconds",
            "Seconds from the beginning of an RPC on the server to its end."),
    seconds("grpc_client_completed_latency_seconds",
            "Seconds from the beginning of an RPC on the client to its end."),
    seconds("grpc_client_msg_recv_handling_seconds",
            "Seconds that a message of a streaming RPC took to be received by the client."),
    seconds("grpc_client_msg_send_handling_seconds",
            "Seconds that a message of a streaming RPC took to be sent by the client."),
    in_flight("grpc_server_in_flight", "RPCs that the server has begun and that are not over."),
    in_flight("grpc_client_in_flight", "RPCs that the client has begun and that are not over."),
    bytes("grpc_server_msg_received_bytes",
          "Serialized bytes of the messages that the server has received."),
    bytes("grpc_client_msg_received_bytes",
          "Serialized bytes of the messages that the client has received."),
    bytes("grpc_server_msg_sent_bytes",
          "Serialized bytes of the messages that the server has sent."),
    bytes("grpc_client_msg_sent_bytes",
          "Serialized bytes of the messages that the client has sent."),
};

}  // namespace

std::span<const BuiltinFamily> builtin_families() noexcept {
  return kFamilies;
}

const BuiltinFamily* find_builtin(std::string_view name) noexcept {
  if (!name.starts_with("grpc_")) {
    return nullptr;
  }
  const auto* const found =
      std::find_if(std::begin(kFamilies), std::end(kFamilies),
                   [name](const BuiltinFamily& family) { return family.name == name; });
  return found == std::end(kFamilies) ? nullptr : found;
}

}  // namespace shmx::aggregate
