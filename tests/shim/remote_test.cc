// The main rows again, against a server in another process whose segment file is read from here.
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <iterator>

#include "tests/shim/echo_clients.h"
#include "tests/shim/expectations.h"
#include "tests/shim/pending_call.h"
#include "tests/shim/remote_process.h"
#include "tests/shim/test_server.h"

namespace shmx::test {
namespace {

using ::testing::TestWithParam;
using ::testing::Values;

class ServerInAnotherProcess : public TestWithParam<ServerApi> {
 protected:
  void SetUp() override {
    ASSERT_TRUE(server_.start(std::string(to_string(GetParam()))));
    client_ = make_sync_client(grpc::CreateChannel("127.0.0.1:" + std::to_string(server_.port()),
                                                   grpc::InsecureChannelCredentials()));
  }

  /// What the other process has counted, once it is as wanted.
  Samples counted(const Samples& wanted) {
    return eventually(
        [&] {
          const auto path = find_segment(segment_directory(), server_.pid());
          return path ? nonzero(read_segment(*path, test_name()).values) : Samples();
        },
        wanted);
  }

  RemoteProcess server_{segment_directory(), test_name()};
  std::unique_ptr<EchoClient> client_;
};

TEST_P(ServerInAnotherProcess, CountsUnaryCallsGoodAndBad) {
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(client_->unary(note("ping")).status.ok());
  }
  client_->unary(note("ping", 0, grpc::StatusCode::INVALID_ARGUMENT));
  const Samples wanted = expected("server", kUnary,
                                  {.started = 11,
                                   .received = 11,
                                   .sent = 10,
                                   .handled = {{"OK", 10}, {"InvalidArgument", 1}},
                                   .handling = 11});
  EXPECT_EQ(counted(wanted), wanted);
}

TEST_P(ServerInAnotherProcess, CountsStreamsOfEveryKind) {
  ASSERT_TRUE(client_->collect(notes(10)).status.ok());
  ASSERT_TRUE(client_->expand(note("ping", 10)).status.ok());
  ASSERT_TRUE(client_->chat(notes(10)).status.ok());
  const auto calls = [](double received, double sent) {
    return Calls{
        .started = 1, .received = received, .sent = sent, .handled = {{"OK", 1}}, .handling = 1};
  };
  const Samples wanted = together({expected("server", kCollect, calls(10, 1)),
                                   expected("server", kExpand, calls(1, 10)),
                                   expected("server", kChat, calls(10, 10))});
  EXPECT_EQ(counted(wanted), wanted);
}

TEST_P(ServerInAnotherProcess, CountsACancelledCallOnce) {
  ASSERT_EQ(server_.ask("close"), "closed");
  PendingCall call(
      [&](grpc::ClientContext& context) { return client_->unary_in(context, note("ping")); });
  ASSERT_EQ(server_.ask("await"), "arrived");
  call.cancel();
  EXPECT_EQ(call.outcome().status.error_code(), grpc::StatusCode::CANCELLED);
  const bool learns_before_status = GetParam() != ServerApi::sync;
  if (learns_before_status) {
    ASSERT_EQ(server_.ask("await closed"), "closed");
  }
  server_.say("open");
  const Samples wanted = expected("server", kUnary,
                                  {.started = 1,
                                   .received = 1,
                                   .sent = 1,
                                   .handled = {{learns_before_status ? "Canceled" : "OK", 1}},
                                   .handling = 1});
  EXPECT_EQ(counted(wanted), wanted);
}

TEST_P(ServerInAnotherProcess, LeavesItsCountsBehindWhenItIsKilled) {
  ASSERT_TRUE(client_->unary(note("ping")).status.ok());
  const Samples wanted =
      expected("server", kUnary,
               {.started = 1, .received = 1, .sent = 1, .handled = {{"OK", 1}}, .handling = 1});
  EXPECT_EQ(counted(wanted), wanted);
  server_.kill();
  EXPECT_EQ(counted(wanted), wanted);
}

TEST(ServerWithCertificates, PublishesThemWithoutTheirKey) {
  const std::string certificate =
      "-----BEGIN CERTIFICATE-----\nMIIBCERT\n-----END CERTIFICATE-----\n";
  std::ofstream(segment_directory() + "/" + test_name() + ".pem")
      << "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEKEYS\n-----END EC PRIVATE KEY-----\n"
      << certificate;
  RemoteProcess server(segment_directory(), test_name());
  ASSERT_TRUE(server.start("sync"));
  const auto client = make_sync_client(grpc::CreateChannel(
      "127.0.0.1:" + std::to_string(server.port()), grpc::InsecureChannelCredentials()));
  ASSERT_TRUE(client->unary(note("ping")).status.ok());
  const auto path = find_segment(segment_directory(), server.pid());
  ASSERT_TRUE(path.has_value()) << "it counted the call's start";
  std::ifstream in(*path, std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(in), {});
  EXPECT_NE(bytes.find(certificate), std::string::npos);
  EXPECT_EQ(bytes.find("PRIVATE"), std::string::npos);
  EXPECT_EQ(bytes.find("MHcC"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Each, ServerInAnotherProcess,
                         Values(ServerApi::sync, ServerApi::callback, ServerApi::async),
                         api_name<ServerApi>);

}  // namespace
}  // namespace shmx::test
