// Interceptors with different options in one process, in one server and one channel, and alone.
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include "shim/client_interceptor.h"
#include "tests/shim/echo_clients.h"
#include "tests/shim/expectations.h"
#include "tests/shim/test_server.h"

namespace shmx::test {
namespace {

constexpr double kCalls = 3;

void make_calls(const std::shared_ptr<grpc::Channel>& channel) {
  const auto client = make_sync_client(channel);
  for (int i = 0; i < kCalls; ++i) {
    ASSERT_TRUE(client->unary(note("ping")).status.ok());
  }
}

Samples go_calls(std::string_view side) {
  return expected(side, kUnary,
                  {.started = kCalls,
                   .received = kCalls,
                   .sent = kCalls,
                   .handled = {{"OK", kCalls}},
                   .handling = kCalls});
}

Samples python_calls(std::string_view side) {
  return expected(side, kPythonUnary, {.started = kCalls, .handled = {{"OK", kCalls}}});
}

ServerOptions python_server_options(std::string_view suffix) {
  ServerOptions options = server_options(suffix);
  options.mode = Mode::python;
  return options;
}

ClientOptions python_client_options(std::string_view suffix) {
  ClientOptions options = client_options(suffix);
  options.mode = Mode::python;
  return options;
}

TEST(TwoServersInOneProcess, CountByTheirOwnOptions) {
  TestServer go(ServerApi::sync, timed_server_options("go"));
  TestServer python(ServerApi::callback, python_server_options("python"));
  make_calls(go.channel());
  make_calls(python.channel());
  go.stop();
  python.stop();

  EXPECT_EQ(nonzero(own(test_name("go")).values), go_calls("server"));
  EXPECT_EQ(nonzero(own(test_name("python")).values), python_calls("server"));
}

TEST(TwoInterceptorsInOneServer, CountByTheirOwnOptions) {
  for (const ServerApi api : {ServerApi::sync, ServerApi::callback, ServerApi::async}) {
    const std::string name(to_string(api));
    TestServer server(ServerSetup{
        .api = api,
        .metrics = {timed_server_options("go_" + name), python_server_options("python_" + name)}});
    make_calls(server.channel());
    server.stop();

    EXPECT_EQ(nonzero(own(test_name("go_" + name)).values), go_calls("server"));
    EXPECT_EQ(nonzero(own(test_name("python_" + name)).values), python_calls("server"));
  }
}

TEST(TwoChannelsInOneProcess, CountByTheirOwnOptions) {
  TestServer server(ServerApi::sync);
  make_calls(create_channel(server.target(), grpc::InsecureChannelCredentials(),
                            timed_client_options("go")));
  make_calls(create_channel(server.target(), grpc::InsecureChannelCredentials(),
                            python_client_options("python")));

  EXPECT_EQ(nonzero(own(test_name("go")).values), go_calls("client"));
  EXPECT_EQ(nonzero(own(test_name("python")).values), python_calls("client"));
}

TEST(TwoInterceptorsInOneChannel, CountByTheirOwnOptions) {
  TestServer server(ServerApi::sync);
  ClientInterceptorFactories others;
  others.push_back(client_interceptor_factory(python_client_options("python")));
  make_calls(create_channel(server.target(), grpc::InsecureChannelCredentials(),
                            timed_client_options("go"), {}, std::move(others)));

  EXPECT_EQ(nonzero(own(test_name("go")).values), go_calls("client"));
  EXPECT_EQ(nonzero(own(test_name("python")).values), python_calls("client"));
}

TEST(ServerMetrics, NeedNoOtherInterceptor) {
  for (const ServerApi api : {ServerApi::sync, ServerApi::callback, ServerApi::async}) {
    const std::string name(to_string(api));
    TestServer server(
        ServerSetup{.api = api, .metrics = {timed_server_options(name)}, .beside_another = false});
    make_calls(server.channel());
    server.stop();

    EXPECT_EQ(nonzero(own(test_name(name)).values), go_calls("server")) << name;
  }
}

/// The application's own: changes nothing, counts the calls it sees.
class Passing final : public grpc::experimental::Interceptor {
 public:
  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    methods->Proceed();
  }
};

class PassingFactory final : public grpc::experimental::ClientInterceptorFactoryInterface {
 public:
  explicit PassingFactory(int* calls) : calls_(calls) {}
  grpc::experimental::Interceptor* CreateClientInterceptor(
      grpc::experimental::ClientRpcInfo* /*info*/) override {
    ++*calls_;
    return new Passing;
  }

 private:
  int* calls_;
};

TEST(ClientMetrics, WorkBesideTheApplicationsOwnInterceptor) {
  TestServer server(ServerApi::sync);
  int calls = 0;
  ClientInterceptorFactories others;
  others.push_back(std::make_unique<PassingFactory>(&calls));
  make_calls(create_channel(server.target(), grpc::InsecureChannelCredentials(),
                            timed_client_options(), {}, std::move(others)));

  EXPECT_EQ(calls, kCalls);
  EXPECT_EQ(nonzero(own(test_name()).values), go_calls("client"));
}

}  // namespace
}  // namespace shmx::test
