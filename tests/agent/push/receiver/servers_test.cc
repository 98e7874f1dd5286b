// What the receiver's servers demand of a request around its body, and what its program is told.
#include <gmock/gmock.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>
#include <opentelemetry/proto/collector/metrics/v1/metrics_service.grpc.pb.h>

#include <future>
#include <string>

#include "tests/agent/push/receiver/control.h"
#include "tests/agent/push/receiver/receiver.h"
#include "tests/agent/web/client.h"

namespace shmx::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Without scheme and path.
std::string address(const std::string& url) {
  const auto begin = url.find("//") + 2;
  return url.substr(begin, url.find('/', begin) - begin);
}

struct Head {
  const char* name;
  const char* line;
  const char* headers;
  int status;
};

class HttpHead : public ::testing::TestWithParam<Head> {};

TEST_P(HttpHead, ThatIsWrongIsRefusedAndRemembered) {
  Receiver receiver;
  web::Client client(address(receiver.http_url()));
  client.send(std::string(GetParam().line) + " HTTP/1.1\r\nHost: test\r\nContent-Length: 2\r\n" +
              GetParam().headers + "\r\n\xff\xff");
  EXPECT_EQ(client.receive().status(), GetParam().status);
  EXPECT_EQ(receiver->violations().size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(
    Each, HttpHead,
    ::testing::Values(
        Head{"path", "POST /v1/metric", "Content-Type: application/x-protobuf\r\n", 404},
        Head{"method", "PUT /v1/metrics", "Content-Type: application/x-protobuf\r\n", 405},
        Head{"no_type", "POST /v1/metrics", "", 415},
        Head{"other_type", "POST /v1/metrics", "Content-Type: application/json\r\n", 415},
        Head{"longer_type", "POST /v1/metrics",
             "Content-Type: application/x-protobuf; charset=utf-8\r\n", 415},
        Head{"encoding", "POST /v1/metrics",
             "Content-Type: application/x-protobuf\r\nContent-Encoding: zstd\r\n", 415},
        Head{"no_gzip", "POST /v1/metrics",
             "Content-Type: application/x-protobuf\r\nContent-Encoding: gzip\r\n", 400},
        Head{"body", "POST /v1/metrics", "Content-Type: application/x-protobuf\r\n", 400}),
    [](const auto& of) { return std::string(of.param.name); });

namespace collector = opentelemetry::proto::collector::metrics::v1;

TEST(GrpcServer, AnswersTheStandardsPath) {
  Receiver receiver;
  const auto channel =
      grpc::CreateChannel(address(receiver.grpc_url()), grpc::InsecureChannelCredentials());
  const auto stub = collector::MetricsService::NewStub(channel);
  grpc::ClientContext context;
  collector::ExportMetricsServiceResponse response;
  EXPECT_TRUE(stub->Export(&context, {}, &response).ok());
  EXPECT_EQ(receiver->requests(), 1U);
  EXPECT_THAT(receiver->violations(), IsEmpty());
}

TEST(GrpcServer, RemembersAPathThatIsNotTheStandards) {
  Receiver receiver;
  grpc::GenericStub stub(
      grpc::CreateChannel(address(receiver.grpc_url()), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  const grpc::Slice slice("");
  const grpc::ByteBuffer request(&slice, 1);
  grpc::ByteBuffer response;
  std::promise<grpc::StatusCode> code;
  stub.UnaryCall(&context, "/opentelemetry.Metrics/Export", {}, &request, &response,
                 [&](const grpc::Status& status) { code.set_value(status.error_code()); });
  EXPECT_EQ(code.get_future().get(), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_THAT(receiver->violations(), ElementsAre(HasSubstr("/opentelemetry.Metrics/Export")));
}

TEST(Control, DoesWhatALineAsksFor) {
  Receiver receiver;
  EXPECT_EQ(
      obey(receiver, R"({"do":"script","behaviour":{"status":503,"headers":{"Retry-After":"7"}}})"),
      R"({"done":true})");
  web::Client client(address(receiver.http_url()));
  const std::string request =
      "POST /v1/metrics HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n"
      "Content-Type: application/x-protobuf\r\n\r\n";
  client.send(request);
  const auto reply = client.receive();
  EXPECT_EQ(reply.status(), 503);
  EXPECT_EQ(reply.header("Retry-After"), "7");
  client.send(request);
  EXPECT_EQ(client.receive().status(), 200);
  EXPECT_EQ(obey(receiver, R"({"do":"counts"})"),
            R"({"requests":2,"connections":1,"points":0,"repeats":0})");
  EXPECT_EQ(obey(receiver, R"({"do":"violations"})"), R"({"violations":[],"gaps":[]})");
  EXPECT_EQ(obey(receiver, R"({"do":"total","metric":"orders"})"), R"({"total":null})");
  EXPECT_EQ(obey(receiver, R"({"do":"streams"})"), R"({"streams":[]})");
  EXPECT_EQ(obey(receiver, R"({"do":"wait","requests":2,"at_most_ms":0})"), R"({"arrived":true})");
}

TEST(Control, KeepsItsPortsOverAnOutage) {
  Receiver receiver;
  const auto before = urls_of(receiver);
  EXPECT_EQ(obey(receiver, R"({"do":"down"})"), R"({"done":true})");
  EXPECT_EQ(obey(receiver, R"({"do":"up"})"), R"({"done":true})");
  EXPECT_EQ(urls_of(receiver), before);
  web::Client client(address(receiver.http_url()));
  client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_EQ(client.receive().status(), 404);
}

TEST(Control, SaysWhatItDoesNotUnderstand) {
  Receiver receiver;
  EXPECT_THAT(obey(receiver, "{"), HasSubstr("error"));
  EXPECT_THAT(obey(receiver, "[]"), HasSubstr("error"));
  EXPECT_THAT(obey(receiver, R"({"do":"nothing"})"), HasSubstr("no such command: nothing"));
  EXPECT_THAT(obey(receiver, R"({"do":"script","behaviour":{"close":"never ever"}})"),
              HasSubstr("close: never ever"));
}

}  // namespace
}  // namespace shmx::testing
