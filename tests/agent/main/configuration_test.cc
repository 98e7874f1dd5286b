// The program and its configuration: --config.check, and what an agent does not start with.
#include <gmock/gmock.h>

#include "tests/agent/main/agent_process.h"
#include "tests/agent/testing/temporary_directory.h"

namespace shmx::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class Configuration : public ::testing::Test {
 protected:
  Configuration() {
    write("a.yml", "jobs: {orders: {per_process: true}}\n");
    write("web.yml", "rate_limit: {interval: 1s, burst: 5}\n");
  }

  void write(const std::string& name, const std::string& text) const {
    directory_.write(name, text);
  }

  struct Ended {
    int code;
    std::string output;
  };

  Ended run(std::vector<std::string> arguments) const {
    arguments.push_back("--config.file=" + directory_.file("a.yml"));
    arguments.push_back("--web.config.file=" + directory_.file("web.yml"));
    AgentProcess agent(arguments);
    const std::string output = agent.remaining_output();
    return {agent.exit_code(), output};
  }

  const TemporaryDirectory directory_;
};

TEST_F(Configuration, IsCheckedWithoutAnAgent) {
  const Ended ended = run({"--config.check"});
  EXPECT_EQ(ended.code, 0);
  EXPECT_EQ(ended.output,
            "OK " + directory_.file("a.yml") + "\nOK " + directory_.file("web.yml") + "\n");
}

TEST_F(Configuration, ThatIsWrongIsToldWithLineAndColumn) {
  write("a.yml", "jobs:\n  orders: {perprocess: true}\n");
  write("web.yml", "rate_limit: {interval: 1}\n");
  const Ended ended = run({"--config.check"});
  EXPECT_EQ(ended.code, 1);
  EXPECT_EQ(ended.output, "shm_exporter: error: " + directory_.file("a.yml") +
                              ":2:12: expected per_process or process_metrics, found perprocess\n"
                              "shm_exporter: error: " +
                              directory_.file("web.yml") +
                              ":1:24: expected a duration such as 100ms or 1m30s for interval, "
                              "found 1\n");
}

TEST_F(Configuration, ThatIsWrongIsNotStartedWith) {
  write("web.yml", "rate_limit: {interval: 1}\n");
  const Ended ended = run({});
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.output, HasSubstr("shm_exporter: error: " + directory_.file("web.yml") +
                                      ":1:24: expected a duration"));
}

TEST_F(Configuration, OfTenantsWithoutReadersIsNotStartedWith) {
  write("a.yml", "tenants: {shop: }\n");
  for (const auto& arguments : {std::vector<std::string>{}, {"--config.check"}}) {
    const Ended ended = run(arguments);
    EXPECT_EQ(ended.code, 1);
    EXPECT_THAT(ended.output, AllOf(HasSubstr("shm_exporter: error: tenants are defined"),
                                    HasSubstr("or anonymous")));
  }
}

TEST_F(Configuration, NamesAKeySetThatIsNone) {
  write("jwks.json", "{}");
  write("a.yml",
        "issuers: [{issuer: i, audience: a, keys: " + directory_.file("jwks.json") + "}]\n");
  const Ended ended = run({"--config.check"});
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.output, HasSubstr("a.yml:1:42: keys " + directory_.file("jwks.json") + ": "));
}

}  // namespace
}  // namespace shmx::testing
