// Labels that the application adds: constant ones, and ones from the request's metadata.
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include "shim/client_interceptor.h"
#include "shm/registry.h"
#include "tests/shim/echo_clients.h"
#include "tests/shim/expectations.h"
#include "tests/shim/test_server.h"

namespace shmx::test {
namespace {

using ::testing::TestWithParam;
using ::testing::Values;

Prepare with_metadata(const std::string& key, const std::string& value) {
  return [=](grpc::ClientContext& context) { context.AddMetadata(key, value); };
}

/// The started counter of unary calls with one more label.
std::string started(std::string_view side, const std::string& label, const std::string& value) {
  return notation("grpc_" + std::string(side) + "_started_total", kUnary.labels({{label, value}}));
}

TEST(ConstantLabels, AreOnEverySeriesOfBothSides) {
  const Label label{"zone", "b"};
  ServerOptions server_side = timed_server_options();
  server_side.constant_labels.push_back(label);
  ClientOptions client_side = timed_client_options();
  client_side.constant_labels.push_back(label);
  TestServer server(ServerApi::sync, server_side);
  const auto client = make_sync_client(
      create_channel(server.target(), grpc::InsecureChannelCredentials(), client_side));
  ASSERT_TRUE(client->chat(notes(2)).status.ok());
  server.stop();

  const Samples values = own(test_name()).values;
  EXPECT_EQ(families(values).size(), 12U);
  for (const auto& [name, value] : values) {
    EXPECT_NE(name.find(R"(zone="b")"), std::string::npos) << name;
  }
}

TEST(ConstantLabels, ThatWouldHideTheRpcsOwnAreLeftOut) {
  ServerOptions options = server_options();
  for (const std::string name : {"grpc_type", "grpc_code", "code", "job", "instance", "le"}) {
    options.constant_labels.push_back({name, "mine"});
  }
  TestServer server(ServerApi::sync, options);
  ASSERT_TRUE(make_sync_client(server.channel())->unary(note("ping")).status.ok());
  server.stop();

  EXPECT_EQ(
      nonzero(own(test_name()).values),
      expected("server", kUnary, {.started = 1, .received = 1, .sent = 1, .handled = {{"OK", 1}}}));
}

class MetadataLabels : public TestWithParam<ServerApi> {
 protected:
  static ServerOptions labelled(MetadataLabel label) {
    ServerOptions options = server_options();
    options.metadata_labels = {std::move(label)};
    return options;
  }
};

TEST_P(MetadataLabels, AreTheAllowedKeysValuesAndEmptyWhereTheKeyIsAbsent) {
  TestServer server(GetParam(), labelled({.key = "x-team", .label = "team"}));
  const auto client = make_sync_client(server.channel());
  ASSERT_TRUE(client->unary(note("ping"), with_metadata("x-team", "red")).status.ok());
  ASSERT_TRUE(client->unary(note("ping"), with_metadata("x-team", "red")).status.ok());
  ASSERT_TRUE(client->unary(note("ping"), with_metadata("x-other", "blue")).status.ok());
  server.stop();

  const Samples values = nonzero(own(test_name()).values);
  EXPECT_EQ(beginning("grpc_server_started_total", values),
            (Samples{{started("server", "team", "red"), 2}, {started("server", "team", ""), 1}}));
  EXPECT_EQ(values.at(notation("grpc_server_handled_total",
                               kUnary.labels({{"team", "red"}, {"grpc_code", "OK"}}))),
            2);
  EXPECT_EQ(values.at(notation("grpc_server_msg_sent_total", kUnary.labels({{"team", "red"}}))), 2);
}

TEST_P(MetadataLabels, HaveANameMadeOfTheKeyUnlessGivenOne) {
  TestServer server(GetParam(), labelled({.key = "x-team"}));
  const auto client = make_sync_client(server.channel());
  ASSERT_TRUE(client->unary(note("ping"), with_metadata("x-team", "red")).status.ok());
  server.stop();

  EXPECT_EQ(own(test_name()).values.at(started("server", "x_team", "red")), 1);
}

TEST_P(MetadataLabels, LongerThanTheLimitCountAsOverflow) {
  TestServer server(GetParam(), labelled({.key = "x-team", .label = "team", .max_value_bytes = 8}));
  const auto client = make_sync_client(server.channel());
  ASSERT_TRUE(client->unary(note("ping"), with_metadata("x-team", "12345678")).status.ok());
  ASSERT_TRUE(client->unary(note("ping"), with_metadata("x-team", "123456789")).status.ok());
  server.stop();

  EXPECT_EQ(beginning("grpc_server_started_total", nonzero(own(test_name()).values)),
            (Samples{{started("server", "team", "12345678"), 1},
                     {started("server", "team", "overflow"), 1}}));
}

INSTANTIATE_TEST_SUITE_P(Each, MetadataLabels,
                         Values(ServerApi::sync, ServerApi::callback, ServerApi::async),
                         api_name<ServerApi>);

TEST(MetadataLabelsOfAStranger, AreBoundedWithTheExcessInOverflow) {
  constexpr int kCalls = 10'000;
  constexpr int kLimit = 50;
  ServerOptions options = timed_server_options();
  options.metadata_labels = {{.key = "x-team", .label = "team", .max_values = kLimit}};
  TestServer server(ServerApi::callback, options);
  const auto client = make_sync_client(server.channel());
  for (int i = 0; i < kCalls; ++i) {
    ASSERT_TRUE(
        client->unary(note("ping"), with_metadata("x-team", std::to_string(i))).status.ok());
  }
  server.stop();

  const Samples values = beginning("grpc_server_started_total", nonzero(own(test_name()).values));
  EXPECT_EQ(values.size(), kLimit + 1U);
  EXPECT_EQ(values.at(started("server", "team", "0")), 1);
  EXPECT_EQ(values.at(started("server", "team", std::to_string(kLimit - 1))), 1);
  EXPECT_EQ(values.at(started("server", "team", "overflow")), kCalls - kLimit);
  EXPECT_GT(losses().at(static_cast<std::size_t>(layout::Loss::label_values_overflowed)), 0U);
}

TEST(MetadataLabelsOfAClient, AreWhatTheCallSends) {
  TestServer server(ServerApi::sync);
  ClientOptions options = client_options();
  options.metadata_labels = {{.key = "x-team", .label = "team"}};
  const auto client = make_sync_client(
      create_channel(server.target(), grpc::InsecureChannelCredentials(), options));
  ASSERT_TRUE(client->unary(note("ping"), with_metadata("x-team", "red")).status.ok());
  ASSERT_TRUE(client->unary(note("ping")).status.ok());

  EXPECT_EQ(beginning("grpc_client_started_total", nonzero(own(test_name()).values)),
            (Samples{{started("client", "team", "red"), 1}, {started("client", "team", ""), 1}}));
}

}  // namespace
}  // namespace shmx::test
