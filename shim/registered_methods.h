// Which methods there are: those of the services that a server's builder registers, and those of
// protobuf services that are linked in. Reads gRPC and protobuf, counts nothing.
#ifndef SHM_EXPORTER_SHIM_REGISTERED_METHODS_H
#define SHM_EXPORTER_SHIM_REGISTERED_METHODS_H

#include <grpcpp/server_builder.h>

#include <string>
#include <vector>

#include "shim/family_names.h"

namespace shmx {

struct RegisteredMethod {
  std::string full_name;  ///< "/package.Service/Method"
  RpcType type;
};

/// The methods of the services that were registered so far, but those that a generic service
/// serves. Works for services without protobuf descriptors (lite, FlatBuffers, hand-made).
std::vector<RegisteredMethod> methods_of_builder(grpc::ServerBuilder& builder);

/// The methods of a protobuf service by its full name, if its generated code is linked in and has
/// descriptors.
std::vector<RegisteredMethod> methods_of_service(const std::string& service);

/// The methods of the health service that gRPC itself registers when that is switched on.
std::vector<RegisteredMethod> methods_of_default_health_service();

/// The type of a method of a protobuf service; bidi_stream, as gRPC's generic services call all
/// methods, when it has no descriptor.
RpcType declared_type(const std::string& full_name);

}  // namespace shmx

#endif  // SHM_EXPORTER_SHIM_REGISTERED_METHODS_H
