// Which tenant a segment is of, and which jobs it may claim.
#include "agent/main/collector/tenants.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/agent/main/collector/tenanted.h"

namespace shmx::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;

TEST(TenantsOfDirectories, AreThoseOfThePolicyAndDefaultForTheOthers) {
  const Tenants tenants({{"blue", "/blue"}}, {"/one", "/two"});
  EXPECT_TRUE(tenants.defined());
  EXPECT_THAT(tenants.directories(), ElementsAre("/blue", "/one", "/two"));
  EXPECT_EQ(tenants.name_of(0), "blue");
  EXPECT_EQ(tenants.name_of(1), "default");
  EXPECT_EQ(tenants.name_of(2), "default");
  EXPECT_THAT(tenants.shares(), ElementsAre(0, 1, 1));
  EXPECT_THAT(tenants.names(), ElementsAre("blue", "default"));
}

TEST(TenantsOfDirectories, WithoutOthersThereIsNoDefault) {
  EXPECT_THAT(Tenants({{"blue", "/blue"}}, {}).names(), ElementsAre("blue"));
}

TEST(TenantsOfDirectories, APolicyOfDefaultIsThatOfTheOthers) {
  identity::Tenant policy{std::string(identity::kDefaultTenant), "/one"};
  policy.jobs = {"shop"};
  const Tenants tenants({policy}, {"/one", "/two"});
  EXPECT_THAT(tenants.directories(), ElementsAre("/one", "/two"));
  EXPECT_THAT(tenants.shares(), ElementsAre(0, 0));
  EXPECT_FALSE(tenants.may_claim(1, "cart"));
}

TEST(TenantsOfDirectories, WithoutAPolicyThereIsOneWithoutAName) {
  const Tenants tenants({}, {"/one"});
  EXPECT_FALSE(tenants.defined());
  EXPECT_EQ(tenants.name_of(0), "");
  EXPECT_TRUE(tenants.may_claim(0, "anything"));
  EXPECT_THAT(tenants.limits(), IsEmpty());
}

TEST(TenantsOfDirectories, JobsAreNamesAndPrefixes) {
  identity::Tenant blue{"blue", "/blue"};
  blue.jobs = {"orders", "cart-*"};
  const Tenants tenants({blue}, {});
  for (const char* const job : {"orders", "cart-", "cart-eu"}) {
    EXPECT_TRUE(tenants.may_claim(0, job)) << job;
  }
  for (const char* const job : {"order", "orders2", "cart", "Cart-eu", "", "xcart-"}) {
    EXPECT_FALSE(tenants.may_claim(0, job)) << job;
  }
  EXPECT_EQ(tenants.admitting(0, "a\"b"),
            R"(tenants: {blue: {jobs: ["orders", "cart-*", "a\"b"]}})");
}

class TenantsCollected : public ::testing::Test, protected Tenanted {
 protected:
  PageValues scrape() { return agent->scrape(); }
  std::uint64_t refused(const std::string& tenant) {
    return agent->collector->statistics().claims_refused_total.at(tenant);
  }
  void rescan() { agent->collector->rescan(agent->now); }
};

TEST_F(TenantsCollected, ASegmentIsOfTheTenantWhoseDirectoryItIsIn) {
  start();
  const auto one = counted(blue_directory, "shop", 3);
  const auto other = counted(green_directory, "shop", 5);
  EXPECT_THAT(scrape(), IsSupersetOf({Pair("x_total{job=\"shop\",tenant=\"blue\"}", 3.0),
                                      Pair("x_total{job=\"shop\",tenant=\"green\"}", 5.0)}));
  const auto statistics = agent->collector->statistics();
  EXPECT_THAT(statistics.tenant_segments, ElementsAre(Pair("blue", 1), Pair("green", 1)));
  EXPECT_THAT(statistics.directories, SizeIs(2));
}

TEST_F(TenantsCollected, OtherDirectoriesAreOfTheTenantDefault) {
  const TemporaryDirectory other;
  others = {other.path()};
  start();
  const auto writer = counted(other, "shop", 3);
  EXPECT_THAT(scrape(), Contains(Pair("x_total{job=\"shop\",tenant=\"default\"}", 3)));
}

