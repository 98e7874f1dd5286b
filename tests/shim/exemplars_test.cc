// The exemplars of RPCs: the span that a real client names in the request's metadata, if its trace
// is sampled and the option is on.
#include <gmock/gmock.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <array>

#include "tests/shim/echo_clients.h"
#include "tests/shim/expectations.h"
#include "tests/shim/test_server.h"

namespace shmx::test {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::TestWithParam;
using ::testing::Values;

using Metadata = std::vector<std::pair<std::string, std::string>>;

constexpr SpanContext kSpan{{0x0a, 0xf7, 0x65, 0x19, 0x16, 0xcd, 0x43, 0xdd, 0x84, 0x48, 0xeb, 0x21,
                             0x1c, 0x80, 0x31, 0x9c},
                            {0xb7, 0xad, 0x6b, 0x71, 0x69, 0x20, 0x33, 0x31}};
const std::string kIds = "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331";
const std::string kTraceparent = "00-" + kIds + "-01";

Prepare with(const Metadata& metadata) {
  return [=](grpc::ClientContext& context) {
    for (const auto& [key, value] : metadata) {
      context.AddMetadata(key, value);
    }
  };
}

/// kSpan, sampled.
std::string trace_bin() {
  return std::string("\0\0", 2)
      .append(kSpan.trace_id.begin(), kSpan.trace_id.end())
      .append("\1")
      .append(kSpan.span_id.begin(), kSpan.span_id.end())
      .append("\2\1");
}

ServerOptions with_exemplars() {
  ServerOptions options = timed_server_options();
  options.exemplars = true;
  return options;
}

/// All exemplars of the running test's series of a family.
std::vector<ExemplarReading> exemplars_of(const std::string& family) {
  std::vector<ExemplarReading> found;
  for (const auto& [name, exemplars] : own(test_name()).exemplars) {
    if (name.starts_with(family + "{")) {
      found.insert(found.end(), exemplars.begin(), exemplars.end());
    }
  }
  return found;
}

class RpcExemplars : public TestWithParam<ServerApi> {};

TEST_P(RpcExemplars, AreTheSpansOfTheRequestsInTheHandledCountAndTheHandlingTime) {
  TestServer server(GetParam(), with_exemplars());
  const auto client = make_sync_client(server.channel());
  ASSERT_TRUE(client->unary(note("ping"), with({{"traceparent", kTraceparent}})).status.ok());
  ASSERT_TRUE(client->unary(note("ping")).status.ok());
  server.stop();

  const auto handled = exemplars_of("grpc_server_handled_total");
  ASSERT_THAT(handled, SizeIs(1));
  EXPECT_EQ(handled[0].span, kSpan);
  EXPECT_EQ(handled[0].ticks, 1);
  const auto handling = exemplars_of("grpc_server_handling_seconds");
  ASSERT_THAT(handling, SizeIs(1));
  EXPECT_EQ(handling[0].span, kSpan);
  EXPECT_GT(handling[0].ticks, 0);
  const SegmentView view = own(test_name());
  EXPECT_EQ(view.exemplars.size(), 2U) << "no other series has any";
  EXPECT_EQ(outcomes("server", nonzero(view.values)),
            outcomes("server", expected("server", kUnary,
                                        {.started = 2, .handled = {{"OK", 2}}, .handling = 2})));
}

TEST_P(RpcExemplars, AreKeptOfStreamsAndOfFailuresToo) {
  TestServer server(GetParam(), with_exemplars());
  const auto client = make_sync_client(server.channel());
  ASSERT_TRUE(client->chat(notes(3), with({{"traceparent", kTraceparent}})).status.ok());
  ASSERT_EQ(
      client->unary(note("", 0, 9), with({{"traceparent", kTraceparent}})).status.error_code(), 9);
  server.stop();

  EXPECT_THAT(exemplars_of("grpc_server_handled_total"), SizeIs(2));
}

INSTANTIATE_TEST_SUITE_P(Each, RpcExemplars,
                         Values(ServerApi::sync, ServerApi::callback, ServerApi::async),
                         api_name<ServerApi>);

struct MetadataCase {
  const char* name;
  Metadata metadata;
  bool kept = false;
};
void PrintTo(const MetadataCase& row, std::ostream* out) {
  *out << row.name;
}

std::vector<MetadataCase> metadata_cases() {
  return {
      {"sampled", {{"traceparent", kTraceparent}}, true},
      {"beside_others", {{"tracestate", "a=b"}, {"traceparent", kTraceparent}, {"x", "y"}}, true},
      {"unsampled", {{"traceparent", "00-" + kIds + "-00"}}},
      {"malformed", {{"traceparent", "00-" + kIds}}},
      {"empty", {{"traceparent", ""}}},
      {"twice", {{"traceparent", kTraceparent}, {"traceparent", kTraceparent}}},
      {"of_another_name", {{"x-traceparent", kTraceparent}}},
  };
}

class RpcExemplarMetadata : public TestWithParam<MetadataCase> {};

TEST_P(RpcExemplarMetadata, IsTakenIfItNamesASampledSpan) {
  TestServer server(ServerApi::sync, with_exemplars());
  const auto client = make_sync_client(server.channel());
  ASSERT_TRUE(client->unary(note("ping"), with(GetParam().metadata)).status.ok());
  server.stop();

  EXPECT_THAT(exemplars_of("grpc_server_handled_total"), SizeIs(GetParam().kept ? 1 : 0));
  EXPECT_THAT(exemplars_of("grpc_server_handling_seconds"), SizeIs(GetParam().kept ? 1 : 0));
}

INSTANTIATE_TEST_SUITE_P(Each, RpcExemplarMetadata, testing::ValuesIn(metadata_cases()),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(RpcExemplarsOff, AreTheDefault) {
  TestServer server(ServerApi::sync, timed_server_options());
  ASSERT_TRUE(make_sync_client(server.channel())
                  ->unary(note("ping"), with({{"traceparent", kTraceparent}}))
                  .status.ok());
  server.stop();

  EXPECT_THAT(own(test_name()).exemplars, IsEmpty());
}

TEST(RpcExemplarsWithLabels, BothComeFromTheMetadata) {
  ServerOptions options = with_exemplars();
  options.metadata_labels = {{.key = "x-team", .label = "team"}};
  TestServer server(ServerApi::sync, options);
  const auto client = make_sync_client(server.channel());
  ASSERT_TRUE(client->unary(note("ping"), with({{"traceparent", kTraceparent}, {"x-team", "red"}}))
                  .status.ok());
  ASSERT_TRUE(client->unary(note("ping"), with({{"x-team", "blue"}})).status.ok());
  server.stop();

  const SegmentView view = own(test_name());
  EXPECT_EQ(view.exemplars.count(
                notation("grpc_server_handling_seconds", kUnary.labels({{"team", "red"}}))),
            1U);
  EXPECT_EQ(view.exemplars.size(), 2U);
}

TEST(RpcExemplarsOfAClient, AreTheSpansThatItsApplicationNames) {
  TestServer server(ServerApi::sync);
  ClientOptions options = timed_client_options();
  options.exemplars = true;
  const auto client = make_sync_client(
      create_channel(server.target(), grpc::InsecureChannelCredentials(), options));
  ASSERT_TRUE(client->chat(notes(2), with({{"traceparent", kTraceparent}})).status.ok());
  ASSERT_TRUE(client->unary(note("ping")).status.ok());
  ASSERT_TRUE(client->collect(notes(2), with({{"grpc-trace-bin", trace_bin()}})).status.ok());

  const auto handled = exemplars_of("grpc_client_handled_total");
  ASSERT_THAT(handled, SizeIs(2));
  EXPECT_EQ(handled[0].span, kSpan);
  EXPECT_EQ(handled[1].span, kSpan);
  EXPECT_THAT(exemplars_of("grpc_client_handling_seconds"), SizeIs(2));
}

// It is one of the keys that gRPC takes for its own and shows to no application: should it ever do
// so, this fails, and the note in ServerOptions is wrong.
TEST(RpcExemplarsOfAServer, DoNotComeFromGrpcTraceBinWhichGrpcKeepsToItself) {
  TestServer server(ServerApi::sync, with_exemplars());
  const auto client = make_sync_client(server.channel());
  ASSERT_TRUE(client->chat(notes(2), with({{"grpc-trace-bin", trace_bin()}})).status.ok());
  ASSERT_TRUE(client
                  ->unary(note("ping"),
                          with({{"grpc-trace-bin", trace_bin()}, {"traceparent", kTraceparent}}))
                  .status.ok());
  server.stop();

  EXPECT_THAT(exemplars_of("grpc_server_handled_total"), SizeIs(1)) << "of the unary call alone";
}

}  // namespace
}  // namespace shmx::test
