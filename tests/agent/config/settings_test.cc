// The configuration file: what it may say, and where a mistake is.
#include "agent/config/settings.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace shmx::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

TEST(Settings, NamesTheJobsWithASeriesPerProcess) {
  const auto settings = parse_settings(
      "jobs:\n"
      "  orders: {per_process: true}\n"
      "  billing:\n"
      "    per_process: false\n"
      "  search: {}\n"
      "  stock: {per_process: yes}\n",
      "a.yml");
  ASSERT_TRUE(settings.ok());
  EXPECT_THAT(settings.value().per_process_jobs, ElementsAre("orders", "stock"));
}

TEST(Settings, NamesTheJobsWhoseProcessesAreMeasured) {
  const auto settings = parse_settings(
      "jobs:\n"
      "  orders: {process_metrics: true, per_process: true}\n"
      "  billing: {process_metrics: false}\n"
      "  stock: {process_metrics: true}\n",
      "a.yml");
  ASSERT_TRUE(settings.ok());
  EXPECT_THAT(settings.value().process_metrics_jobs, ElementsAre("orders", "stock"));
  EXPECT_THAT(settings.value().per_process_jobs, ElementsAre("orders"));
}

TEST(Settings, KeepWhatTheFileSaysOfThePushWithItsPlace) {
  const auto settings = parse_settings(
      "otlp:\n"
      "  endpoint: http://a\n"
      "  headers:\n"
      "    X-Tenant: 'a b'\n"
      "    authorization: Basic abc==\n"
      "jobs: {a: {per_process: true}}\n",
      "a.yml");
  ASSERT_TRUE(settings.ok());
  EXPECT_THAT(settings.value().per_process_jobs, ElementsAre("a"));
  ASSERT_EQ(settings.value().otlp.size(), 2U);
  const OtlpValue& endpoint = settings.value().otlp.at("endpoint");
  EXPECT_EQ(endpoint.place, "a.yml:2:13");
  EXPECT_EQ(endpoint.text, "http://a");
  EXPECT_THAT(endpoint.pairs, IsEmpty());
  EXPECT_THAT(settings.value().otlp.at("headers").pairs,
              ElementsAre(Pair("X-Tenant", "a b"), Pair("authorization", "Basic abc==")));
}

TEST(Settings, AnEmptyFileSaysNothing) {
  for (const auto* text : {"", "\n", "# only a comment\n", "---\n", "{}", "jobs: {}", "otlp: {}"}) {
    const auto settings = parse_settings(text, "a.yml");
    ASSERT_TRUE(settings.ok()) << text;
    EXPECT_THAT(settings.value().per_process_jobs, IsEmpty()) << text;
    EXPECT_THAT(settings.value().otlp, IsEmpty()) << text;
  }
}

struct Mistake {
  const char* text;
  const char* told;
};

class WrongSettings : public testing::TestWithParam<Mistake> {};

TEST_P(WrongSettings, AreAnErrorWithItsPlace) {
  const auto settings = parse_settings(GetParam().text, "a.yml");
  ASSERT_FALSE(settings.ok());
  EXPECT_THAT(settings.error().message, HasSubstr(GetParam().told));
}