TEST_F(TenantsCollected, AJobThatATenantMayNotHaveIsRefusedAndAnothersIsNot) {
  blue.jobs = {"shop"};
  start();
  const auto thief = counted(blue_directory, "bank", 1000);
  const auto again = counted(blue_directory, "bank", 1000);
  const auto honest = counted(blue_directory, "shop", 3);
  const auto bank = counted(green_directory, "bank", 5);
  const PageValues page = scrape();
  EXPECT_THAT(page, IsSupersetOf({Pair("x_total{job=\"shop\",tenant=\"blue\"}", 3.0),
                                  Pair("x_total{job=\"bank\",tenant=\"green\"}", 5.0)}));
  EXPECT_THAT(page, Not(Contains(Key("x_total{job=\"bank\",tenant=\"blue\"}"))));
  for (int i = 0; i < 3; ++i) {
    rescan();
  }
  EXPECT_EQ(refused("blue"), 2U) << "once per file";
  EXPECT_EQ(refused("green"), 0U);
  EXPECT_EQ(agent->collector->statistics().segments_refused, 2U);
  EXPECT_THAT(agent->log, ElementsAre(HasSubstr(R"(tenants: {blue: {jobs: ["shop", "bank"]}})")));
}

TEST_F(TenantsCollected, TheFileOfARefusedClaimGoesWithItsProcessAndCountsNothing) {
  blue.jobs = {"shop"};
  start();
  const auto thief = counted(blue_directory, "bank", 1000);
  scrape();
  rescan();
  EXPECT_THAT(blue_directory.names(), SizeIs(1)) << "its process lives";
  thief->kill();
  rescan();
  EXPECT_THAT(blue_directory.names(), IsEmpty());
  const auto statistics = agent->collector->statistics();
  EXPECT_EQ(statistics.segments_refused, 0U);
  EXPECT_EQ(statistics.folds_total, 0U);
  EXPECT_THAT(scrape(), Not(Contains(Key("x_total{job=\"bank\",tenant=\"blue\"}"))));
}

TEST_F(TenantsCollected, ARefusedClaimOfAProcessThatIsGoneIsRemovedAtOnce) {
  blue.jobs = {"shop"};
  counted(blue_directory, "bank", 1000)->kill();
  start();
  EXPECT_THAT(blue_directory.names(), IsEmpty());
  EXPECT_EQ(refused("blue"), 1U);
  EXPECT_EQ(agent->collector->statistics().folds_total, 0U);
}

TEST_F(TenantsCollected, AClaimThatANewPolicyAdmitsIsReadFromTheBeginning) {
  blue.jobs = {"shop"};
  start();
  const auto writer = counted(blue_directory, "bank", 7);
  EXPECT_THAT(scrape(), Not(Contains(Key("x_total{job=\"bank\",tenant=\"blue\"}"))));
  blue.jobs = {"shop", "bank"};
  agent->collector->use_policy({blue, green}, agent->now);
  EXPECT_THAT(scrape(), Contains(Pair("x_total{job=\"bank\",tenant=\"blue\"}", 7)));
  writer->run("add x 1");
  writer->kill();
  EXPECT_THAT(scrape(), Contains(Pair("x_total{job=\"bank\",tenant=\"blue\"}", 8)));
  EXPECT_THAT(blue_directory.names(), IsEmpty());
}

TEST_F(TenantsCollected, AClaimThatANewPolicyTakesAwayKeepsWhatItHasCountedAndCountsNoMore) {
  start();
  const auto writer = counted(blue_directory, "bank", 7);
  EXPECT_THAT(scrape(), Contains(Pair("x_total{job=\"bank\",tenant=\"blue\"}", 7)));
  blue.jobs = {"shop"};
  agent->collector->use_policy({blue, green}, agent->now);
  writer->run("add x 1");
  EXPECT_THAT(scrape(), Contains(Pair("x_total{job=\"bank\",tenant=\"blue\"}", 7)));
  const auto newcomer = counted(blue_directory, "bank", 100);
  EXPECT_THAT(scrape(), Contains(Pair("x_total{job=\"bank\",tenant=\"blue\"}", 7)));
  EXPECT_EQ(agent->collector->statistics().segments_quarantined_total.at("claim"), 1U);
  EXPECT_EQ(refused("blue"), 1U) << "of the newcomer";
}

TEST_F(TenantsCollected, APolicyOfOneTenantLeavesTheOthersJobs) {
  green.jobs = {"bank"};
  start();
  const auto writer = counted(green_directory, "bank", 5);
  agent->collector->use_policy({blue}, agent->now);
  EXPECT_THAT(scrape(), Contains(Pair("x_total{job=\"bank\",tenant=\"green\"}", 5)));
}

