// The program as its users run it: start, serve, stop.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <csignal>
#include <deque>

#include "tests/agent/main/agent_process.h"
#include "tests/agent/testing/temporary_directory.h"
#include "tests/agent/testing/writer_process.h"
#include "tests/agent/web/client.h"

namespace shmx::testing {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using web::Client;

class Program : public ::testing::Test {
 protected:
  std::vector<std::string> arguments(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all = {"--web.listen-address=127.0.0.1:0",
                                    "--segments.directory=" + directory_.path()};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  TemporaryDirectory directory_;
};

TEST_F(Program, ServesItsOwnMetricsFromAnEmptyDirectoryAndEndsOnSigterm) {
  AgentProcess agent(arguments());
  Client client(agent.listening_address());
  const auto page = client.get("/metrics");
  EXPECT_EQ(page.status(), 200);
  EXPECT_EQ(page.header("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(page.body, HasSubstr("\nshm_exporter_build_info{"));
  EXPECT_THAT(page.body, HasSubstr("\nprocess_resident_memory_bytes "));
  EXPECT_EQ(client.get("/-/ready").status(), 200);
  EXPECT_EQ(client.get("/-/healthy").status(), 200);
  EXPECT_THAT(client.get("/").body, HasSubstr("href=\"metrics\""));
  agent.signal(SIGTERM);
  EXPECT_TRUE(client.is_closed());
  EXPECT_EQ(agent.exit_code(), 0);
  EXPECT_THAT(agent.remaining_output(), EndsWith("level=info msg=Stopped\n"));
}

TEST_F(Program, EndsOnCtrlC) {
  AgentProcess agent(arguments());
  agent.listening_address();
  agent.signal(SIGINT);
  EXPECT_EQ(agent.exit_code(), 0);
}

TEST_F(Program, CountsItsRequestsByRouteAndCode) {
  AgentProcess agent(arguments());
  Client client(agent.listening_address());
  client.get("/metrics");
  client.get("/nothing");
  const auto page = client.get("/metrics").body;
  EXPECT_THAT(page, HasSubstr("{code=\"200\",handler=\"/metrics\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("{code=\"404\",handler=\"none\"} 1\n"));
}

TEST_F(Program, AnswersManyScrapesAtOnce) {
  AgentProcess agent(arguments());
  const auto address = agent.listening_address();
  std::deque<Client> clients;
  for (int i = 0; i < 20; ++i) clients.emplace_back(address).send(web::get_request("/metrics"));
  for (auto& client : clients) EXPECT_EQ(client.receive().status(), 200);
}

TEST_F(Program, ShowsAJobPerProcessWhenItsConfigurationSaysSo) {
  WriterProcess writer(directory_.path(), "shop");
  writer.run("counter orders orders_total");
  writer.run("add orders 5");
  const TemporaryDirectory files;
  files.write("agent.yml", "jobs:\n  shop: {per_process: true}\n");
  AgentProcess agent(arguments({"--config.file=" + files.file("agent.yml")}));
  Client client(agent.listening_address());
  EXPECT_THAT(client.get("/metrics").body, HasSubstr("orders_total{job=\"shop\",pid=\"" +
                                                     std::to_string(writer.pid()) + "\"} 5\n"));
}

TEST_F(Program, ServesTheMetricsOnTheirPathEvenWhenThatIsTheRoot) {
  AgentProcess elsewhere(arguments({"--web.telemetry-path=/m"}));
  Client client(elsewhere.listening_address());
  EXPECT_EQ(client.get("/m").status(), 200);
  EXPECT_EQ(client.get("/metrics").status(), 404);
  // Where the status page links to.
  EXPECT_THAT(client.get("/api/v1/status").body, HasSubstr(R"("metrics_path":"/m")"));

  AgentProcess root(arguments({"--web.telemetry-path=/"}));
  EXPECT_THAT(Client(root.listening_address()).get("/").body, HasSubstr("shm_exporter_build_info"));
}

TEST_F(Program, MakesItsDirectory) {
  const auto directory = directory_.file("segments");
  AgentProcess agent({"--web.listen-address=127.0.0.1:0", "--segments.directory=" + directory});
  agent.listening_address();
  struct stat status {};
  ASSERT_EQ(::stat(directory.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 03733U);
}

TEST_F(Program, GoesOnWhenNobodyReadsItsLogAnyMore) {
  AgentProcess agent(arguments());
  const auto address = agent.listening_address();
  agent.stop_reading();
  agent.signal(SIGTERM);  // which it logs
  EXPECT_EQ(agent.exit_code(), 0);
}

TEST_F(Program, AHangupDoesNotEndIt) {
  AgentProcess agent(arguments());
  Client client(agent.listening_address());
  agent.signal(SIGHUP);
  EXPECT_EQ(client.get("/metrics").status(), 200);
}

TEST_F(Program, WhatDiedIsLeftForTheNextOneWhenItCannotServe) {
  {
    WriterProcess writer(directory_.path(), "shop");
    writer.run("counter orders orders_total");
    writer.run("add orders 5");
  }
  AgentProcess other({"--web.listen-address=127.0.0.1:0", "--segments.directory=/dev/shm"});
  const auto taken = other.listening_address();
  AgentProcess unlucky(
      {"--web.listen-address=" + taken, "--segments.directory=" + directory_.path()});
  EXPECT_EQ(unlucky.exit_code(), 1);
  AgentProcess agent(arguments());
  EXPECT_THAT(Client(agent.listening_address()).get("/metrics").body,
              HasSubstr("orders_total{job=\"shop\"} 5\n"));
}

TEST_F(Program, LogsJsonWhenAsked) {
  AgentProcess agent(arguments({"--log.format=json"}));
  EXPECT_THAT(agent.next_line(), StartsWith("{\"ts\":\""));
}

struct Mistake {
  std::vector<std::string> arguments;
  const char* told;
};

class BadStart : public ::testing::TestWithParam<Mistake> {};

TEST_P(BadStart, EndsWith1AndSaysWhy) {
  AgentProcess agent(GetParam().arguments);
  EXPECT_THAT(agent.remaining_output(), HasSubstr(GetParam().told));
  EXPECT_EQ(agent.exit_code(), 1);
}

INSTANTIATE_TEST_SUITE_P(
    Table, BadStart,
    ::testing::Values(Mistake{{"--nonsense"}, "--nonsense"},
                      Mistake{{"--config.file=/nonexistent"}, "cannot read /nonexistent"},
                      Mistake{{"--web.listen-address=nonsense", "--segments.directory=/dev/shm"},
                              "the port is missing"},
                      Mistake{{"--web.listen-address=127.0.0.1:0", "--segments.directory=/dev/shm",
                               "--web.telemetry-path=/-/ready"},
                              "already that of another page"},
                      Mistake{{"--otlp.endpoint=ftp://collector"},
                              "--otlp.endpoint: expected http"},
                      Mistake{{"--web.listen-address=127.0.0.1:0", "--segments.directory=/dev/shm",
                               "--otlp.endpoint=https://localhost", "--otlp.certificate=/nowhere"},
                              "/nowhere"},
                      Mistake{{"--web.listen-address=127.0.0.1:0", "--segments.directory=/dev/shm",
                               "--feed.listen-address=0.0.0.0:0"},
                              "other hosts could read the metrics"}));

TEST_F(Program, AFeedThatNobodyAskedForIsNoReasonNotToStart) {
  const std::string longer_than_a_socket(100, 'x');
  TemporaryDirectory state;
  AgentProcess agent(arguments({"--state.directory=" + state.path() + "/" + longer_than_a_socket}));
  EXPECT_THAT(agent.next_line(), HasSubstr("Starting"));
  EXPECT_THAT(agent.next_line(), HasSubstr("no gRPC feed: "));
  EXPECT_EQ(Client(agent.listening_address()).get("/-/healthy").status(), 200);
}

TEST_F(Program, KnowsBetterThanAWidespreadGuideToPrometheus) {
  AgentProcess agent(arguments({"--otlp.metrics-endpoint=http://localhost/api/v1/otlp"}));
  EXPECT_THAT(agent.next_line(), HasSubstr("Starting"));
  EXPECT_THAT(agent.next_line(), HasSubstr("try http://localhost/api/v1/otlp/v1/metrics"));
}

TEST_F(Program, SaysWhereItsFeedIsUnlessThatIsOff) {
  AgentProcess feeding(arguments({"--feed.listen-address=127.0.0.1:0"}));
  feeding.listening_address();
  EXPECT_THAT(feeding.next_line(), HasSubstr("msg=Feeding address=127.0.0.1:"));
  AgentProcess silent(arguments({"--feed.listen-address=none"}));
  silent.listening_address();
  silent.signal(SIGTERM);
  EXPECT_THAT(silent.remaining_output(), Not(HasSubstr("Feeding")));
}

TEST_F(Program, AnAddressInUseIsAStartErrorThatNamesIt) {
  AgentProcess first(arguments());
  const auto address = first.listening_address();
  AgentProcess second({"--web.listen-address=" + address, "--segments.directory=/dev/shm"});
  EXPECT_THAT(second.remaining_output(), HasSubstr("cannot listen on " + address));
  EXPECT_EQ(second.exit_code(), 1);
}

}  // namespace
}  // namespace shmx::testing
