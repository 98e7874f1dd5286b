// Unary calls as a server counts them.
#include <gtest/gtest.h>

#include <thread>
#include <tuple>
#include <vector>

#include "tests/shim/echo_clients.h"
#include "tests/shim/expectations.h"
#include "tests/shim/test_server.h"

namespace shmx::test {
namespace {

using ::testing::Combine;
using ::testing::TestWithParam;
using ::testing::Values;

class ServerUnaryCalls : public TestWithParam<std::tuple<ServerApi, int>> {};

TEST_P(ServerUnaryCalls, AreCountedWithTheirMessagesAndTimes) {
  const auto [api, n] = GetParam();
  TestServer server(api, timed_server_options());
  const auto client = make_sync_client(server.channel());
  for (int i = 0; i < n; ++i) {
    ASSERT_TRUE(client->unary(note("ping")).status.ok());
  }
  server.stop();

  const double count = n;
  const SegmentView view = own(test_name());
  EXPECT_EQ(nonzero(view.values), expected("server", kUnary,
                                           {.started = count,
                                            .received = count,
                                            .sent = count,
                                            .handled = {{"OK", count}},
                                            .handling = count}));
  EXPECT_GT(view.sums.at(notation("grpc_server_handling_seconds_sum", kUnary.labels())), 0);
}

TEST_P(ServerUnaryCalls, HaveNoMessageSeriesInModePython) {
  const auto [api, n] = GetParam();
  ServerOptions options = server_options();
  options.mode = Mode::python;
  TestServer server(api, options);
  const auto client = make_sync_client(server.channel());
  for (int i = 0; i < n; ++i) {
    ASSERT_TRUE(client->unary(note("ping")).status.ok());
  }
  server.stop();

  const double count = n;
  const SegmentView view = own(test_name());
  EXPECT_EQ(nonzero(view.values),
            expected("server", kPythonUnary, {.started = count, .handled = {{"OK", count}}}));
  EXPECT_TRUE(beginning("grpc_server_msg_", view.values).empty());
}

INSTANTIATE_TEST_SUITE_P(Each, ServerUnaryCalls,
                         Combine(Values(ServerApi::sync, ServerApi::callback, ServerApi::async),
                                 Values(1, 10, 100)),
                         api_and_count<ServerApi>);

class ServerUnary : public TestWithParam<ServerApi> {};

TEST_P(ServerUnary, FailureIsCountedUnderItsCodeWithoutAReply) {
  TestServer server(GetParam(), timed_server_options());
  const auto client = make_sync_client(server.channel());
  EXPECT_EQ(client->unary(note("ping", 0, grpc::StatusCode::INVALID_ARGUMENT)).status.error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  server.stop();

  EXPECT_EQ(
      nonzero(own(test_name()).values),
      expected("server", kUnary,
               {.started = 1, .received = 1, .handled = {{"InvalidArgument", 1}}, .handling = 1}));
}

TEST_P(ServerUnary, CallsOfManyThreadsAreAllCounted) {
  constexpr int kThreads = 8;
  constexpr int kCallsEach = 100;
  TestServer server(GetParam(), timed_server_options());
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      const auto client = make_sync_client(server.channel());
      for (int call = 0; call < kCallsEach; ++call) {
        client->unary(note("ping"));
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  server.stop();

  constexpr double kCalls = kThreads * kCallsEach;
  EXPECT_EQ(nonzero(own(test_name()).values), expected("server", kUnary,
                                                       {.started = kCalls,
                                                        .received = kCalls,
                                                        .sent = kCalls,
                                                        .handled = {{"OK", kCalls}},
                                                        .handling = kCalls}));
}

TEST_P(ServerUnary, EachOfTheSeventeenCodesHasItsName) {
  static const std::vector<std::string> kNames = {
      "OK",       "Canceled",       "Unknown",          "InvalidArgument",   "DeadlineExceeded",
      "NotFound", "AlreadyExists",  "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
      "Aborted",  "OutOfRange",     "Unimplemented",    "Internal",          "Unavailable",
      "DataLoss", "Unauthenticated"};
  TestServer server(GetParam(), server_options());
  const auto client = make_sync_client(server.channel());
  Calls calls{.started = 17, .received = 17, .sent = 1};
  for (int code = 0; code < 17; ++code) {
    client->unary(note("ping", 0, code));
    calls.handled[kNames[static_cast<std::size_t>(code)]] = 1;
  }
  server.stop();

  EXPECT_EQ(nonzero(own(test_name()).values), expected("server", kUnary, calls));
}

INSTANTIATE_TEST_SUITE_P(Each, ServerUnary,
                         Values(ServerApi::sync, ServerApi::callback, ServerApi::async),
                         api_name<ServerApi>);

TEST(ServerUnaryThrowing, IsCountedAsUnknownBySyncServers) {
  TestServer server(ServerApi::sync, timed_server_options());
  Note request = note("ping");
  request.set_action(THROW);
  EXPECT_EQ(make_sync_client(server.channel())->unary(request).status.error_code(),
            grpc::StatusCode::UNKNOWN);
  server.stop();

  EXPECT_EQ(nonzero(own(test_name()).values),
            expected("server", kUnary,
                     {.started = 1, .received = 1, .handled = {{"Unknown", 1}}, .handling = 1}));
}

TEST(ServerUnaryThrowing, IsCountedAsUnimplementedByCallbackServersWhichAnswerSo) {
  TestServer server(ServerApi::callback, timed_server_options());
  Note request = note("ping");
  request.set_action(THROW);
  EXPECT_EQ(make_sync_client(server.channel())->unary(request).status.error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
  server.stop();

  EXPECT_EQ(
      nonzero(own(test_name()).values),
      expected("server", kUnary,
               {.started = 1, .received = 1, .handled = {{"Unimplemented", 1}}, .handling = 1}));
}

}  // namespace
}  // namespace shmx::test
