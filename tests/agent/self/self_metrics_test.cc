// The agent's own metrics as they appear on a page.
#include "agent/self/self_metrics.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/model/page.h"
#include "agent/render/text.h"
#include "agent/self/process.h"
#include "tests/tool/program.h"

namespace shmx::self {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

aggregate::Statistics some_statistics() {
  aggregate::Statistics statistics;
  statistics.segments_live = 3;
  statistics.segments_refused = 2;
  statistics.segments_refused_total = {{"not_a_segment", 2}, {"sparse", 0}};
  statistics.segments_quarantined_total = {{"decreased", 1}};
  statistics.families_refused_total = {{"type_conflict", 4}};
  statistics.series_refused_total = {{"label", 5}};
  statistics.folds_total = 9;
  statistics.losses_total[static_cast<std::size_t>(layout::Loss::values_refused)] = 6;
  statistics.jobs = 2;
  statistics.series = 120;
  statistics.directories = {{"/run/a", true, 1000, 400, 50, 40}, {"/run/b", false, 0, 0, 0, 0}};
  return statistics;
}

std::string page_of(const SelfMetrics& self, const aggregate::Statistics& statistics,
                    model::Snapshot collected = {}) {
  const model::Page page(std::make_shared<model::Snapshot>(std::move(collected)),
                         self.collect(statistics));
  std::string text;
  render::append_text(page.families(), text);
  return text;
}

TEST(SelfMetrics, SaysWhatWasBuilt) {
  const SelfMetrics self({.version = "1.2.3", .revision = "abc", .compiler = ""}, "/proc");
  EXPECT_THAT(page_of(self, {}),
              HasSubstr("\nshm_exporter_build_info{revision=\"abc\",version=\"1.2.3\"} 1\n"));
}

TEST(SelfMetrics, CountsRequestsByHandlerAndCode) {
  SelfMetrics self({.version = "1", .revision = "", .compiler = ""}, "/proc");
  EXPECT_THAT(page_of(self, {}), Not(HasSubstr("shm_exporter_http_requests_total")));
  self.count_request("/metrics", 200);
  self.count_request("/metrics", 200);
  self.count_request("other", 404);
  const std::string page = page_of(self, {});
  EXPECT_THAT(page, HasSubstr("_http_requests_total{code=\"200\",handler=\"/metrics\"} 2\n"));
  EXPECT_THAT(page, HasSubstr("_http_requests_total{code=\"404\",handler=\"other\"} 1\n"));
}

TEST(SelfMetrics, ShowWhatDoesNotPresentWhatIsExpectedOfItsJob) {
  SelfMetrics self({.version = "1", .revision = "", .compiler = ""}, "/proc");
  EXPECT_THAT(page_of(self, {}), Not(HasSubstr("shm_exporter_identity_mismatch")));
  aggregate::Statistics statistics;
  statistics.identity_mismatches = {{"", "orders", "san_dns", 2}, {"shop", "cart", "issuer", 1}};
  const std::string page = page_of(self, statistics);
  EXPECT_THAT(page, HasSubstr("\nshm_exporter_identity_mismatch"
                              "{job=\"orders\",reason=\"san_dns\"} 2\n"));
  EXPECT_THAT(page, HasSubstr("\nshm_exporter_identity_mismatch"
                              "{job=\"cart\",reason=\"issuer\",tenant=\"shop\"} 1\n"));
}

TEST(SelfMetrics, ShowsDurationAndSizeOfThePagesBefore) {
  SelfMetrics self({.version = "1", .revision = "", .compiler = ""}, "/proc");
  self.observe_scrape(0.25);
  self.observe_scrape(0.5);
  self.observe_page("protobuf", 1000);
  self.observe_page("protobuf", 2000);
  self.observe_compressed_page("protobuf", 200);
  const std::string page = page_of(self, {});
  EXPECT_THAT(page, HasSubstr("shm_exporter_scrape_duration_seconds_sum 0.75\n"));
  EXPECT_THAT(page, HasSubstr("shm_exporter_scrape_duration_seconds_count 2\n"));
  EXPECT_THAT(page, HasSubstr("shm_exporter_page_size_bytes{format=\"protobuf\"} 2000\n"));
  EXPECT_THAT(page,
              HasSubstr("shm_exporter_page_compressed_size_bytes{format=\"protobuf\"} 200\n"));
}

TEST(SelfMetrics, CountsPagesByFormatAndEncodingAndRefusalsByReason) {
  SelfMetrics self({.version = "1", .revision = "", .compiler = ""}, "/proc");
  self.count_page("protobuf", "gzip");
  self.count_refusal(SelfMetrics::Refusal::held_bytes);
  self.set_held_bytes(12345);
  const std::string page = page_of(self, {});
  for (const char* line : {"shm_exporter_pages_total{encoding=\"gzip\",format=\"protobuf\"} 1",
                           "shm_exporter_scrapes_refused_total{reason=\"held_bytes\"} 1",
                           "shm_exporter_scrapes_refused_total{reason=\"timeout\"} 0",
                           "shm_exporter_scrapes_refused_total{reason=\"failure\"} 0",
                           "shm_exporter_held_page_bytes 12345"}) {
    EXPECT_THAT(page, HasSubstr(fmt::format("\n{}\n", line)));
  }
}

TEST(SelfMetrics, OfPushAndFeedAreThereOnlyWhereTheseAreOn) {
  SelfMetrics self({.version = "1", .revision = "", .compiler = ""}, "/proc");
  EXPECT_THAT(page_of(self, {}), Not(HasSubstr("shm_exporter_otlp_")));
  EXPECT_THAT(page_of(self, {}), Not(HasSubstr("shm_exporter_feed_")));
  self.enable_push();
  EXPECT_THAT(page_of(self, {}), HasSubstr("shm_exporter_otlp_"));
  EXPECT_THAT(page_of(self, {}), Not(HasSubstr("shm_exporter_feed_")));
  self.enable_feed();
  EXPECT_THAT(page_of(self, {}), HasSubstr("shm_exporter_feed_"));
}

TEST(SelfMetrics, OfPushesAreAllThereBeforeTheFirst) {
  SelfMetrics self({.version = "1", .revision = "", .compiler = ""}, "/proc");
  self.enable_push();
  const std::string page = page_of(self, {});
  for (const char* line :
       {"pushes_total{outcome=\"accepted\"} 0", "pushes_total{outcome=\"refused\"} 0",
        "pushes_total{outcome=\"failed\"} 0", "pushes_total{outcome=\"skipped\"} 0",
        "requests_total 0", "retries_total 0", "points_sent_total 0", "points_rejected_total 0",
        "sent_bytes_total 0", "push_duration_seconds_count 0",
        "last_success_timestamp_seconds 0"}) {
    EXPECT_THAT(page, HasSubstr(fmt::format("\nshm_exporter_otlp_{}\n", line)));
  }
}

TEST(SelfMetrics, AddUpWhatPushesDidAndWhenOneWasLastAccepted) {
  SelfMetrics self({.version = "1", .revision = "", .compiler = ""}, "/proc");
  PushMetrics& push = self.enable_push();
  using Outcome = push::Report::Outcome;
  push.observe({.outcome = Outcome::accepted,
                .requests = 3,
                .retries = 1,
                .points_accepted = 1000,
                .points_rejected = 7,
                .sent_bytes = 5000,
                .duration_seconds = 0.25},
               1.7e9);
  push.observe({.outcome = Outcome::failed,
                .requests = 4,
                .retries = 4,
                .points_accepted = 10,
                .points_rejected = 0,
                .sent_bytes = 100,
                .duration_seconds = 30},
               1.8e9);
  push.observe({.outcome = Outcome::accepted}, 1.8e9);  // of nothing
  push.observe({.outcome = Outcome::refused}, 1.8e9);
  push.observe({.outcome = Outcome::skipped}, 1.8e9);
  const std::string page = page_of(self, {});
  for (const char* line :
       {"pushes_total{outcome=\"accepted\"} 2", "pushes_total{outcome=\"refused\"} 1",
        "pushes_total{outcome=\"failed\"} 1", "pushes_total{outcome=\"skipped\"} 1",
        "requests_total 7", "retries_total 5", "points_sent_total 1010", "points_rejected_total 7",
        "sent_bytes_total 5100", "push_duration_seconds_count 5", "push_duration_seconds_sum 30.25",
        "last_success_timestamp_seconds 1.7e+09"}) {
    EXPECT_THAT(page, HasSubstr(fmt::format("\nshm_exporter_otlp_{}\n", line)));
  }
}

TEST(SelfMetrics, CountTheFeedsCallsAndSnapshots) {
  SelfMetrics self({.version = "1", .revision = "", .compiler = ""}, "/proc");
  FeedMetrics& feed = self.enable_feed();
  feed.count_call("Get", "OK");
  feed.count_call("Get", "OK");
  feed.count_call("Subscribe", "CANCELLED");
  feed.set_subscribers(5);
  feed.set_subscribers(4);
  feed.count_snapshots(10, 2);
  feed.count_snapshots(1, 0);
  const std::string page = page_of(self, {});
  for (const char* line :
       {"calls_total{code=\"OK\",method=\"Get\"} 2",
        "calls_total{code=\"CANCELLED\",method=\"Subscribe\"} 1", "subscribers 4",
        "snapshots_sent_total 11", "snapshots_skipped_total 2"}) {
    EXPECT_THAT(page, HasSubstr(fmt::format("\nshm_exporter_feed_{}\n", line)));
  }
}

TEST(SelfMetrics, ShowsTheCollectorsStatistics) {
  const SelfMetrics self({.version = "1", .revision = "", .compiler = ""}, "/proc");
  const std::string page = page_of(self, some_statistics());
  for (const char* line :
       {"shm_exporter_segments{state=\"live\"} 3", "shm_exporter_segments{state=\"unread\"} 0",
        "shm_exporter_segments{state=\"refused\"} 2",
        "shm_exporter_segments{state=\"quarantined\"} 0",
        "shm_exporter_segments_refused_total{reason=\"not_a_segment\"} 2",
        "shm_exporter_segments_refused_total{reason=\"sparse\"} 0",
        "shm_exporter_segments_quarantined_total{reason=\"decreased\"} 1",
        "shm_exporter_families_refused_total{reason=\"type_conflict\"} 4",
        "shm_exporter_series_refused_total{reason=\"label\"} 5", "shm_exporter_folds_total 9",
        "shm_exporter_losses_total{kind=\"values_refused\"} 6",
        "shm_exporter_losses_total{kind=\"observations_dropped\"} 0", "shm_exporter_jobs 2",
        "shm_exporter_series 120", "shm_exporter_directory_free_bytes{directory=\"/run/a\"} 400",
        "shm_exporter_directory_present{directory=\"/run/b\"} 0"}) {
    EXPECT_THAT(page, HasSubstr(fmt::format("\n{}\n", line)));
  }
  EXPECT_THAT(page, Not(HasSubstr("_free_bytes{directory=\"/run/b\"}")));
}

TEST(SelfMetrics, EveryFamilyHasAHelpAndANameOfItsOwn) {
  SelfMetrics self({.version = "1", .revision = "", .compiler = ""}, "/proc");
  self.enable_push();
  self.enable_feed().count_call("Get", "OK");
  const std::vector<model::Family> families = self.collect(some_statistics());
  for (std::size_t i = 0; i < families.size(); ++i) {
    EXPECT_NE(families[i].info->help, "") << families[i].info->name;
    if (i > 0) {
      EXPECT_LT(families[i - 1].info->name, families[i].info->name);
    }
  }
}

TEST(SelfMetrics, ASegmentsFamilyOfTheSameNameSharesThePage) {
  auto info = std::make_shared<model::FamilyInfo>();
  info->name = "process_threads";
  info->help = "Threads of a service.";
  info->type = model::Type::gauge;
  model::Family family{info, {}};
  family.points.push_back(
      {std::make_shared<model::Series>(Labels{{"job", "shop"}}), model::GaugeValue{5}});
  const SelfMetrics self({.version = "1", .revision = "", .compiler = ""}, "/proc");
  const std::string page = page_of(self, {}, model::Snapshot{{family}});
  EXPECT_THAT(page, HasSubstr("# TYPE process_threads gauge\nprocess_threads{job=\"shop\"} 5\n"
                              "process_threads "));
  EXPECT_EQ(page.find("# TYPE process_threads"), page.rfind("# TYPE process_threads"));
}

TEST(SelfMetrics, CountersBeganWithTheProcessUnlessTheyOutliveIt) {
  const SelfMetrics self({.version = "1", .revision = "", .compiler = ""}, "/proc");
  const double started = read_process("/proc").start_time_seconds.value();
  std::size_t outliving = 0;
  for (const model::Family& family : self.collect({})) {
    for (const model::Point& point : family.points) {
      const bool outlives = family.info->name == "shm_exporter_losses_total";
      outliving += outlives ? 1 : 0;
      EXPECT_NEAR(static_cast<double>(point.created_unix_ns) * 1e-9, outlives ? 0 : started, 1)
          << family.info->name;
    }
  }
  EXPECT_GT(outliving, 0U);
}

TEST(SelfMetrics, PromtoolFindsNothingToReport) {
  SelfMetrics self({.version = "1.2.3", .revision = "abc", .compiler = "gcc 12"}, "/proc");
  self.count_request("/metrics", 200);
  self.observe_scrape(0.001);
  self.observe_page("text-0.0.4", 5000);
  self.observe_compressed_page("text-0.0.4", 500);
  self.count_page("text-0.0.4", "gzip");
  self.enable_push().observe({}, 1.7e9);
  self.enable_feed().count_call("Get", "OK");
  const test::ProgramResult checked =
      test::run_program({"promtool", "check", "metrics"}, page_of(self, some_statistics()));
  EXPECT_EQ(checked.exit_code, 0);
  EXPECT_EQ(checked.out, "");
  EXPECT_EQ(checked.err, "");
}

}  // namespace
}  // namespace shmx::self
