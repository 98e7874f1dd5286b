// Every way a call can end early, as the server counts it: once, and under the code that the canon
// gives. A synchronous server learns of a cancellation only after the handler's own status is out,
// so that status counts; the others learn of it before, and the call counts as Canceled.
#include <gtest/gtest.h>

#include <chrono>

#include "tests/shim/echo_clients.h"
#include "tests/shim/expectations.h"
#include "tests/shim/pending_call.h"
#include "tests/shim/test_server.h"

namespace shmx::test {
namespace {

using ::testing::TestWithParam;
using ::testing::Values;

/// Time for a call to reach its handler on a loaded machine; the test always waits this long.
constexpr std::chrono::seconds kReachesHandler{2};

class ServerEndings : public TestWithParam<ServerApi> {
 protected:
  static bool learns_before_status() { return GetParam() != ServerApi::sync; }
  static std::string code() { return learns_before_status() ? "Canceled" : "OK"; }

  /// Lets the handlers go on once the interceptors know what the kind of server lets them know.
  void finish(Gate& gate) {
    if (learns_before_status()) {
      EXPECT_TRUE(server_.await_closed(1));
    }
    gate.open();
    server_.stop();
  }

  static Samples counted() { return nonzero(own(test_name()).values); }

  TestServer server_{GetParam(), timed_server_options()};
  std::unique_ptr<EchoClient> client_ = make_sync_client(server_.channel());
};

TEST_P(ServerEndings, DeadlineDuringTheHandler) {
  server_.entry().close();
  const Outcome outcome = client_->unary(note("ping"), [](grpc::ClientContext& context) {
    context.set_deadline(std::chrono::system_clock::now() + kReachesHandler);
  });
  EXPECT_EQ(outcome.status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_TRUE(server_.entry().await_arrivals(1));
  finish(server_.entry());

  EXPECT_EQ(
      counted(),
      expected("server", kUnary,
               {.started = 1, .received = 1, .sent = 1, .handled = {{code(), 1}}, .handling = 1}));
}

TEST_P(ServerEndings, CancelledUnary) {
  server_.entry().close();
  PendingCall call(
      [&](grpc::ClientContext& context) { return client_->unary_in(context, note("ping")); });
  EXPECT_TRUE(server_.entry().await_arrivals(1));
  call.cancel();
  EXPECT_EQ(call.outcome().status.error_code(), grpc::StatusCode::CANCELLED);
  finish(server_.entry());

  EXPECT_EQ(
      counted(),
      expected("server", kUnary,
               {.started = 1, .received = 1, .sent = 1, .handled = {{code(), 1}}, .handling = 1}));
}

TEST_P(ServerEndings, CancelledStreamFromTheClient) {
  server_.exit().close();
  PendingCall call(
      [&](grpc::ClientContext& context) { return client_->collect_in(context, notes(3)); });
  EXPECT_TRUE(server_.exit().await_arrivals(1));
  call.cancel();
  EXPECT_EQ(call.outcome().status.error_code(), grpc::StatusCode::CANCELLED);
  finish(server_.exit());

  EXPECT_EQ(
      counted(),
      expected("server", kCollect,
               {.started = 1, .received = 3, .sent = 1, .handled = {{code(), 1}}, .handling = 1}));
}

TEST_P(ServerEndings, CancelledStreamToTheClient) {
  server_.exit().close();
  PendingCall call(
      [&](grpc::ClientContext& context) { return client_->expand_in(context, note("ping", 3)); });
  EXPECT_TRUE(server_.exit().await_arrivals(1));
  call.cancel();
  EXPECT_EQ(call.outcome().status.error_code(), grpc::StatusCode::CANCELLED);
  finish(server_.exit());

  EXPECT_EQ(
      counted(),
      expected("server", kExpand,
               {.started = 1, .received = 1, .sent = 3, .handled = {{code(), 1}}, .handling = 1}));
}

TEST_P(ServerEndings, CancelledStreamInBothDirections) {
  server_.exit().close();
  PendingCall call(
      [&](grpc::ClientContext& context) { return client_->chat_in(context, notes(3)); });
  EXPECT_TRUE(server_.exit().await_arrivals(1));
  call.cancel();
  EXPECT_EQ(call.outcome().status.error_code(), grpc::StatusCode::CANCELLED);
  finish(server_.exit());

  EXPECT_EQ(
      counted(),
      expected("server", kChat,
               {.started = 1, .received = 3, .sent = 3, .handled = {{code(), 1}}, .handling = 1}));
}

TEST_P(ServerEndings, ClientThatAbandonsItsReader) {
  server_.exit().close();
  abandon_stream(server_.channel(), note("ping", 1));
  EXPECT_TRUE(server_.exit().await_arrivals(1));
  finish(server_.exit());

  EXPECT_EQ(
      counted(),
      expected("server", kExpand,
               {.started = 1, .received = 1, .sent = 1, .handled = {{code(), 1}}, .handling = 1}));
}

TEST_P(ServerEndings, ShutdownWithACallPending) {
  server_.entry().close();
  PendingCall call(
      [&](grpc::ClientContext& context) { return client_->unary_in(context, note("ping")); });
  EXPECT_TRUE(server_.entry().await_arrivals(1));
  server_.begin_shutdown();
  EXPECT_FALSE(call.outcome().status.ok());
  finish(server_.entry());

  EXPECT_EQ(
      counted(),
      expected("server", kUnary,
               {.started = 1, .received = 1, .sent = 1, .handled = {{code(), 1}}, .handling = 1}));
}

TEST_P(ServerEndings, ShutdownWithoutAnyCallCountsNothing) {
  server_.stop();
  EXPECT_EQ(counted(), Samples());
}

INSTANTIATE_TEST_SUITE_P(Each, ServerEndings,
                         Values(ServerApi::sync, ServerApi::callback, ServerApi::async),
                         api_name<ServerApi>);

TEST(AsyncServer, ThatDropsACallWithoutFinishCountsItAsCanceled) {
  TestServer server(ServerApi::async, timed_server_options());
  Note request = note("ping");
  request.set_action(DROP);
  const auto client = make_sync_client(server.channel());
  PendingCall call(
      [&](grpc::ClientContext& context) { return client->unary_in(context, request); });
  EXPECT_TRUE(server.entry().await_arrivals(1));
  call.cancel();  // to the server it is still under way, although nobody will answer
  EXPECT_FALSE(call.outcome().status.ok());
  EXPECT_TRUE(server.await_closed(1));
  server.stop();

  EXPECT_EQ(nonzero(own(test_name()).values),
            expected("server", kUnary,
                     {.started = 1, .received = 1, .handled = {{"Canceled", 1}}, .handling = 1}));
}

}  // namespace
}  // namespace shmx::test
