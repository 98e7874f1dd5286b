// Every way a call can end early, as the client counts it: once, and under the code that the canon
// gives.
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>

#include "shim/client_interceptor.h"
#include "tests/shim/echo_clients.h"
#include "tests/shim/expectations.h"
#include "tests/shim/pending_call.h"
#include "tests/shim/test_server.h"

namespace shmx::test {
namespace {

using ::testing::TestWithParam;
using ::testing::Values;

std::shared_ptr<grpc::Channel> counted_channel(const std::string& target) {
  return create_channel(target, grpc::InsecureChannelCredentials(), timed_client_options());
}

/// Where nobody listens, and nobody can: the directory is this process's own.
std::string unreachable_target() {
  return "unix:" + segment_directory() + "/nobody.sock";
}

Samples counted_outcomes() {
  return outcomes("client", nonzero(own(test_name()).values));
}

Samples one(const Method& method, const std::string& code) {
  return expected("client", method, {.started = 1, .handled = {{code, 1}}});
}

class ClientEndings : public TestWithParam<ClientApi> {
 protected:
  /// Makes a call, and cancels it when it has come to where the server's handlers wait.
  static grpc::StatusCode cancelled(Gate& gate, const PendingCall::Make& call) {
    gate.close();
    PendingCall pending(call);
    EXPECT_TRUE(gate.await_arrivals(1));
    pending.cancel();
    return pending.outcome().status.error_code();
  }

  TestServer server_{ServerApi::sync};
  std::unique_ptr<EchoClient> client_ = make_client(GetParam(), counted_channel(server_.target()));
};

TEST_P(ClientEndings, DeadlineDuringTheHandler) {
  server_.entry().close();
  const Outcome outcome = client_->unary(note("ping"), [](grpc::ClientContext& context) {
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(50));
  });
  EXPECT_EQ(outcome.status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_EQ(
      nonzero(own(test_name()).values),
      expected("client", kUnary,
               {.started = 1, .sent = 1, .handled = {{"DeadlineExceeded", 1}}, .handling = 1}));
}

TEST_P(ClientEndings, DeadlineThatHasPassedBeforeTheCall) {
  const Outcome outcome = client_->unary(note("ping"), [](grpc::ClientContext& context) {
    context.set_deadline(std::chrono::system_clock::now() - std::chrono::seconds(1));
  });
  EXPECT_EQ(outcome.status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_EQ(counted_outcomes(), one(kUnary, "DeadlineExceeded"));
}

TEST_P(ClientEndings, CancelledUnary) {
  EXPECT_EQ(cancelled(server_.entry(),
                      [&](grpc::ClientContext& context) {
                        return client_->unary_in(context, note("ping"));
                      }),
            grpc::StatusCode::CANCELLED);
  EXPECT_EQ(nonzero(own(test_name()).values),
            expected("client", kUnary,
                     {.started = 1, .sent = 1, .handled = {{"Canceled", 1}}, .handling = 1}));
}

TEST_P(ClientEndings, CancelledStreamInBothDirections) {
  EXPECT_EQ(
      cancelled(server_.exit(),
                [&](grpc::ClientContext& context) { return client_->chat_in(context, notes(3)); }),
      grpc::StatusCode::CANCELLED);
  EXPECT_EQ(nonzero(own(test_name()).values), expected("client", kChat,
                                                       {.started = 1,
                                                        .received = 3,
                                                        .sent = 3,
                                                        .handled = {{"Canceled", 1}},
                                                        .handling = 1,
                                                        .receive_times = 3,
                                                        .send_times = 3}));
}

TEST_P(ClientEndings, UnreachableServer) {
  const auto client = make_client(GetParam(), counted_channel(unreachable_target()));
  EXPECT_EQ(client->unary(note("ping")).status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(client->chat(notes(1)).status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(counted_outcomes(), together({one(kUnary, "Unavailable"), one(kChat, "Unavailable")}));
}

TEST_P(ClientEndings, ServerThatShutsDownDuringTheCall) {
  server_.entry().close();
  auto outcome = std::async(std::launch::async, [&] { return client_->unary(note("ping")); });
  EXPECT_TRUE(server_.entry().await_arrivals(1));
  server_.begin_shutdown();
  const bool unavailable = outcome.get().status.error_code() == grpc::StatusCode::UNAVAILABLE;
  EXPECT_EQ(counted_outcomes(), one(kUnary, unavailable ? "Unavailable" : "Canceled"));
}

INSTANTIATE_TEST_SUITE_P(Each, ClientEndings,
                         Values(ClientApi::sync, ClientApi::callback, ClientApi::async,
                                ClientApi::generic_async, ClientApi::generic_callback),
                         api_name<ClientApi>);

class ClientStreamEndings : public ClientEndings {};

TEST_P(ClientStreamEndings, CancelledStreamToTheServer) {
  EXPECT_EQ(cancelled(server_.exit(),
                      [&](grpc::ClientContext& context) {
                        return client_->collect_in(context, notes(3));
                      }),
            grpc::StatusCode::CANCELLED);
  EXPECT_EQ(
      nonzero(own(test_name()).values),
      expected(
          "client", kCollect,
          {.started = 1, .sent = 3, .handled = {{"Canceled", 1}}, .handling = 1, .send_times = 3}));
}

TEST_P(ClientStreamEndings, CancelledStreamFromTheServer) {
  EXPECT_EQ(cancelled(server_.exit(),
                      [&](grpc::ClientContext& context) {
                        return client_->expand_in(context, note("ping", 3));
                      }),
            grpc::StatusCode::CANCELLED);
  // How many of the three came before the cancellation is the network's to say.
  EXPECT_EQ(counted_outcomes(), one(kExpand, "Canceled"));
}

TEST_P(ClientStreamEndings, UnreachableServer) {
  const auto client = make_client(GetParam(), counted_channel(unreachable_target()));
  EXPECT_EQ(client->collect(notes(1)).status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(client->expand(note("ping", 1)).status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(counted_outcomes(),
            together({one(kCollect, "Unavailable"), one(kExpand, "Unavailable")}));
}

INSTANTIATE_TEST_SUITE_P(Each, ClientStreamEndings,
                         Values(ClientApi::sync, ClientApi::callback, ClientApi::async),
                         api_name<ClientApi>);

TEST(ClientThatAbandonsItsReader, CountsTheCallAsCanceled) {
  TestServer server(ServerApi::sync);
  server.exit().close();
  abandon_stream(counted_channel(server.target()), note("ping", 1));
  EXPECT_EQ(nonzero(own(test_name()).values), expected("client", kExpand,
                                                       {.started = 1,
                                                        .received = 1,
                                                        .sent = 1,
                                                        .handled = {{"Canceled", 1}},
                                                        .handling = 1,
                                                        .receive_times = 1,
                                                        .send_times = 1}));
}

TEST(ClientThatAbandonsItsReader, CountsTheCallAsCanceledInTheAsynchronousApi) {
  TestServer server(ServerApi::sync);
  server.exit().close();
  abandon_stream_async(counted_channel(server.target()), note("ping", 1));
  EXPECT_EQ(counted_outcomes(), one(kExpand, "Canceled"));
}

}  // namespace
}  // namespace shmx::test
