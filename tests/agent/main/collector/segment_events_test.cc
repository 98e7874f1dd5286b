// What whoever keeps records is told of segments.
#include "agent/main/collector/segment_event.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>

#include "agent/main/collector/final_values.h"
#include "tests/agent/main/collector/tenanted.h"

namespace shmx::testing {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;
using What = SegmentEvent::What;

class Told : public ::testing::Test, protected Tenanted {
 protected:
  Told() {
    blue.jobs = {"shop"};
    on_segment = [this](const SegmentEvent& event) { events_.push_back(event); };
  }

  std::vector<SegmentEvent> told(What what) const {
    std::vector<SegmentEvent> found;
    std::ranges::copy_if(events_, std::back_inserter(found),
                         [what](const SegmentEvent& event) { return event.what == what; });
    return found;
  }

  std::vector<SegmentEvent> events_;
};

/// Of a process that has counted x_total: the family has an overflow series from the beginning.
std::vector<aggregate::FinalSeries> final_series(std::uint64_t count) {
  return {{"x_total", R"(job="shop",otel_metric_overflow="true",tenant="blue")", {0}},
          {"x_total", R"(job="shop",tenant="blue")", {count}}};
}

TEST_F(Told, AnAdmittedSegmentIsToldOnceWithWhatTheKernelSaysAndWhatItClaims) {
  start();
  const auto writer = counted(blue_directory, "shop", 3);
  agent->scrape();
  agent->collector->rescan(agent->now);
  agent->scrape();
  ASSERT_THAT(events_, SizeIs(1));
  const SegmentEvent& event = events_[0];
  const std::string path = blue_directory.file(blue_directory.names().at(0));
  struct stat file {};
  ASSERT_EQ(::stat(path.c_str(), &file), 0);
  EXPECT_EQ(event.what, What::admitted);
  EXPECT_EQ(event.path, path);
  EXPECT_EQ(event.device, file.st_dev);
  EXPECT_EQ(event.inode, file.st_ino);
  EXPECT_EQ(event.owner, file.st_uid);
  EXPECT_EQ(event.tenant, "blue");
  EXPECT_EQ(event.job, "shop");
  EXPECT_EQ(event.pid, static_cast<std::uint32_t>(writer->pid()));
  EXPECT_EQ(event.digest, "");
}

TEST_F(Told, ASegmentThatIsRetiredIsToldWithTheDigestOfItsFinalValues) {
  start();
  const auto writer = counted(blue_directory, "shop", 3);
  agent->scrape();
  writer->run("add x 4");
  writer->kill();
  agent->scrape();
  const auto retired = told(What::retired);
  ASSERT_THAT(retired, SizeIs(1));
  EXPECT_EQ(retired[0].inode, events_[0].inode);
  EXPECT_EQ(retired[0].reason, "");
  EXPECT_EQ(retired[0].digest, digest_of("shop", final_series(7)));
}

TEST_F(Told, ARefusedFileIsToldOnceWithItsReason) {
  start();
  const auto thief = counted(blue_directory, "bank", 1);
  blue_directory.write("notes.txt", "");
  green_directory.write("bad.shmx", std::string(100, 'x'));
  for (int i = 0; i < 3; ++i) {
    agent->collector->rescan(agent->now);
    agent->scrape();
  }
  std::vector<std::string> refused;
  for (const SegmentEvent& event : told(What::refused)) {
    refused.push_back(event.tenant + " " + event.job + " " + event.reason);
  }
  EXPECT_THAT(refused, ::testing::UnorderedElementsAre("blue bank claim", "blue  foreign_name",
                                                       "green  truncated"));
  EXPECT_THAT(events_, SizeIs(3)) << "and nothing else";
}

TEST_F(Told, AQuarantinedSegmentIsToldWithItsReasonAndWhatIsKept) {
  start();
  const auto writer = counted(blue_directory, "shop", 3);
  agent->scrape();
  ASSERT_EQ(::truncate(blue_directory.file(blue_directory.names().at(0)).c_str(), 0), 0);
  agent->scrape();
  agent->scrape();
  const auto quarantined = told(What::quarantined);
  ASSERT_THAT(quarantined, SizeIs(1));
  EXPECT_EQ(quarantined[0].reason, "truncated");
  EXPECT_EQ(quarantined[0].digest, digest_of("shop", final_series(3)));
  writer->kill();
  agent->collector->rescan(agent->now);
  EXPECT_THAT(told(What::retired), IsEmpty()) << "it was, when it was quarantined";
}

}  // namespace
}  // namespace shmx::testing
