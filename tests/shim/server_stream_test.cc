// Streaming calls as a server counts them.
#include <gtest/gtest.h>

#include <future>
#include <tuple>

#include "tests/shim/echo_clients.h"
#include "tests/shim/expectations.h"
#include "tests/shim/test_server.h"

namespace shmx::test {
namespace {

using ::testing::Combine;
using ::testing::TestWithParam;
using ::testing::Values;

class ServerStreams : public TestWithParam<std::tuple<ServerApi, int>> {
 protected:
  static ServerApi api() { return std::get<0>(GetParam()); }
  static int messages() { return std::get<1>(GetParam()); }
  static double count() { return messages(); }
};

TEST_P(ServerStreams, FromTheClientCountEachMessageAndOneReply) {
  TestServer server(api(), timed_server_options());
  ASSERT_TRUE(make_sync_client(server.channel())->collect(notes(messages())).status.ok());
  server.stop();

  EXPECT_EQ(
      nonzero(own(test_name()).values),
      expected(
          "server", kCollect,
          {.started = 1, .received = count(), .sent = 1, .handled = {{"OK", 1}}, .handling = 1}));
}

TEST_P(ServerStreams, FromTheClientCountNoReplyInModePython) {
  ServerOptions options = timed_server_options();
  options.mode = Mode::python;
  TestServer server(api(), options);
  ASSERT_TRUE(make_sync_client(server.channel())->collect(notes(messages())).status.ok());
  server.stop();

  const SegmentView view = own(test_name());
  EXPECT_EQ(nonzero(view.values),
            expected("server", kPythonCollect,
                     {.started = 1, .received = count(), .handled = {{"OK", 1}}, .handling = 1}));
  EXPECT_TRUE(beginning("grpc_server_msg_sent", view.values).empty());
}

TEST_P(ServerStreams, ToTheClientCountOneRequestAndEachMessage) {
  TestServer server(api(), timed_server_options());
  const Outcome outcome = make_sync_client(server.channel())->expand(note("ping", messages()));
  EXPECT_EQ(outcome.received, messages());
  server.stop();

  EXPECT_EQ(
      nonzero(own(test_name()).values),
      expected(
          "server", kExpand,
          {.started = 1, .received = 1, .sent = count(), .handled = {{"OK", 1}}, .handling = 1}));
}

TEST_P(ServerStreams, ToTheClientCountNoRequestInModePython) {
  ServerOptions options = timed_server_options();
  options.mode = Mode::python;
  TestServer server(api(), options);
  make_sync_client(server.channel())->expand(note("ping", messages()));
  server.stop();

  const SegmentView view = own(test_name());
  EXPECT_EQ(nonzero(view.values),
            expected("server", kPythonExpand,
                     {.started = 1, .sent = count(), .handled = {{"OK", 1}}, .handling = 1}));
  EXPECT_TRUE(beginning("grpc_server_msg_received", view.values).empty());
}

TEST_P(ServerStreams, InBothDirectionsCountEachEcho) {
  TestServer server(api(), timed_server_options());
  const Outcome outcome = make_sync_client(server.channel())->chat(notes(messages()));
  EXPECT_EQ(outcome.received, messages());
  server.stop();

  EXPECT_EQ(nonzero(own(test_name()).values), expected("server", kChat,
                                                       {.started = 1,
                                                        .received = count(),
                                                        .sent = count(),
                                                        .handled = {{"OK", 1}},
                                                        .handling = 1}));
}

INSTANTIATE_TEST_SUITE_P(Each, ServerStreams,
                         Combine(Values(ServerApi::sync, ServerApi::callback, ServerApi::async),
                                 Values(0, 1, 10, 100)),
                         api_and_count<ServerApi>);

class ServerStream : public TestWithParam<ServerApi> {};

TEST_P(ServerStream, ToTheClientThatFailsIsCountedUnderItsCode) {
  TestServer server(GetParam(), timed_server_options());
  const Outcome outcome = make_sync_client(server.channel())
                              ->expand(note("ping", 3, grpc::StatusCode::FAILED_PRECONDITION));
  EXPECT_EQ(outcome.status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  server.stop();

  EXPECT_EQ(nonzero(own(test_name()).values), expected("server", kExpand,
                                                       {.started = 1,
                                                        .received = 1,
                                                        .sent = 3,
                                                        .handled = {{"FailedPrecondition", 1}},
                                                        .handling = 1}));
}

TEST_P(ServerStream, FromTheClientThatFailsIsCountedUnderItsCodeWithoutAReply) {
  TestServer server(GetParam(), server_options());
  make_sync_client(server.channel())->collect(notes(3, grpc::StatusCode::DATA_LOSS));
  server.stop();

  EXPECT_EQ(
      nonzero(own(test_name()).values),
      expected("server", kCollect, {.started = 1, .received = 3, .handled = {{"DataLoss", 1}}}));
}

TEST_P(ServerStream, InBothDirectionsThatFailsIsCountedUnderItsCode) {
  TestServer server(GetParam(), server_options());
  make_sync_client(server.channel())->chat(notes(3, grpc::StatusCode::ABORTED));
  server.stop();

  EXPECT_EQ(nonzero(own(test_name()).values),
            expected("server", kChat,
                     {.started = 1, .received = 3, .sent = 3, .handled = {{"Aborted", 1}}}));
}

TEST_P(ServerStream, IsCountedAsStartedBeforeAnyMessageIsRead) {
  TestServer server(GetParam(), server_options());
  server.entry().close();
  const auto client = make_sync_client(server.channel());
  const auto chat = [&] { return client->chat(notes(1)).status.ok(); };

  auto first = std::async(std::launch::async, chat);
  EXPECT_TRUE(server.entry().await_arrivals(1));
  EXPECT_EQ(nonzero(own(test_name()).values), expected("server", kChat, {.started = 1}));

  auto second = std::async(std::launch::async, chat);
  EXPECT_TRUE(server.entry().await_arrivals(2));
  EXPECT_EQ(nonzero(own(test_name()).values), expected("server", kChat, {.started = 2}));

  server.entry().open();
  EXPECT_TRUE(first.get());
  EXPECT_TRUE(second.get());
  server.stop();
  EXPECT_EQ(
      nonzero(own(test_name()).values),
      expected("server", kChat, {.started = 2, .received = 2, .sent = 2, .handled = {{"OK", 2}}}));
}

INSTANTIATE_TEST_SUITE_P(Each, ServerStream,
                         Values(ServerApi::sync, ServerApi::callback, ServerApi::async),
                         api_name<ServerApi>);

}  // namespace
}  // namespace shmx::test
