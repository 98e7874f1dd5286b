// The tables behind family_names.h.
#include "shim/family_names.h"

#include <array>

namespace shmx {
namespace {

constexpr std::array<double, 11> kGoBuckets = {.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10};
constexpr std::array<double, 14> kPythonBuckets = {.005, .01, .025, .05, .075, .1,  .25,
                                                   .5,   .75, 1,    2.5, 5,    7.5, 10};
constexpr std::array<double, 12> kJavaBuckets = {.001, .005, .01, .05, .075, .1,
                                                 .25,  .5,   1,   2,   5,    10};
constexpr std::array<double, 14> kSizeBuckets = {
    0,         1024,      2048,       4096,       16384,       65536,        262144,
    1048576.0, 4194304.0, 16777216.0, 67108864.0, 268435456.0, 1073741824.0, 4294967296.0};

constexpr std::array<std::string_view, 1> kCode = {"grpc_code"};
constexpr std::array<std::string_view, 1> kLegacyCode = {"code"};
constexpr std::array<std::string_view, 2> kJavaCodes = {"code", "grpc_code"};

constexpr std::array<std::string_view, kRpcTypes> kGoTypes = {"unary", "client_stream",
                                                              "server_stream", "bidi_stream"};
constexpr std::array<std::string_view, kRpcTypes> kUpperTypes = {
    "UNARY", "CLIENT_STREAMING", "SERVER_STREAMING", "BIDI_STREAMING"};

// The part after "grpc_server_" or "grpc_client_".
std::string_view suffix(RpcFamily family, Side side, Mode mode) noexcept {
  const bool latency = mode == Mode::python_legacy || mode == Mode::java;
  switch (family) {
    case RpcFamily::started:
      return "started_total";
    case RpcFamily::handled:
      return latency && side == Side::client ? "completed_total" : "handled_total";
    case RpcFamily::received:
      return "msg_received_total";
    case RpcFamily::sent:
      return "msg_sent_total";
    case RpcFamily::in_flight:
      return "in_flight";
    case RpcFamily::handling:
      if (!latency) {
        return "handling_seconds";
      }
      return side == Side::client ? "completed_latency_seconds" : "handled_latency_seconds";
    case RpcFamily::receive:
      return "msg_recv_handling_seconds";
    case RpcFamily::send:
      return "msg_send_handling_seconds";
    case RpcFamily::sent_bytes:
      return "msg_sent_bytes";
  }
  return "";
}

bool streams_requests(RpcType type) noexcept {
  return type == RpcType::client_stream || type == RpcType::bidi_stream;
}

bool streams_responses(RpcType type) noexcept {
  return type == RpcType::server_stream || type == RpcType::bidi_stream;
}

}  // namespace

std::string family_name(RpcFamily family, Side side, Mode mode) {
  std::string name = side == Side::server ? "grpc_server_" : "grpc_client_";
  return name.append(suffix(family, side, mode));
}

std::string family_help(RpcFamily family, Side side) {
  const std::string who = side == Side::server ? "the server" : "the client";
  switch (family) {
    case RpcFamily::started:
      return "RPCs that " + who + " has begun.";
    case RpcFamily::handled:
      return "RPCs that are over on " + who + ", by status code, whatever their outcome.";
    case RpcFamily::received:
      return "Messages that " + who + " has received.";
    case RpcFamily::sent:
      return "Messages that " + who + " has sent.";
    case RpcFamily::in_flight:
      return "RPCs that " + who + " has begun and that are not over.";
    case RpcFamily::handling:
      return "Seconds from the beginning of an RPC on " + who + " to its end.";
    case RpcFamily::receive:
      return "Seconds that a message of a streaming RPC took to be received by " + who + ".";
    case RpcFamily::send:
      return "Seconds that a message of a streaming RPC took to be sent by " + who + ".";
    case RpcFamily::sent_bytes:
      return "Serialized bytes of the messages that " + who + " has sent.";
  }
  return "";
}

std::span<const std::string_view> code_label_names(Mode mode) noexcept {
  switch (mode) {
    case Mode::python_legacy:
      return kLegacyCode;
    case Mode::java:
      return kJavaCodes;
    case Mode::go:
    case Mode::python:
      break;
  }
  return kCode;
}

std::string_view type_name(RpcType type, Mode mode) noexcept {
  const auto index = static_cast<std::size_t>(type) % kRpcTypes;
  return mode == Mode::go ? kGoTypes[index] : kUpperTypes[index];
}

std::span<const double> default_time_buckets(Mode mode) noexcept {
  switch (mode) {
    case Mode::python:
    case Mode::python_legacy:
      return kPythonBuckets;
    case Mode::java:
      return kJavaBuckets;
    case Mode::go:
      break;
  }
  return kGoBuckets;
}

std::span<const double> default_size_buckets() noexcept {
  return kSizeBuckets;
}

bool counts_received(Side side, Mode mode, RpcType type) noexcept {
  return mode == Mode::go ||
         (side == Side::server ? streams_requests(type) : streams_responses(type));
}

bool counts_sent(Side side, Mode mode, RpcType type) noexcept {
  return mode == Mode::go ||
         (side == Side::server ? streams_responses(type) : streams_requests(type));
}

}  // namespace shmx
