// Options that add families, choose methods, or show series early.
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <future>

#include "shim/client_interceptor.h"
#include "tests/shim/echo_clients.h"
#include "tests/shim/expectations.h"
#include "tests/shim/test_server.h"

namespace shmx::test {
namespace {

using ::testing::TestWithParam;
using ::testing::Values;

std::unique_ptr<EchoClient> counted_client(const TestServer& server, const ClientOptions& options) {
  return make_sync_client(
      create_channel(server.target(), grpc::InsecureChannelCredentials(), options));
}

constexpr int kMethods = 4;
constexpr int kCodes = 17;

TEST(ZeroInitialisation, ShowsEveryMethodOfAServerWithZeroBeforeTheFirstCall) {
  for (const ServerApi api : {ServerApi::sync, ServerApi::callback, ServerApi::async}) {
    const std::string suffix = std::string(to_string(api));
    ServerOptions options = server_options(suffix);
    options.zero_initialize = true;
    const TestServer server(api, options);

    const Samples values = own(test_name(suffix)).values;
    EXPECT_EQ(nonzero(values), Samples());
    EXPECT_EQ(values.size(), kMethods * (3U + kCodes)) << suffix;
    for (const Method& method : {kUnary, kCollect, kExpand, kChat}) {
      EXPECT_TRUE(values.contains(notation("grpc_server_started_total", method.labels())));
      EXPECT_TRUE(values.contains(notation("grpc_server_msg_received_total", method.labels())));
      EXPECT_TRUE(values.contains(notation("grpc_server_msg_sent_total", method.labels())));
      EXPECT_TRUE(values.contains(
          notation("grpc_server_handled_total", method.labels({{"grpc_code", "Unavailable"}}))));
    }
  }
}

TEST(ZeroInitialisation, ShowsOnlyTheChosenCodes) {
  ServerOptions options = server_options();
  options.zero_initialize = true;
  options.zero_initialize_codes = {grpc::StatusCode::OK, grpc::StatusCode::INTERNAL};
  const TestServer server(ServerApi::sync, options);

  const Samples handled = beginning("grpc_server_handled_total", own(test_name()).values);
  EXPECT_EQ(handled.size(), kMethods * 2U);
  EXPECT_TRUE(handled.contains(
      notation("grpc_server_handled_total", kChat.labels({{"grpc_code", "Internal"}}))));
}

TEST(ZeroInitialisation, ShowsEveryMethodOfAClientsServicesWithZeroBeforeTheFirstCall) {
  ClientOptions options = client_options();
  options.zero_initialize = true;
  options.services = {"shmx.test.Echo"};
  const auto channel = create_channel("unix:" + segment_directory() + "/nobody.sock",
                                      grpc::InsecureChannelCredentials(), options);

  const Samples values = own(test_name()).values;
  EXPECT_EQ(nonzero(values), Samples());
  EXPECT_EQ(values.size(), kMethods * (3U + kCodes));
  EXPECT_TRUE(values.contains(notation("grpc_client_started_total", kExpand.labels())));
}

TEST(MethodFilter, LeavesOutWhatItRefuses) {
  const auto filter = [](std::string_view method) { return method != "/shmx.test.Echo/Unary"; };
  ServerOptions server_side = server_options();
  server_side.method_filter = filter;
  ClientOptions client_side = client_options();
  client_side.method_filter = filter;
  TestServer server(ServerApi::sync, server_side);
  const auto client = counted_client(server, client_side);
  ASSERT_TRUE(client->unary(note("ping")).status.ok());
  ASSERT_TRUE(client->expand(note("ping", 2)).status.ok());
  server.stop();

  EXPECT_EQ(nonzero(own(test_name()).values),
            together({expected("server", kExpand,
                               {.started = 1, .received = 1, .sent = 2, .handled = {{"OK", 1}}}),
                      expected("client", kExpand,
                               {.started = 1, .received = 2, .sent = 1, .handled = {{"OK", 1}}})}));
}

class InFlightGauges : public TestWithParam<ServerApi> {};

TEST_P(InFlightGauges, ShowTheCallsUnderWayAndReturnToZero) {
  ServerOptions server_side = server_options();
  server_side.in_flight = true;
  ClientOptions client_side = client_options();
  client_side.in_flight = true;
  TestServer server(GetParam(), server_side);
  const auto client = counted_client(server, client_side);
  const std::string server_gauge = notation("grpc_server_in_flight", kUnary.labels());
  const std::string client_gauge = notation("grpc_client_in_flight", kUnary.labels());

  server.entry().close();
  const auto call = [&] { return client->unary(note("ping")).status.ok(); };
  auto first = std::async(std::launch::async, call);
  auto second = std::async(std::launch::async, call);
  EXPECT_TRUE(server.entry().await_arrivals(2));
  EXPECT_EQ(own(test_name()).values.at(server_gauge), 2);
  EXPECT_EQ(own(test_name()).values.at(client_gauge), 2);

  server.entry().open();
  EXPECT_TRUE(first.get());
  EXPECT_TRUE(second.get());
  server.stop();
  const Samples values = own(test_name()).values;
  EXPECT_EQ(values.at(server_gauge), 0);
  EXPECT_EQ(values.at(client_gauge), 0);
}

INSTANTIATE_TEST_SUITE_P(Each, InFlightGauges,
                         Values(ServerApi::sync, ServerApi::callback, ServerApi::async),
                         api_name<ServerApi>);

using ServerAndClient = std::tuple<ServerApi, ClientApi>;

std::string server_and_client(const ::testing::TestParamInfo<ServerAndClient>& info) {
  return "server_" + std::string(to_string(std::get<0>(info.param))) + "_client_" +
         std::string(to_string(std::get<1>(info.param)));
}

class MessageSizes : public TestWithParam<ServerAndClient> {};

TEST_P(MessageSizes, AreTheSerializedLengthsOfWhatIsSent) {
  const auto [server_api, client_api] = GetParam();
  ServerOptions server_side = server_options();
  server_side.message_bytes_histograms = true;
  ClientOptions client_side = client_options();
  client_side.message_bytes_histograms = true;
  TestServer server(server_api, server_side);
  const auto client = make_client(
      client_api, create_channel(server.target(), grpc::InsecureChannelCredentials(), client_side));
  const Note request = note(std::string(1000, 'x'));
  ASSERT_TRUE(client->unary(request).status.ok());
  ASSERT_TRUE(client->chat({request, request, request}).status.ok());
  server.stop();

  const SegmentView view = own(test_name());
  const double size = static_cast<double>(request.ByteSizeLong());
  for (const std::string family : {"grpc_server_msg_sent_bytes", "grpc_client_msg_sent_bytes"}) {
    EXPECT_EQ(view.values.at(notation(family + "_count", kUnary.labels())), 1) << family;
    EXPECT_EQ(view.sums.at(notation(family + "_sum", kUnary.labels())), size) << family;
    EXPECT_EQ(view.values.at(notation(family + "_count", kChat.labels())), 3) << family;
    EXPECT_EQ(view.sums.at(notation(family + "_sum", kChat.labels())), 3 * size) << family;
  }
}

INSTANTIATE_TEST_SUITE_P(Each, MessageSizes,
                         Values(std::tuple(ServerApi::sync, ClientApi::sync),
                                std::tuple(ServerApi::callback, ClientApi::callback),
                                std::tuple(ServerApi::async, ClientApi::async),
                                std::tuple(ServerApi::sync, ClientApi::generic_async),
                                std::tuple(ServerApi::sync, ClientApi::generic_callback)),
                         server_and_client);

TEST(CodeOnTheHandlingHistogram, SplitsItByCodeOnBothSides) {
  ServerOptions server_side = timed_server_options();
  server_side.code_on_handling_histogram = true;
  ClientOptions client_side = timed_client_options();
  client_side.code_on_handling_histogram = true;
  TestServer server(ServerApi::sync, server_side);
  const auto client = counted_client(server, client_side);
  client->unary(note("ping"));
  client->unary(note("ping"));
  client->unary(note("ping", 0, grpc::StatusCode::NOT_FOUND));
  server.stop();

  const Samples values = nonzero(own(test_name()).values);
  for (const std::string side : {"server", "client"}) {
    const std::string family = "grpc_" + side + "_handling_seconds_count";
    EXPECT_EQ(beginning(family, values),
              (Samples{{notation(family, kUnary.labels({{"grpc_code", "OK"}})), 2},
                       {notation(family, kUnary.labels({{"grpc_code", "NotFound"}})), 1}}));
  }
}

TEST(Buckets, AreTheGivenOnesOfEachHistogram) {
  ServerOptions server_side = timed_server_options();
  server_side.handling_buckets = {.1, 1};
  server_side.message_bytes_histograms = true;
  server_side.message_bytes_buckets = {64, 4096};
  ClientOptions client_side = timed_client_options();
  client_side.handling_buckets = {.2, 2};
  client_side.receive_buckets = {.3, 3};
  client_side.send_buckets = {.4, 4};
  TestServer server(ServerApi::sync, server_side);
  ASSERT_TRUE(counted_client(server, client_side)->chat(notes(1)).status.ok());
  server.stop();

  using Bounds = std::map<std::string, std::vector<double>>;
  EXPECT_EQ(own(test_name()).bounds, (Bounds{{"grpc_server_handling_seconds", {.1, 1}},
                                             {"grpc_server_msg_sent_bytes", {64, 4096}},
                                             {"grpc_client_handling_seconds", {.2, 2}},
                                             {"grpc_client_msg_recv_handling_seconds", {.3, 3}},
                                             {"grpc_client_msg_send_handling_seconds", {.4, 4}}}));
}

TEST(Buckets, AreNativeOrOfBothKindsWhereThatIsWanted) {
  ServerOptions server_side = timed_server_options();
  server_side.handling_bucket_kind = BucketKind::native;
  server_side.message_bytes_histograms = true;
  server_side.message_bytes_bucket_kind = BucketKind::both;
  server_side.message_bytes_buckets = {64, 4096};
  ClientOptions client_side = timed_client_options();
  client_side.handling_bucket_kind = BucketKind::both;
  client_side.receive_bucket_kind = BucketKind::native;
  client_side.native_seconds = {.schema = 0, .smallest = 0x1p-10, .largest = 0x1p10};
  TestServer server(ServerApi::sync, server_side);
  ASSERT_TRUE(counted_client(server, client_side)->chat(notes(3)).status.ok());
  server.stop();

  const SegmentView view = own(test_name());
  using Native = std::map<std::string, NativeBuckets>;
  EXPECT_EQ(view.native, (Native{{"grpc_server_handling_seconds", {3, -159, 240, false}},
                                 {"grpc_server_msg_sent_bytes", {3, -7, 264, false}},
                                 {"grpc_client_handling_seconds", {0, -9, 20, false}},
                                 {"grpc_client_msg_recv_handling_seconds", {0, -9, 20, false}}}));
  EXPECT_EQ(view.bounds.at("grpc_server_handling_seconds"), std::vector<double>{});
  EXPECT_EQ(view.bounds.at("grpc_server_msg_sent_bytes"), (std::vector<double>{64, 4096}));
  EXPECT_EQ(view.bounds.at("grpc_client_handling_seconds").size(), 11U);
  const auto count = [](const std::string& family) {
    return notation(family + "_count", kChat.labels());
  };
  EXPECT_EQ(view.native_counts, (Samples{{count("grpc_server_handling_seconds"), 1},
                                         {count("grpc_server_msg_sent_bytes"), 3},
                                         {count("grpc_client_handling_seconds"), 1},
                                         {count("grpc_client_msg_recv_handling_seconds"), 3}}));
  for (const auto& [name, in_native] : view.native_counts) {
    EXPECT_EQ(view.values.at(name), in_native) << name;
  }
}

}  // namespace
}  // namespace shmx::test
