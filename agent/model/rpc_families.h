// What the families of RPCs mean, in each of the shim's modes (shim/family_names.cc), for whoever
// shows them to people.
#ifndef SHM_EXPORTER_AGENT_MODEL_RPC_FAMILIES_H
#define SHM_EXPORTER_AGENT_MODEL_RPC_FAMILIES_H

#include <array>
#include <string_view>

#include "shm/descriptor.h"

namespace shmx::model {

enum class RpcMeaning { started, handled, in_flight, latency };

struct RpcFamily {
  std::string_view name;
  RpcMeaning meaning;
  bool server;  ///< else the client's side
};

inline constexpr std::array kRpcFamilies = {
    RpcFamily{"grpc_server_started_total", RpcMeaning::started, true},
    RpcFamily{"grpc_server_handled_total", RpcMeaning::handled, true},
    RpcFamily{"grpc_server_in_flight", RpcMeaning::in_flight, true},
    RpcFamily{"grpc_server_handling_seconds", RpcMeaning::latency, true},
    RpcFamily{"grpc_server_handled_latency_seconds", RpcMeaning::latency, true},
    RpcFamily{"grpc_client_started_total", RpcMeaning::started, false},
    RpcFamily{"grpc_client_handled_total", RpcMeaning::handled, false},
    RpcFamily{"grpc_client_completed_total", RpcMeaning::handled, false},
    RpcFamily{"grpc_client_in_flight", RpcMeaning::in_flight, false},
    RpcFamily{"grpc_client_handling_seconds", RpcMeaning::latency, false},
    RpcFamily{"grpc_client_completed_latency_seconds", RpcMeaning::latency, false},
};

/// The value of a label; empty if there is none.
std::string_view label(const Labels& labels, std::string_view name) noexcept;

/// The status code of a series of handled RPCs: java has it twice, python_legacy as `code`, the
/// others as `grpc_code`; it is OK in all. Empty: an overflow series, which has none.
std::string_view code_of(const Labels& labels) noexcept;

}  // namespace shmx::model

#endif  // SHM_EXPORTER_AGENT_MODEL_RPC_FAMILIES_H
