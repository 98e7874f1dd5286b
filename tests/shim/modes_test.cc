// The compatibility modes: names, label values and default buckets of the libraries that dashboards
// were made for. Mode go is what all other tests run in.
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include "shim/client_interceptor.h"
#include "tests/shim/echo_clients.h"
#include "tests/shim/expectations.h"
#include "tests/shim/test_server.h"

namespace shmx::test {
namespace {

constexpr int kMessages = 3;

/// One call of each type, and a unary one that is cancelled as far as its code says; with every
/// histogram wanted on both sides.
SegmentView calls_of_each_type(Mode mode) {
  ServerOptions server_side = timed_server_options();
  server_side.mode = mode;
  ClientOptions client_side = timed_client_options();
  client_side.mode = mode;
  TestServer server(ServerApi::sync, server_side);
  {
    const auto client = make_sync_client(
        create_channel(server.target(), grpc::InsecureChannelCredentials(), client_side));
    EXPECT_TRUE(client->unary(note("ping")).status.ok());
    EXPECT_FALSE(client->unary(note("ping", 0, grpc::StatusCode::CANCELLED)).status.ok());
    EXPECT_TRUE(client->collect(notes(kMessages)).status.ok());
    EXPECT_TRUE(client->expand(note("ping", kMessages)).status.ok());
    EXPECT_TRUE(client->chat(notes(kMessages)).status.ok());
  }
  server.stop();
  return own(test_name());
}

/// What the calls of each type are under Python's names: `completed` and `latency` are the names of
/// the counter of ended calls and of the histogram; `codes` names the labels with the code.
Samples streaming_sides(const std::string& side, const std::string& completed,
                        const std::string& latency, const std::vector<std::string>& codes) {
  const std::string prefix = "grpc_" + side;
  Samples samples;
  const auto handled = [&](const Method& method, const std::string& code) {
    Labels labels;
    for (const std::string& label : codes) {
      labels.push_back({label, code});
    }
    samples[notation(completed, method.labels(labels))] = 1;
  };
  for (const Method& method : {kPythonUnary, kPythonCollect, kPythonExpand, kPythonChat}) {
    const double calls = method.method == "Unary" ? 2 : 1;
    samples[notation(prefix + "_started_total", method.labels())] = calls;
    samples[notation(latency + "_count", method.labels())] = calls;
    handled(method, "OK");
  }
  handled(kPythonUnary, "CANCELLED");
  const std::string from_client = side == "server" ? "_msg_received_total" : "_msg_sent_total";
  const std::string from_server = side == "server" ? "_msg_sent_total" : "_msg_received_total";
  samples[notation(prefix + from_client, kPythonCollect.labels())] = kMessages;
  samples[notation(prefix + from_client, kPythonChat.labels())] = kMessages;
  samples[notation(prefix + from_server, kPythonExpand.labels())] = kMessages;
  samples[notation(prefix + from_server, kPythonChat.labels())] = kMessages;
  return samples;
}

Samples without_message_times(Samples samples) {
  std::erase_if(samples, [](const auto& entry) {
    return entry.first.starts_with("grpc_client_msg_recv_") ||
           entry.first.starts_with("grpc_client_msg_send_");
  });
  return samples;
}

const std::vector<double> kGoBuckets = {.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10};
const std::vector<double> kPythonBuckets = {.005, .01, .025, .05, .075, .1,  .25,
                                            .5,   .75, 1,    2.5, 5,    7.5, 10};
const std::vector<double> kJavaBuckets = {.001, .005, .01, .05, .075, .1, .25, .5, 1, 2, 5, 10};

TEST(ModeGo, HasGosNamesAndBuckets) {
  const SegmentView view = calls_of_each_type(Mode::go);
  EXPECT_EQ(view.values.at(
                notation("grpc_server_handled_total", kUnary.labels({{"grpc_code", "Canceled"}}))),
            1);
  EXPECT_EQ(view.bounds.at("grpc_server_handling_seconds"), kGoBuckets);
  EXPECT_EQ(view.bounds.at("grpc_client_handling_seconds"), kGoBuckets);
  EXPECT_EQ(view.bounds.at("grpc_client_msg_recv_handling_seconds"), kGoBuckets);
  EXPECT_EQ(view.bounds.at("grpc_client_msg_send_handling_seconds"), kGoBuckets);
}

TEST(ModePython, HasPythonsNamesMessagesOfStreamingSidesAndBuckets) {
  const SegmentView view = calls_of_each_type(Mode::python);
  EXPECT_EQ(without_message_times(view.values),
            together({streaming_sides("server", "grpc_server_handled_total",
                                      "grpc_server_handling_seconds", {"grpc_code"}),
                      streaming_sides("client", "grpc_client_handled_total",
                                      "grpc_client_handling_seconds", {"grpc_code"})}));
  EXPECT_EQ(
      view.values.at(notation("grpc_client_msg_recv_handling_seconds_count", kPythonChat.labels())),
      kMessages);
  EXPECT_EQ(
      view.values.at(notation("grpc_client_msg_send_handling_seconds_count", kPythonChat.labels())),
      kMessages);
  EXPECT_EQ(view.bounds.at("grpc_server_handling_seconds"), kPythonBuckets);
  EXPECT_EQ(view.bounds.at("grpc_client_handling_seconds"), kPythonBuckets);
}

TEST(ModePythonLegacy, HasExactlyTheLegacyFamiliesAndLabels) {
  const SegmentView view = calls_of_each_type(Mode::python_legacy);
  EXPECT_EQ(view.values,
            together({streaming_sides("server", "grpc_server_handled_total",
                                      "grpc_server_handled_latency_seconds", {"code"}),
                      streaming_sides("client", "grpc_client_completed_total",
                                      "grpc_client_completed_latency_seconds", {"code"})}));
  EXPECT_EQ(view.bounds.at("grpc_server_handled_latency_seconds"), kPythonBuckets);
  EXPECT_EQ(view.bounds.at("grpc_client_completed_latency_seconds"), kPythonBuckets);
}

TEST(ModePythonLegacy, HasItsLatencyHistogramsWithoutBeingAsked) {
  ServerOptions server_side = server_options();
  server_side.mode = Mode::python_legacy;
  ClientOptions client_side = client_options();
  client_side.mode = Mode::python_legacy;
  TestServer server(ServerApi::sync, server_side);
  const auto client = make_sync_client(
      create_channel(server.target(), grpc::InsecureChannelCredentials(), client_side));
  ASSERT_TRUE(client->unary(note("ping")).status.ok());
  server.stop();

  const SegmentView view = own(test_name());
  EXPECT_EQ(
      view.values.at(notation("grpc_server_handled_latency_seconds_count", kPythonUnary.labels())),
      1);
  EXPECT_EQ(view.values.at(
                notation("grpc_client_completed_latency_seconds_count", kPythonUnary.labels())),
            1);
}

TEST(ModeJava, HasBothCodeLabelsJavasLatencyNamesAndBuckets) {
  const SegmentView view = calls_of_each_type(Mode::java);
  EXPECT_EQ(
      without_message_times(view.values),
      together({streaming_sides("server", "grpc_server_handled_total",
                                "grpc_server_handled_latency_seconds", {"code", "grpc_code"}),
                streaming_sides("client", "grpc_client_completed_total",
                                "grpc_client_completed_latency_seconds", {"code", "grpc_code"})}));
  EXPECT_EQ(view.bounds.at("grpc_server_handled_latency_seconds"), kJavaBuckets);
  EXPECT_EQ(view.bounds.at("grpc_client_completed_latency_seconds"), kJavaBuckets);
}

TEST(EveryMode, HasNoHistogramUnlessAskedButLegacy) {
  for (const Mode mode : {Mode::go, Mode::python, Mode::java}) {
    const std::string suffix = std::to_string(static_cast<int>(mode));
    ServerOptions options = server_options(suffix);
    options.mode = mode;
    TestServer server(ServerApi::sync, options);
    ASSERT_TRUE(make_sync_client(server.channel())->chat(notes(1)).status.ok());
    server.stop();
    EXPECT_TRUE(own(test_name(suffix)).bounds.empty()) << suffix;
  }
}

}  // namespace
}  // namespace shmx::test
