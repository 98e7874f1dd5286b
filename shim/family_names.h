// How the RPC metrics are named, per mode: families, label names, type values, default buckets, and
// which messages are counted. Data and lookups only; nothing is registered here.
#ifndef SHM_EXPORTER_SHIM_FAMILY_NAMES_H
#define SHM_EXPORTER_SHIM_FAMILY_NAMES_H

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "shim/options.h"

namespace shmx {

enum class Side : std::uint8_t { server, client };

/// In the order of gRPC's own enumerations.
enum class RpcType : std::uint8_t { unary, client_stream, server_stream, bidi_stream };
inline constexpr std::size_t kRpcTypes = 4;

enum class RpcFamily : std::uint8_t {
  started,
  handled,
  received,
  sent,
  in_flight,
  handling,  ///< histogram of a call's seconds
  receive,   ///< histogram of a received message's seconds, clients only
  send,      ///< histogram of a sent message's seconds, clients only
  sent_bytes
};

/// A family's name as exposed.
std::string family_name(RpcFamily family, Side side, Mode mode);

/// A family's HELP text.
std::string family_help(RpcFamily family, Side side);

inline constexpr std::string_view kTypeLabel = "grpc_type";
inline constexpr std::string_view kServiceLabel = "grpc_service";
inline constexpr std::string_view kMethodLabel = "grpc_method";

/// The names of the labels that all carry the status code.
std::span<const std::string_view> code_label_names(Mode mode) noexcept;

/// The value of grpc_type.
std::string_view type_name(RpcType type, Mode mode) noexcept;

/// Default upper bounds of the histograms of seconds.
std::span<const double> default_time_buckets(Mode mode) noexcept;

/// Default upper bounds of the histograms of bytes: those of gRPC proposal A66.
std::span<const double> default_size_buckets() noexcept;

/// Whether the mode counts the messages that this side of such a call receives or sends.
bool counts_received(Side side, Mode mode, RpcType type) noexcept;
bool counts_sent(Side side, Mode mode, RpcType type) noexcept;

}  // namespace shmx

#endif  // SHM_EXPORTER_SHIM_FAMILY_NAMES_H
