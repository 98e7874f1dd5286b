// Finds the methods of services. gRPC 1.51 has no public way to list the methods of a
// grpc::Service, and descriptors exist only for services made from protobuf with its full runtime;
// yet a method that is not known to be registered has to be counted under "unknown". So the list is
// taken where it is, in a private member: an explicit instantiation may name it. Should gRPC rename
// it, this file does not compile, and nothing is miscounted.
#include "shim/registered_methods.h"

#include <google/protobuf/descriptor.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/rpc_service_method.h>
#include <grpcpp/impl/service_type.h>

#include <memory>
#include <utility>

#include "shim/method_name.h"

namespace shmx {
namespace {

using ServiceMethods = std::vector<std::unique_ptr<grpc::internal::RpcServiceMethod>>;

const ServiceMethods& methods_in(const grpc::Service& service);

template <ServiceMethods grpc::Service::*member>
struct MethodsIn {
  friend const ServiceMethods& methods_in(const grpc::Service& service) { return service.*member; }
};
template struct MethodsIn<&grpc::Service::methods_>;

// Gives access to what gRPC offers to builders derived from its own.
struct OpenBuilder : grpc::ServerBuilder {
  using grpc::ServerBuilder::NamedService;
  static std::vector<NamedService*> services_of(grpc::ServerBuilder& builder) {
    return (builder.*(&OpenBuilder::services))();
  }
};

RpcType type_of(grpc::internal::RpcMethod::RpcType type) {
  // Both are in gRPC's order.
  return static_cast<RpcType>(type);
}

RpcType type_of(const google::protobuf::MethodDescriptor& method) {
  if (method.client_streaming()) {
    return method.server_streaming() ? RpcType::bidi_stream : RpcType::client_stream;
  }
  return method.server_streaming() ? RpcType::server_stream : RpcType::unary;
}

const google::protobuf::ServiceDescriptor* service_named(const std::string& service) {
  return google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(service);
}

}  // namespace

std::vector<RegisteredMethod> methods_of_builder(grpc::ServerBuilder& builder) {
  std::vector<RegisteredMethod> methods;
  for (const auto* named : OpenBuilder::services_of(builder)) {
    if (named == nullptr || named->service == nullptr) {
      continue;
    }
    for (const auto& method : methods_in(*named->service)) {
      // Null: marked as generic, served by a generic service.
      if (method != nullptr && method->name() != nullptr) {
        methods.push_back({method->name(), type_of(method->method_type())});
      }
    }
  }
  return methods;
}

std::vector<RegisteredMethod> methods_of_service(const std::string& service) {
  std::vector<RegisteredMethod> methods;
  const google::protobuf::ServiceDescriptor* const descriptor = service_named(service);
  for (int i = 0; descriptor != nullptr && i < descriptor->method_count(); ++i) {
    const google::protobuf::MethodDescriptor& method = *descriptor->method(i);
    methods.push_back({"/" + descriptor->full_name() + "/" + method.name(), type_of(method)});
  }
  return methods;
}

std::vector<RegisteredMethod> methods_of_default_health_service() {
  if (!grpc::DefaultHealthCheckServiceEnabled()) {
    return {};
  }
  return {{"/grpc.health.v1.Health/Check", RpcType::unary},
          {"/grpc.health.v1.Health/Watch", RpcType::server_stream}};
}

RpcType declared_type(const std::string& full_name) {
  const MethodName name = split_method(full_name);
  const google::protobuf::ServiceDescriptor* const service =
      service_named(std::string(name.service));
  const google::protobuf::MethodDescriptor* const method =
      service == nullptr ? nullptr : service->FindMethodByName(std::string(name.method));
  return method == nullptr ? RpcType::bidi_stream : type_of(*method);
}

}  // namespace shmx
