// Calls as clients of every API count them.
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <tuple>

#include "shim/client_interceptor.h"
#include "tests/shim/echo_clients.h"
#include "tests/shim/expectations.h"
#include "tests/shim/test_server.h"

namespace shmx::test {
namespace {

using ::testing::Combine;
using ::testing::TestWithParam;
using ::testing::Values;

constexpr auto kTyped = {ClientApi::sync, ClientApi::callback, ClientApi::async};
constexpr auto kAll = {ClientApi::sync, ClientApi::callback, ClientApi::async,
                       ClientApi::generic_async, ClientApi::generic_callback};

std::unique_ptr<EchoClient> counted_client(ClientApi api, const TestServer& server) {
  return make_client(api, create_channel(server.target(), grpc::InsecureChannelCredentials(),
                                         timed_client_options()));
}

class ClientCalls : public TestWithParam<std::tuple<ClientApi, int>> {
 protected:
  static int n() { return std::get<1>(GetParam()); }
  static double count() { return n(); }

  TestServer server_{ServerApi::sync};
  std::unique_ptr<EchoClient> client_ = counted_client(std::get<0>(GetParam()), server_);
};

TEST_P(ClientCalls, ThatAreUnaryCountOneMessageEachWayAndNoMessageTimes) {
  for (int i = 0; i < n(); ++i) {
    ASSERT_TRUE(client_->unary(note("ping")).status.ok());
  }
  const SegmentView view = own(test_name());
  EXPECT_EQ(nonzero(view.values), expected("client", kUnary,
                                           {.started = count(),
                                            .received = count(),
                                            .sent = count(),
                                            .handled = {{"OK", count()}},
                                            .handling = count()}));
  EXPECT_GT(view.sums.at(notation("grpc_client_handling_seconds_sum", kUnary.labels())), 0);
}

TEST_P(ClientCalls, InBothDirectionsObserveTheTimeOfEachMessage) {
  const Outcome outcome = client_->chat(notes(n()));
  ASSERT_TRUE(outcome.status.ok());
  ASSERT_EQ(outcome.received, n());
  EXPECT_EQ(nonzero(own(test_name()).values), expected("client", kChat,
                                                       {.started = 1,
                                                        .received = count(),
                                                        .sent = count(),
                                                        .handled = {{"OK", 1}},
                                                        .handling = 1,
                                                        .receive_times = count(),
                                                        .send_times = count()}));
}

INSTANTIATE_TEST_SUITE_P(Each, ClientCalls, Combine(::testing::ValuesIn(kAll), Values(1, 10, 100)),
                         api_and_count<ClientApi>);

class ClientStreams : public ClientCalls {};

TEST_P(ClientStreams, ToTheServerObserveTheTimeOfEachMessageAndOfTheReply) {
  ASSERT_TRUE(client_->collect(notes(n())).status.ok());
  EXPECT_EQ(nonzero(own(test_name()).values), expected("client", kCollect,
                                                       {.started = 1,
                                                        .received = 1,
                                                        .sent = count(),
                                                        .handled = {{"OK", 1}},
                                                        .handling = 1,
                                                        .receive_times = 1,
                                                        .send_times = count()}));
}

TEST_P(ClientStreams, FromTheServerObserveTheTimeOfTheRequestAndOfEachMessage) {
  const Outcome outcome = client_->expand(note("ping", n()));
  ASSERT_TRUE(outcome.status.ok());
  ASSERT_EQ(outcome.received, n());
  EXPECT_EQ(nonzero(own(test_name()).values), expected("client", kExpand,
                                                       {.started = 1,
                                                        .received = count(),
                                                        .sent = 1,
                                                        .handled = {{"OK", 1}},
                                                        .handling = 1,
                                                        .receive_times = count(),
                                                        .send_times = 1}));
}

INSTANTIATE_TEST_SUITE_P(Each, ClientStreams,
                         Combine(::testing::ValuesIn(kTyped), Values(0, 1, 10, 100)),
                         api_and_count<ClientApi>);

class ClientUnary : public TestWithParam<ClientApi> {
 protected:
  TestServer server_{ServerApi::sync};
  std::unique_ptr<EchoClient> client_ = counted_client(GetParam(), server_);
};

TEST_P(ClientUnary, FailureIsCountedUnderItsCodeWithoutAReply) {
  EXPECT_FALSE(client_->unary(note("ping", 0, grpc::StatusCode::INVALID_ARGUMENT)).status.ok());
  EXPECT_EQ(
      nonzero(own(test_name()).values),
      expected("client", kUnary,
               {.started = 1, .sent = 1, .handled = {{"InvalidArgument", 1}}, .handling = 1}));
}

INSTANTIATE_TEST_SUITE_P(Each, ClientUnary, ::testing::ValuesIn(kAll), api_name<ClientApi>);

class ClientStream : public ClientUnary {};

TEST_P(ClientStream, FailureIsCountedUnderItsCode) {
  EXPECT_FALSE(client_->collect(notes(2, grpc::StatusCode::NOT_FOUND)).status.ok());
  EXPECT_FALSE(client_->expand(note("ping", 2, grpc::StatusCode::OUT_OF_RANGE)).status.ok());
  EXPECT_FALSE(client_->chat(notes(2, grpc::StatusCode::ABORTED)).status.ok());
  EXPECT_EQ(outcomes("client", nonzero(own(test_name()).values)),
            together({expected("client", kCollect, {.started = 1, .handled = {{"NotFound", 1}}}),
                      expected("client", kExpand, {.started = 1, .handled = {{"OutOfRange", 1}}}),
                      expected("client", kChat, {.started = 1, .handled = {{"Aborted", 1}}})}));
}

INSTANTIATE_TEST_SUITE_P(Each, ClientStream, ::testing::ValuesIn(kTyped), api_name<ClientApi>);

TEST(ClientOfMethodsNamedAtRunTime, CountsEachByItsNameThoughTheNamesShareTheirMemory) {
  TestServer server(ServerApi::generic_callback);
  const auto channel =
      create_channel(server.target(), grpc::InsecureChannelCredentials(), client_options());
  std::string path = "/shmx.test.Echo/First";
  const std::string other = "/shmx.test.Echo/Other";
  ASSERT_TRUE(call_path(channel, path).ok());
  path.replace(0, path.size(), other);
  ASSERT_TRUE(call_path(channel, path).ok());

  const Calls calls{.started = 1, .received = 1, .sent = 1, .handled = {{"OK", 1}}};
  EXPECT_EQ(nonzero(own(test_name()).values),
            together({expected("client", {"unary", "First"}, calls),
                      expected("client", {"unary", "Other"}, calls)}));
}

TEST(ClientInOneProcessWithItsServer, CountsThroughAnInProcessChannel) {
  TestServer server(ServerApi::sync, timed_server_options());
  ClientInterceptorFactories factories;
  factories.push_back(client_interceptor_factory(timed_client_options()));
  const auto client = make_sync_client(server.channel(std::move(factories)));
  ASSERT_TRUE(client->unary(note("ping")).status.ok());
  server.stop();

  const Calls calls{.started = 1, .received = 1, .sent = 1, .handled = {{"OK", 1}}, .handling = 1};
  EXPECT_EQ(nonzero(own(test_name()).values),
            together({expected("server", kUnary, calls), expected("client", kUnary, calls)}));
}

}  // namespace
}  // namespace shmx::test
