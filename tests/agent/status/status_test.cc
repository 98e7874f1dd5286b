// Who sees what of a status, and that it is what the pages say.
#include "agent/status/status.h"

#include <gmock/gmock.h>

#include "tests/agent/status/epochs.h"

namespace shmx::status {
namespace {

using testing::counter;
using ::testing::ElementsAre;
using testing::epoch;
using testing::family;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::named;
using ::testing::Not;
using ::testing::SizeIs;

const model::Scope kOperator{};
const model::Scope kShop{false, {"shop"}};

Process process(const std::string& tenant, const std::string& job, std::uint32_t pid) {
  Process made;
  made.tenant = tenant;
  made.job = job;
  made.pid = pid;
  made.uid = 1'000 + pid;
  made.identity_mismatch = "san_dns";
  return made;
}

Problem problem(const std::string& tenant, const std::string& file) {
  Problem made;
  made.tenant = tenant;
  made.file = file;
  made.reason = "claim";
  made.detail = "secret detail";
  made.remedy = "secret remedy";
  made.uid = 1'234;
  made.pid = 77;
  return made;
}

model::Family job_processes(const std::string& tenant, const std::string& job, double processes) {
  return family(named("shm_exporter_job_processes", tenant),
                {{{{"job", job}, {"tenant", tenant}}, model::GaugeValue{processes}}});
}

/// Of two tenants with a job each.
Sources two_tenants() {
  Sources sources;
  sources.epoch = epoch({job_processes("bank", "ledger", 7), job_processes("shop", "orders", 2)},
                        {family(named("shm_exporter_folds_total"), {{{}, counter(4'711)}}),
                         family(named("shm_exporter_certificate_expiry_timestamp_seconds"),
                                {{{{"file", "/etc/server.pem"}, {"subject", "CN=host"}},
                                  model::GaugeValue{2'000'000'000}}})});
  sources.census.processes = {process("bank", "ledger", 11), process("shop", "orders", 12)};
  sources.census.problems = {problem("bank", "/run/bank/x.shmx"),
                             problem("shop", "/run/shop/y.shmx")};
  sources.census.problems_unnamed = 3;
  sources.census.jobs = {{"bank", "ledger", "", 100}, {"shop", "orders", "", 200}};
  sources.ready = true;
  sources.problem = "a problem of the agent's own";
  sources.agent_version = "9.9.9";
  sources.pushes = {{"https://collector.example/v1/metrics", ""}};
  sources.user_name = [](std::uint32_t uid) { return uid == 1'012 ? "alice" : ""; };
  return sources;
}

TEST(Status, ShowsAnOperatorEverything) {
  const Status status = make_status(two_tenants(), kOperator, {});
  EXPECT_THAT(status.jobs, SizeIs(2));
  EXPECT_THAT(status.processes, SizeIs(2));
  EXPECT_THAT(status.problems, SizeIs(2));
  EXPECT_EQ(status.problems_total, 5U);
  ASSERT_TRUE(status.agent);
  EXPECT_EQ(status.agent->folds, 4'711);
  EXPECT_THAT(status.pushes, SizeIs(1));
  EXPECT_THAT(status.certificates, ElementsAre(Field(&Certificate::subject, "CN=host")));
  EXPECT_EQ(status.users.at(1'012), "alice");
  EXPECT_EQ(status.jobs[1].series, 200U);
}

TEST(Status, ShowsAReaderOfATenantNothingOfAnotherNorOfTheAgent) {
  const Status status = make_status(two_tenants(), kShop, {});
  EXPECT_THAT(status.jobs, ElementsAre(Field(&Job::job, "orders")));
  EXPECT_EQ(status.jobs_total, 1U);
  EXPECT_THAT(status.processes, ElementsAre(Field(&Process::job, "orders")));
  EXPECT_EQ(status.processes_total, 1U);
  EXPECT_THAT(status.problems, ElementsAre(Field(&Problem::tenant, "shop")));
  EXPECT_EQ(status.problems_total, 1U);
  EXPECT_FALSE(status.agent);
  EXPECT_THAT(status.pushes, IsEmpty());
  EXPECT_THAT(status.certificates, IsEmpty());
  const std::string json = to_json(status);
  for (const char* const secret :
       {"bank", "ledger", "4711", "9.9.9", "collector", "server.pem", "agent's own"}) {
    EXPECT_THAT(json, Not(HasSubstr(secret)));
  }
}

TEST(Status, TellsPidsUsersAndReasonsToOperatorsOnly) {
  const std::string everything = to_json(make_status(two_tenants(), kOperator, {}));
  const std::string json = to_json(make_status(two_tenants(), kShop, {}));
  for (const char* const secret :
       {"\"pid\"", "\"uid\":1", "alice", "san_dns", "claim", "secret", "/run/shop"}) {
    EXPECT_THAT(everything, HasSubstr(secret));
    EXPECT_THAT(json, Not(HasSubstr(secret)));
  }
}

TEST(Status, OfAReaderOfNothingIsEmpty) {
  const Status status = make_status(two_tenants(), {false, {}}, {});
  EXPECT_THAT(status.jobs, IsEmpty());
  EXPECT_THAT(status.processes, IsEmpty());
  EXPECT_THAT(status.problems, IsEmpty());
  EXPECT_EQ(status.problems_total, 0U);
}

TEST(Status, IsNarrowedToJobs) {
  const Status status = make_status(two_tenants(), kOperator, {"ledger", "nothing"});
  EXPECT_THAT(status.jobs, ElementsAre(Field(&Job::job, "ledger")));
  EXPECT_THAT(status.processes, ElementsAre(Field(&Process::pid, 11U)));
  EXPECT_EQ(status.problems_total, 0U) << "the files are of no known job";
  EXPECT_TRUE(status.agent);
}

TEST(Status, HasAsManyRowsAsAPersonCanLookThrough) {
  Sources sources = two_tenants();
  sources.census.processes.assign(kMaxProcesses + 10, process("shop", "orders", 1));
  sources.census.problems.assign(kMaxProblems + 10, problem("shop", "x"));
  const Status status = make_status(sources, kShop, {});
  EXPECT_THAT(status.processes, SizeIs(kMaxProcesses));
  EXPECT_EQ(status.processes_total, kMaxProcesses + 10);
  EXPECT_THAT(status.problems, SizeIs(kMaxProblems));
  EXPECT_EQ(status.problems_total, kMaxProblems + 10);
}

TEST(Status, PushesHaveTheNumbersOfTheirTenant) {
  Sources sources = two_tenants();
  sources.pushes = {{"http://all/", ""}, {"http://shop/", "shop"}};
  const Labels shop = {{"tenant", "shop"}};
  sources.epoch =
      epoch({}, {family(named("shm_exporter_otlp_pushes_total"),
                        {{{{"outcome", "accepted"}}, counter(5)},
                         {{{"outcome", "failed"}, {"tenant", "shop"}}, counter(6)}}),
                 family(named("shm_exporter_otlp_last_success_timestamp_seconds"),
                        {{{}, model::GaugeValue{1'700'000'000}}, {shop, model::GaugeValue{0}}})});
  const Status status = make_status(sources, kOperator, {});
  ASSERT_THAT(status.pushes, SizeIs(2));
  EXPECT_EQ(status.pushes[0].pushes.at("accepted"), 5);
  EXPECT_EQ(status.pushes[0].last_success_time_seconds, 1'700'000'000);
  EXPECT_EQ(status.pushes[1].pushes.at("failed"), 6);
  EXPECT_EQ(status.pushes[1].last_success_time_seconds, 0);
}

}  // namespace
}  // namespace shmx::status
