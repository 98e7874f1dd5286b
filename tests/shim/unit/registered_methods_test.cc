// Which methods a builder's services have, with and without protobuf descriptors.
#include "shim/registered_methods.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/rpc_service_method.h>
#include <grpcpp/impl/service_type.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "echo.grpc.pb.h"

namespace shmx {
namespace {

using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

using Listed = std::vector<std::pair<std::string, RpcType>>;

Listed listed(const std::vector<RegisteredMethod>& methods) {
  Listed list;
  for (const RegisteredMethod& method : methods) {
    list.emplace_back(method.full_name, method.type);
  }
  return list;
}

/// A service as other serializations make them: no protobuf, no descriptor.
class HandMade final : public grpc::Service {
 public:
  HandMade() {
    using grpc::internal::RpcMethod;
    AddMethod(
        new grpc::internal::RpcServiceMethod("/hand.Made/Ask", RpcMethod::NORMAL_RPC, nullptr));
    AddMethod(new grpc::internal::RpcServiceMethod("/hand.Made/Watch", RpcMethod::SERVER_STREAMING,
                                                   nullptr));
  }
};

TEST(MethodsOfBuilder, AreThoseOfServicesWithoutDescriptorsToo) {
  HandMade hand_made;
  grpc::ServerBuilder builder;
  EXPECT_THAT(methods_of_builder(builder), IsEmpty());
  builder.RegisterService(&hand_made);
  EXPECT_THAT(listed(methods_of_builder(builder)),
              UnorderedElementsAre(Pair("/hand.Made/Ask", RpcType::unary),
                                   Pair("/hand.Made/Watch", RpcType::server_stream)));
}

TEST(MethodsOfBuilder, AreOfTheirTypes) {
  test::Echo::Service echo;
  grpc::ServerBuilder builder;
  builder.RegisterService(&echo);
  EXPECT_THAT(listed(methods_of_builder(builder)),
              UnorderedElementsAre(Pair("/shmx.test.Echo/Unary", RpcType::unary),
                                   Pair("/shmx.test.Echo/Collect", RpcType::client_stream),
                                   Pair("/shmx.test.Echo/Expand", RpcType::server_stream),
                                   Pair("/shmx.test.Echo/Chat", RpcType::bidi_stream)));
}

TEST(MethodsOfBuilder, AreNotThoseThatAGenericServiceServes) {
  test::Echo::WithGenericMethod_Unary<test::Echo::Service> echo;
  grpc::ServerBuilder builder;
  builder.RegisterService(&echo);
  EXPECT_EQ(methods_of_builder(builder).size(), 3U);
}

TEST(MethodsOfService, AreThoseOfItsDescriptor) {
  EXPECT_THAT(listed(methods_of_service("shmx.test.Echo")),
              UnorderedElementsAre(Pair("/shmx.test.Echo/Unary", RpcType::unary),
                                   Pair("/shmx.test.Echo/Collect", RpcType::client_stream),
                                   Pair("/shmx.test.Echo/Expand", RpcType::server_stream),
                                   Pair("/shmx.test.Echo/Chat", RpcType::bidi_stream)));
  EXPECT_THAT(methods_of_service("no.Such"), IsEmpty());
}

TEST(DeclaredType, IsTheDescriptorsOrThatOfGenericCalls) {
  EXPECT_EQ(declared_type("/shmx.test.Echo/Collect"), RpcType::client_stream);
  EXPECT_EQ(declared_type("/shmx.test.Echo/None"), RpcType::bidi_stream);
  EXPECT_EQ(declared_type("nonsense"), RpcType::bidi_stream);
}

TEST(DefaultHealthService, IsKnownWhereItIsSwitchedOn) {
  EXPECT_THAT(methods_of_default_health_service(), IsEmpty());
  grpc::EnableDefaultHealthCheckService(true);
  EXPECT_THAT(listed(methods_of_default_health_service()),
              UnorderedElementsAre(Pair("/grpc.health.v1.Health/Check", RpcType::unary),
                                   Pair("/grpc.health.v1.Health/Watch", RpcType::server_stream)));
  grpc::EnableDefaultHealthCheckService(false);
}

}  // namespace
}  // namespace shmx
