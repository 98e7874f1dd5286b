// Where the service's name, the directory and its certificates come from, each source before the
// next.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tests/shm/corruptions.h"
#include "tests/shm/segment_view.h"
#include "tests/shm/subject.h"
#include "tests/shm/temp_dir.h"

namespace shmx::test {
namespace {

class EnvironmentTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"option", "variable"}) {
      std::filesystem::create_directory(dir_ / name);
    }
  }

  // Runs the service with these steps and returns its report.
  Report run(std::vector<std::string> steps, const Subject::Environment& environment) {
    steps.insert(steps.begin(), subject_program("shm_test_service"));
    Subject subject(std::move(steps), environment);
    const auto reports = reports_in(subject.rest());
    errors_ = subject.error_rest();
    subject.expect_success();
    EXPECT_EQ(reports.size(), 1U);
    return reports.empty() ? Report() : reports[0];
  }
  std::string service_in(const std::string& directory) {
    return only_segment(dir_ / directory).claims.service;
  }

  TempDir dir_;
  std::string errors_;
};

TEST_F(EnvironmentTest, TheNameIsTheOptionsBeforeTheVariables) {
  run({"name:chosen", "count:1"},
      {{"SHM_EXPORTER_DIR", dir_ / "variable"}, {"OTEL_SERVICE_NAME", "from-otel"}});
  EXPECT_EQ(service_in("variable"), "chosen");
}

TEST_F(EnvironmentTest, TheNameIsTheVariablesBeforeTheExecutables) {
  run({"count:1"}, {{"SHM_EXPORTER_DIR", dir_ / "variable"}, {"OTEL_SERVICE_NAME", "from-otel"}});
  EXPECT_EQ(service_in("variable"), "from-otel");
}

TEST_F(EnvironmentTest, TheNameIsTheExecutablesWhenNothingElseIsSaid) {
  run({"count:1"}, {{"SHM_EXPORTER_DIR", dir_ / "variable"}, {"OTEL_SERVICE_NAME", ""}});
  EXPECT_EQ(service_in("variable"), "shm_test_service");
}

TEST_F(EnvironmentTest, TheFallbackIsAfterTheVariablesAndBeforeTheExecutables) {
  run({"fallback:script", "count:1"},
      {{"SHM_EXPORTER_DIR", dir_ / "variable"}, {"OTEL_SERVICE_NAME", ""}});
  EXPECT_EQ(service_in("variable"), "script");
  run({"fallback:script", "directory:" + dir_ / "option", "count:1"},
      {{"OTEL_SERVICE_NAME", "from-otel"}});
  EXPECT_EQ(service_in("option"), "from-otel");
}

TEST_F(EnvironmentTest, AnExecutableThatWasReplacedKeepsItsName) {
  const std::string copy = subject_program("shm_test_service_replaced");
  std::filesystem::copy_file(subject_program("shm_test_service"), copy,
                             std::filesystem::copy_options::overwrite_existing);
  Subject subject({copy, "wait", "count:1"},
                  {{"SHM_EXPORTER_DIR", dir_ / "variable"}, {"OTEL_SERVICE_NAME", ""}});
  subject.line();
  std::filesystem::remove(copy);
  subject.send("");
  subject.expect_success();
  EXPECT_EQ(service_in("variable"), "shm_test_service_replaced");
}

TEST_F(EnvironmentTest, ANameThatIsTooLongOrNotUtf8IsMadeToFit) {
  const std::string long_name = std::string(255, 'a') + "\xc3\xa4";
  run({"count:1"}, {{"SHM_EXPORTER_DIR", dir_ / "variable"}, {"OTEL_SERVICE_NAME", long_name}});
  EXPECT_EQ(service_in("variable"), std::string(255, 'a')) << "cut before half a character";
  run({"name:\xff", "directory:" + dir_ / "option", "count:1"}, {});
  EXPECT_EQ(service_in("option"), "unknown_service");
}

TEST_F(EnvironmentTest, TheDirectoryIsTheOptionsBeforeTheVariables) {
  run({"directory:" + dir_ / "option", "count:1"}, {{"SHM_EXPORTER_DIR", dir_ / "variable"}});
  EXPECT_EQ(only_segment(dir_ / "option").value("steps_total"), 1U);
  EXPECT_TRUE(files_in(dir_ / "variable").empty());
}

TEST_F(EnvironmentTest, TheCertificatesAreOfTheVariablesFileWhenTheOptionNamesNone) {
  const std::string file = dir_ / "chain.pem";
  std::ofstream(file) << kOrdersCertificate;
  run({"count:1"},
      {{"SHM_EXPORTER_DIR", dir_ / "variable"}, {"SHM_EXPORTER_CERTIFICATE_CHAIN_FILE", file}});
  EXPECT_EQ(only_segment(dir_ / "variable").certificates, kOrdersCertificate);
}

TEST_F(EnvironmentTest, TheVariableDoesNotSteerAProgramWithTheRightsOfAnother) {
  // A set-user-ID program must not create files where its caller says.
  ASSERT_EQ(geteuid(), 0U) << "needs root to make a set-user-ID program";
  ASSERT_EQ(chmod(dir_.path().c_str(), 0711), 0);
  ASSERT_EQ(chmod((dir_ / "variable").c_str(), 0777), 0);
  const std::string copy = subject_program("shm_test_service_setuid");
  std::filesystem::copy_file(subject_program("shm_test_service"), copy,
                             std::filesystem::copy_options::overwrite_existing);
  ASSERT_EQ(chown(copy.c_str(), 65534, 65534), 0);
  ASSERT_EQ(chmod(copy.c_str(), 04755), 0);
  Subject subject({copy, "count:1"}, {{"SHM_EXPORTER_DIR", dir_ / "variable"}});
  EXPECT_EQ(reports_in(subject.rest()).size(), 1U);
  subject.wait();  // A leak checker cannot look into such a program, and then fails at its exit.
  EXPECT_TRUE(files_in(dir_ / "variable").empty());
  std::filesystem::remove(copy);
}

TEST_F(EnvironmentTest, AMissingDirectoryIsOneLineOnStandardError) {
  const Report report = run({"count:500", "series:50", "thread:100", "count:1"},
                            {{"SHM_EXPORTER_DIR", dir_ / "missing"}});
  EXPECT_EQ(report.path, "");
  EXPECT_EQ(report.counted, 651U);
  EXPECT_EQ(report.losses[0], report.counted) << "what is dropped is counted";
  EXPECT_EQ(std::count(errors_.begin(), errors_.end(), '\n'), 1) << errors_;
  EXPECT_NE(errors_.find(dir_ / "missing"), std::string::npos) << errors_;
}

TEST_F(EnvironmentTest, AServiceThatOnlyRegistersSaysNothingAndLeavesNothing) {
  run({}, {{"SHM_EXPORTER_DIR", dir_ / "missing"}});
  EXPECT_EQ(errors_, "");
  run({}, {{"SHM_EXPORTER_DIR", dir_ / "variable"}});
  EXPECT_TRUE(files_in(dir_ / "variable").empty());
}

}  // namespace
}  // namespace shmx::test
