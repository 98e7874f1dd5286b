// Segments of a stranger beside an honest one, through the whole collector: what is left out of a
// page and for which reason, and what never changes whatever the stranger does.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>
#include <ostream>

#include "tests/agent/main/collector/collected.h"
#include "tests/shm/hostile_writer.h"

namespace shmx::testing {
namespace {

using ::testing::Contains;
using ::testing::Pair;

/// A segment whose process lives as long as this does.
class Planted {
 public:
  Planted(const Collected& agent, const std::string& name, const test::Image& image)
      : fd_(test::create_file(agent.directory.file(name))) {
    EXPECT_TRUE(lock_segment(fd_.get()));
    image.write_to(fd_);
    // Closing a descriptor that was open for writing is what the agent waits for.
    UniqueFd(::open(agent.directory.file(name).c_str(), O_RDWR | O_CLOEXEC)).reset();
  }

 private:
  UniqueFd fd_;
};

std::uint64_t count_of(const std::map<std::string, std::uint64_t>& counts,
                       const std::string& reason) {
  const auto found = counts.find(reason);
  return found == counts.end() ? 0 : found->second;
}

/// What of a segment may not be shown, although its reader takes it.
struct Omitted {
  const char* name;    ///< of the test
  const char* reason;  ///< that it is counted by
  FamilyDescriptor family;
  Labels labels;
};

void PrintTo(const Omitted& omitted, std::ostream* out) {
  *out << omitted.name;
}

Omitted label(const char* test, const char* name) {
  return {test, "reserved_label", test::counter_family("loot_total"), {{name, "bank"}}};
}

Omitted family(const char* test, const char* reason, const char* name) {
  return {test, reason, test::counter_family(name), {}};
}

std::vector<Omitted> all_omitted() {
  return {
      label("LabelJob", "job"),
      label("LabelInstance", "instance"),
      label("LabelTenant", "tenant"),
      label("LabelUid", "uid"),
      label("LabelPid", "pid"),
      label("LabelLe", "le"),
      label("LabelQuantile", "quantile"),
      label("LabelExported", "exported_job"),
      label("LabelName", "__name__"),
      family("FamilyUp", "reserved_family", "up"),
      family("FamilyAlerts", "reserved_family", "ALERTS_FOR_STATE"),
      family("FamilyScrape", "reserved_family", "scrape_samples_scraped"),
      family("FamilyTargetInfo", "reserved_family", "target_info"),
      family("FamilyOfTheAgent", "reserved_family", "shm_exporter_segments"),
      family("CountOfAHistogram", "sample_collision", "wait_seconds_count"),
      family("SumOfAHistogram", "sample_collision", "wait_seconds_sum"),
      family("BucketOfAHistogram", "sample_collision", "wait_seconds_bucket"),
      {"HistogramOfACount", "sample_collision", test::histogram_family("early", {}), {}},
      family("GrpcHistogramAsACounter", "type_conflict", "grpc_server_handling_seconds"),
      {"GrpcCounterAsAGauge",
       "type_conflict",
       test::gauge_family("grpc_server_started_total", GaugeMode::sum),
       {}},
      {"GrpcGaugeOfAnotherMode",
       "mode_conflict",
       test::gauge_family("grpc_server_in_flight", GaugeMode::max),
       {}},
      {"GrpcHistogramOfAnotherResolution",
       "resolution_conflict",
       test::histogram_family("grpc_server_handling_seconds", {}),
       {}},
  };
}

class HostileSegments : public ::testing::TestWithParam<Omitted> {};

TEST_P(HostileSegments, AreShownWithoutWhatMayNotBeShown) {
  Collected agent;
  WriterProcess honest(agent.directory.path(), "shop");
  honest.run("counter orders orders_total");
  honest.run("add orders 3");
  // A histogram (wait_seconds) and a counter (early_count) to collide with are there already.
  constexpr std::uint32_t kEarlyCell = test::kLevelCell + 1;
  constexpr std::uint32_t kOmittedCell = kEarlyCell + 1;
  constexpr std::uint64_t kLoot = 666;
  test::Image image = test::right_image();
  image.append(test::counter_family("early_count"));
  image.append(test::new_series(3, kEarlyCell, 1));
  image.append(GetParam().family);
  const std::uint32_t cells = cells_of(GetParam().family);
  image.append(test::new_series(4, kOmittedCell, cells, GetParam().labels));
  for (std::uint32_t i = 0; i < cells; ++i) {
    image.cell(0, kOmittedCell + i) =
        GetParam().family.kind == FamilyKind::gauge ? gauge_to_cell(kLoot) : kLoot;
  }
  const Planted hostile(agent, "hostile.shmx", image);

  const PageValues page = agent.scrape();
  EXPECT_THAT(page, Contains(Pair("orders_total{job=\"shop\"}", 3)));
  EXPECT_THAT(page, Contains(Pair("hits_total{job=\"image\",kind=\"retail\"}", 30)));
  EXPECT_THAT(page, Contains(Pair("wait_seconds_count{job=\"image\"}", 4)));
  for (const auto& [sample, value] : page) {
    EXPECT_NE(value, static_cast<double>(kLoot)) << sample;
    EXPECT_FALSE(sample.starts_with("loot_total{")) << sample;
  }
  const aggregate::Statistics statistics = agent.collector->statistics();
  EXPECT_EQ(count_of(statistics.families_refused_total, GetParam().reason) +
                count_of(statistics.series_refused_total, GetParam().reason),
            1U);
  EXPECT_EQ(statistics.segments_live, 2U);
}

INSTANTIATE_TEST_SUITE_P(All, HostileSegments, ::testing::ValuesIn(all_omitted()),
                         [](const auto& instance) { return std::string(instance.param.name); });

TEST(ACopiedUuid, IsNoIdentityBothSegmentsCount) {
  Collected agent;
  test::Image image = test::right_image();
  const std::string sample = "hits_total{job=\"image\",kind=\"retail\"}";
  std::optional<Planted> first(std::in_place, agent, "first.shmx", image);
  EXPECT_THAT(agent.scrape(), Contains(Pair(sample, 30)));
  image.cell(0, test::kHitsCell) = 1000;
  std::optional<Planted> second(std::in_place, agent, "second.shmx", image);
  EXPECT_THAT(agent.scrape(), Contains(Pair(sample, 30 + 1020)));
  // Nor when they are dead: each is folded once.
  first.reset();
  EXPECT_THAT(agent.scrape(), Contains(Pair(sample, 30 + 1020)));
  second.reset();
  for (int i = 0; i < 3; ++i) {
    agent.collector->rescan(agent.now);
    EXPECT_THAT(agent.scrape(), Contains(Pair(sample, 30 + 1020)));
  }
  EXPECT_THAT(agent.directory.names(), ::testing::IsEmpty());
}

int rounds() {
  const char* const full = std::getenv("SHMX_FULL");
  return full != nullptr && std::string_view(full) == "1" ? 30'000 : 3'000;
}

TEST(AHostileWriter, ChangesNobodysNumbersInThousandsOfScrapes) {
  Collected agent;
  WriterProcess honest(agent.directory.path(), "shop");
  honest.run("counter orders orders_total");
  honest.run("add orders 1");
  // Several at once, so that a page has more than one of them in it.
  test::HostileWriter first(agent.directory.path(), test::HostileWriter::Files::one, 1);
  test::HostileWriter second(agent.directory.path(), test::HostileWriter::Files::many, 2);
  double hostile_hits = 0;
  const auto quarantined = [&] {
    std::uint64_t all = 0;
    for (const auto& [reason, count] : agent.collector->statistics().segments_quarantined_total) {
      all += count;
    }
    return all;
  };
  for (int round = 2; round <= rounds() || quarantined() < 10; ++round) {
    honest.run("add orders 1");
    if (round % 50 == 0) {
      agent.collector->rescan(agent.now);
      agent.log.clear();
    }
    // It throws when there is no page: no writer brings that about.
    const PageValues page = agent.scrape();
    ASSERT_EQ(page.at("orders_total{job=\"shop\"}"), round);
    const auto hits = page.find("hits_total{job=\"mallory\",kind=\"retail\"}");
    if (hits != page.end()) {
      ASSERT_GE(hits->second, hostile_hits) << "not even its own numbers fall";
      hostile_hits = hits->second;
    }
  }
  EXPECT_GT(hostile_hits, 0) << "none of its segments was ever read";
  EXPECT_EQ(count_of(agent.collector->statistics().segments_quarantined_total, "io"), 0U);
  EXPECT_EQ(agent.collector->statistics().own_failures_total, 0U);
}

}  // namespace
}  // namespace shmx::testing