INSTANTIATE_TEST_SUITE_P(
    Table, WrongSettings,
    testing::Values(
        Mistake{"job: {}",
                "a.yml:1:1: expected jobs, otlp, tenants, issuers, readers, anonymous, "
                "service_identities or audit, found job"},
        Mistake{"jobs: {}\ntenant: {}", "a.yml:2:1: expected jobs, otlp,"},
        Mistake{"jobs:\n  a:\n    per_proces: true", "a.yml:3:5: expected per_process"},
        Mistake{"jobs:\n  a: {per_process: maybe}", "a.yml:2:20: expected true or false"},
        Mistake{"jobs:\n  a: {process_metrics: 1}", "a.yml:2:24: expected true or false"},
        Mistake{"jobs:\n  a: {process_metric: true}",
                "a.yml:2:7: expected per_process or process_metrics"},
        Mistake{"jobs:\n  a: {per_process: [true]}", "a.yml:2:20: expected true or false"},
        Mistake{"jobs:\n  a: true", "a.yml:2:6: expected a map of settings of job a"},
        Mistake{"jobs: [a]", "a.yml:1:7: expected a map of jobs"},
        Mistake{"- jobs", "a.yml:1:1: expected a map of settings"},
        Mistake{"jobs: {}\njobs: {}", "a.yml:2:1: expected each key once, found jobs again"},
        Mistake{"jobs:\n  a: {}\n  a: {}", "a.yml:3:3: expected each key once, found a again"},
        Mistake{"jobs:\n  [a, b]: {}", "a.yml:2:3: expected a plain key"},
        Mistake{"otlp: {names: }", "a.yml:1:8: expected one value for names"},
        Mistake{"otlp: []", "a.yml:1:7: expected a map of settings of otlp"},
        Mistake{"otlp: {endpiont: a}", "a.yml:1:8: expected disabled, exporter, endpoint,"},
        Mistake{"otlp: {endpiont: a}", " or service_name, found endpiont"},
        Mistake{"otlp: {names: otel, names: otel}",
                "a.yml:1:21: expected each key once, found names again"},
        Mistake{"otlp:\n  headers: {[a]: b}",
                "a.yml:2:13: expected one value for a name in headers"},
        Mistake{"jobs: {}\n---\njobs: {}", "a.yml:2:1: expected one document"},
        Mistake{",", "a.yml:1:1: expected one document, found another"},
        Mistake{"jobs: {}\n,", "a.yml:2:1: "}, Mistake{"jobs: {", "a.yml:1:"},
        Mistake{"jobs:\n\ta: {}", "a.yml:2:3:"}, Mistake{"jobs: *nowhere", "a.yml:1:7:"}));

TEST(Settings, WhatTheFileSaysDoesNotReachATerminalAsItIs) {
  const auto settings = parse_settings("jobs:\n  \"a\\e[2J\\n\": 1", "a.yml");
  ASSERT_FALSE(settings.ok());
  EXPECT_EQ(settings.error().message, "a.yml:2:15: expected a map of settings of job a?[2J?");
  const auto huge = parse_settings("jobs:\n  ? " + std::string(100'000, 'a') + "\n  : 1", "a.yml");
  ASSERT_FALSE(huge.ok());
  EXPECT_LT(huge.error().message.size(), 1'100U);
}

TEST(Settings, DeepNestingIsAnErrorNotACrash) {
  EXPECT_FALSE(parse_settings(std::string(100'000, '['), "a.yml").ok());
}

TEST(Settings, AreReadFromAFileThatErrorsName) {
  const auto path = std::filesystem::path(testing::TempDir()) / "settings_test.yml";
  std::ofstream(path) << "jobs:\n  a: {per_process: true}\n";
  const auto settings = load_settings(path.string());
  ASSERT_TRUE(settings.ok());
  EXPECT_THAT(settings.value().per_process_jobs, ElementsAre("a"));
  std::ofstream(path) << "jobs: 1\n";
  const auto wrong = load_settings(path.string());
  ASSERT_FALSE(wrong.ok());
  EXPECT_THAT(wrong.error().message, HasSubstr(path.string() + ":1:7: expected a map of jobs"));
  std::filesystem::remove(path);
}

TEST(Settings, AFileThatIsMissingOrNoFileIsAnErrorThatNamesIt) {
  const auto missing = load_settings("/nonexistent/a.yml");
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().message, "cannot read /nonexistent/a.yml: No such file or directory");
  const auto directory = load_settings("/");
  ASSERT_FALSE(directory.ok());
  EXPECT_EQ(directory.error().message, "cannot read /: Is a directory");
  const auto endless = load_settings("/dev/zero");
  ASSERT_FALSE(endless.ok());
  EXPECT_THAT(endless.error().message, HasSubstr("cannot read /dev/zero: larger than 1 MiB"));
}

}  // namespace
}  // namespace shmx::config