TEST_F(TenantsCollected, LimitsAreOfOneTenant) {
  blue.max_segments = 1;
  green.max_series = 1;
  start();
  const auto first = counted(blue_directory, "shop", 3);
  const auto second = counted(blue_directory, "shop", 4);
  const auto other = counted(green_directory, "shop", 5);
  other->run("counter y x_total n=1");
  other->run("add y 6");
  const auto third = counted(green_directory, "shop", 1);
  EXPECT_THAT(
      scrape(),
      IsSupersetOf(
          {Pair("x_total{job=\"shop\",tenant=\"blue\"}", 3.0),
           Pair("x_total{job=\"shop\",tenant=\"green\"}", 6.0),
           Pair("x_total{job=\"shop\",otel_metric_overflow=\"true\",tenant=\"green\"}", 6.0)}));
  const auto statistics = agent->collector->statistics();
  EXPECT_EQ(statistics.segments_refused_total.at("budget"), 1U);
  EXPECT_THAT(statistics.tenant_segments, ElementsAre(Pair("blue", 1), Pair("green", 2)));
}

TEST_F(TenantsCollected, MoreThanTheHostHasIsToldAtTheStartAndAStartAnewServesTheSame) {
  blue.max_segments = 3;
  green.max_segments = 3;
  most_segments = 4;
  start();
  EXPECT_THAT(agent->log,
              ElementsAre(HasSubstr("tenant blue: max_segments is 3, but its share of the 4 live "
                                    "segments that the agent can hold is 2 (raise LimitNOFILE"),
                          HasSubstr("tenant green: ")));
  std::vector<std::unique_ptr<WriterProcess>> writers;
  for (const TemporaryDirectory* const directory : {&green_directory, &blue_directory}) {
    for (int i = 0; i < 3; ++i) {
      writers.push_back(counted(*directory, "shop", 10));
      scrape();
    }
  }
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(scrape(), IsSupersetOf({Pair("x_total{job=\"shop\",tenant=\"blue\"}", 20.0),
                                        Pair("x_total{job=\"shop\",tenant=\"green\"}", 20.0)}));
    start();
  }
}

TEST_F(TenantsCollected, ASegmentThatItsOwnerMovesToAnotherTenantStaysWhatItIs) {
  start();
  const auto writer = counted(blue_directory, "shop", 3);
  scrape();
  const std::string name = blue_directory.names().at(0);
  ASSERT_EQ(::rename(blue_directory.file(name).c_str(), green_directory.file(name).c_str()), 0);
  rescan();
  writer->run("add x 1");
  const PageValues page = scrape();
  EXPECT_THAT(page, Contains(Pair("x_total{job=\"shop\",tenant=\"blue\"}", 4)));
  EXPECT_THAT(page, Not(Contains(Key("x_total{job=\"shop\",tenant=\"green\"}"))));
  writer->kill();
  EXPECT_THAT(scrape(), Contains(Pair("x_total{job=\"shop\",tenant=\"blue\"}", 4)));
}

TEST_F(TenantsCollected, TheProcessesOfAJobThatIsMeasuredAreOfItsTenantAndUser) {
  const auto first = counted(blue_directory, "shop", 1);
  const auto second = counted(blue_directory, "shop", 1);
  const auto third = counted(green_directory, "shop", 1);
  const auto other = counted(green_directory, "cart", 1);
  start();
  EXPECT_THAT(agent->collector->statistics().measured_jobs, IsEmpty());
  agent->collector->measure({"shop"});
  scrape();
  const auto jobs = agent->collector->statistics().measured_jobs;
  ASSERT_THAT(jobs, SizeIs(2));
  EXPECT_EQ(jobs[0].tenant, "blue");
  EXPECT_EQ(jobs[0].labels, (Labels{{"job", "shop"}, {"tenant", "blue"}}));
  EXPECT_EQ(jobs[0].owner, ::geteuid());
  std::set<std::string> pids;
  for (const aggregate::JobProcess& process : jobs[0].processes) {
    pids.insert(process.pid);
    EXPECT_GT(process.segment_created_unix_ns, 0);
  }
  EXPECT_THAT(pids, ::testing::UnorderedElementsAre(std::to_string(first->pid()),
                                                    std::to_string(second->pid())));
  EXPECT_EQ(jobs[1].tenant, "green");
  third->kill();
  scrape();
  EXPECT_THAT(agent->collector->statistics().measured_jobs.at(1).processes, IsEmpty());
}

}  // namespace
}  // namespace shmx::testing
