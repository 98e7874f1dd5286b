// Methods that the server does not implement: a peer that makes up names makes no series.
#include <gtest/gtest.h>

#include "shm/registry.h"
#include "tests/shim/echo_clients.h"
#include "tests/shim/expectations.h"
#include "tests/shim/test_server.h"

namespace shmx::test {
namespace {

using ::testing::TestWithParam;
using ::testing::Values;

/// In no path of a real service.
constexpr std::string_view kChosen = "ChosenByThePeer";

bool is_named_by_the_peer(const std::pair<const std::string, double>& sample) {
  return sample.first.find(kChosen) != std::string::npos;
}

/// Whether calls of made-up methods were each counted once, all under one name, and with this code.
void expect_counted_as_unknown(double calls, const std::string& code) {
  const Samples values = nonzero(own(test_name()).values);
  const Samples started = beginning("grpc_server_started_total", values);
  ASSERT_EQ(started.size(), 1U);
  EXPECT_EQ(started.begin()->second, calls);
  EXPECT_NE(started.begin()->first.find(R"(grpc_method="unknown",grpc_service="unknown")"),
            std::string::npos)
      << started.begin()->first;
  const Samples handled = beginning("grpc_server_handled_total", values);
  ASSERT_EQ(handled.size(), 1U);
  EXPECT_EQ(handled.begin()->second, calls);
  EXPECT_NE(handled.begin()->first.find(R"(grpc_code=")" + code +
                                        R"(",grpc_method="unknown",grpc_service="unknown")"),
            std::string::npos)
      << handled.begin()->first;
  const Samples everything = read_everything(segment_path());
  EXPECT_EQ(std::count_if(everything.begin(), everything.end(), is_named_by_the_peer), 0);
}

/// Three made-up paths; the last status.
grpc::Status call_made_up_methods(const std::shared_ptr<grpc::Channel>& channel) {
  const std::string chosen(kChosen);
  call_path(channel, "/shmx.test.Echo/" + chosen);
  call_path(channel, "/" + chosen + "/Unary");
  return call_path(channel, "/a.b.C/d/" + chosen);
}

class UnknownMethods : public TestWithParam<ServerApi> {};

TEST_P(UnknownMethods, AreCountedOnceUnderOneName) {
  TestServer server(GetParam(), timed_server_options());
  EXPECT_EQ(call_made_up_methods(server.channel()).error_code(), grpc::StatusCode::UNIMPLEMENTED);
  server.stop();

  expect_counted_as_unknown(3, "Unimplemented");
}

TEST_P(UnknownMethods, AreCountedOnceBesideTheDefaultHealthService) {
  TestServer server(
      ServerSetup{.api = GetParam(), .metrics = {timed_server_options()}, .health_check = true});
  EXPECT_EQ(call_made_up_methods(server.channel()).error_code(), grpc::StatusCode::UNIMPLEMENTED);
  server.stop();

  expect_counted_as_unknown(3, "Unimplemented");
}

INSTANTIATE_TEST_SUITE_P(Each, UnknownMethods,
                         Values(ServerApi::sync, ServerApi::callback, ServerApi::async),
                         api_name<ServerApi>);

class GenericServers : public TestWithParam<ServerApi> {};

TEST_P(GenericServers, CountWhatTheyAnswerUnderOneName) {
  TestServer server(GetParam(), timed_server_options());
  EXPECT_TRUE(call_made_up_methods(server.channel()).ok());
  server.stop();

  expect_counted_as_unknown(3, "OK");
}

TEST_P(GenericServers, CountTheMethodsThatTheyAreSaidToImplementByName) {
  ServerOptions options = server_options();
  options.known_methods = {"/shmx.test.Echo/Chat"};
  TestServer server(GetParam(), options);
  const auto client = make_sync_client(server.channel());
  EXPECT_TRUE(client->chat(notes(2)).status.ok());
  EXPECT_TRUE(client->unary(note("ping")).status.ok());
  server.stop();

  const Samples values = nonzero(own(test_name()).values);
  const Method unknown{"bidi_stream", "unknown", "unknown"};
  EXPECT_EQ(values,
            together({expected("server", kChat,
                               {.started = 1, .received = 2, .sent = 2, .handled = {{"OK", 1}}}),
                      expected("server", unknown,
                               {.started = 1, .received = 1, .sent = 1, .handled = {{"OK", 1}}})}));
}

TEST_P(GenericServers, CountACallThatIsCancelledOnce) {
  TestServer server(GetParam(), server_options());
  server.entry().close();
  const auto client = make_sync_client(server.channel());
  EXPECT_FALSE(client
                   ->chat(notes(1),
                          [](grpc::ClientContext& context) {
                            context.set_deadline(std::chrono::system_clock::now() +
                                                 std::chrono::seconds(1));
                          })
                   .status.ok());
  EXPECT_TRUE(server.entry().await_arrivals(1));
  EXPECT_TRUE(server.await_closed(1));
  server.stop();

  const Method unknown{"bidi_stream", "unknown", "unknown"};
  EXPECT_EQ(outcomes("server", nonzero(own(test_name()).values)),
            expected("server", unknown, {.started = 1, .handled = {{"Canceled", 1}}}));
}

INSTANTIATE_TEST_SUITE_P(Each, GenericServers,
                         Values(ServerApi::generic_async, ServerApi::generic_callback),
                         api_name<ServerApi>);

}  // namespace
}  // namespace shmx::test
