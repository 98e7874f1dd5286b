// shmtool dump on segments that are right: a live one, made through the public API by this process,
// and one whose process is gone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "shim/metrics.h"
#include "shm/certificate_text.h"
#include "tests/shm/corruptions.h"
#include "tests/shm/image.h"
#include "tests/shm/temp_dir.h"
#include "tests/tool/program.h"

namespace shmx::tool {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// This process' only segment: the registry is one per process, so all tests share it.
const std::string& live_segment() {
  static const test::TempDir directory;
  static const std::string path = [] {
    configure({.service = "shop",
               .directory = directory.path(),
               .max_series = 0,
               .max_segment_bytes = 0,
               .on_problem = nullptr});
    counter("orders_total", "Orders \"taken\".").labels({{"kind", "re\x1b[2Jtail"}}).add(12);
    counter("busy_seconds_total", "Time.", {.ticks_per_unit = kNanosecondTicks, .unit = "seconds"})
        .labels()
        .add_fraction(1.5);
    const GaugeFamily temperature =
        gauge("temperature", "Celsius.", {.mode = GaugeMode::most_recent, .unit = ""});
    temperature.labels({{"room", "a"}}).set(-2.5);
    (void)temperature.labels({{"room", "b"}});
    in_flight("calls_in_flight", "Calls under way.").labels().add(-1);
    const Histogram wait = histogram("wait_seconds", "Waiting.",
                                     {.bounds = {0.5, 1},
                                      .ticks_per_unit = kNanosecondTicks,
                                      .unit = "seconds",
                                      .admits_negative = false})
                               .labels({{"queue", "größe"}});
    wait.observe(0.25);
    wait.observe(0.75);
    wait.observe(8);
    const SpanContext span{{0x0a, 0xf7, 0x65}, {0xb7, 0xad}};
    counter("sales_total", "Sales.", {.exemplars = true}).labels().add(3, span);
    histogram("pick_seconds", "Picking.", {.bounds = {0.5}, .exemplars = true})
        .labels()
        .observe(0.25, span);
    publish();
    return segment_path();
  }();
  return path;
}

/// Runs a line of Python on what `shmtool dump --json` prints; `d` is the parsed object.
void expect_json(const std::string& path, const std::string& python) {
  const test::ProgramResult dumped = test::run_program({SHMX_SHMTOOL, "dump", path, "--json"});
  ASSERT_EQ(dumped.exit_code, 0) << dumped.err;
  const std::string script =
      "import json, sys\n"
      "d = json.load(sys.stdin)\n"
      "f = {x.get('name', '?'): x for x in d['families']}\n"
      "assert " +
      python + ", d\n";
  const test::ProgramResult checked =
      test::run_program({"/usr/bin/python3", "-c", script}, dumped.out);
  EXPECT_EQ(checked.exit_code, 0) << checked.err;
}

/// The user's series of a family, without the overflow series that every family has.
std::string series_of(const std::string& family) {
  return "[s for s in f['" + family + "']['series'] if not s['overflow']]";
}

TEST(DumpJson, SaysWhoWroteTheSegment) {
  expect_json(live_segment(),
              "d['service'] == 'shop' and d['state'] == 'live' and d['layout'] == '1.2' and "
              "d['certificates'] == [] "
              "and len(d['uuid']) == 32 and d['pid'] == " +
                  std::to_string(getpid()) +
                  " and d['start_time_unix_ns'] > 15e17 and d['path'].endswith('.shmx')");
}

TEST(DumpJson, GivesCountersExactlyWithTheirLabels) {
  expect_json(live_segment(),
              "f['orders_total']['kind'] == 'counter' and [(s['labels'], s['value'], "
              "s['ticks']) for s in " +
                  series_of("orders_total") + "] == [({'kind': 're\\x1b[2Jtail'}, 12, 12)]");
  expect_json(live_segment(), "[(s['value'], s['ticks']) for s in " +
                                  series_of("busy_seconds_total") + "] == [(1.5, 1500000000)]");
}

TEST(DumpJson, GivesGaugesTheirModeAndWhenTheyWereSet) {
  expect_json(live_segment(),
              "f['temperature']['mode'] == 'mostrecent' and [(s['labels']['room'], s['value'], "
              "s.get('set_unix_ns', 0) > 15e17) for s in " +
                  series_of("temperature") + "] == [('a', -2.5, True), ('b', 0, False)]");
  expect_json(live_segment(), "[s['value'] for s in " + series_of("calls_in_flight") + "] == [-1]");
}

TEST(DumpJson, GivesNullForAGaugeThatWasNeverSet) {
  expect_json(live_segment(),
              "[s['value'] for s in f['temperature']['series'] if s['overflow']] == [None]");
}

TEST(DumpJson, GivesHistogramsTheirBucketsCountAndSum) {
  expect_json(live_segment(),
              "f['wait_seconds']['bounds'] == [0.5, 1] and [(s['labels']['queue'], s['buckets'], "
              "s['count'], s['sum']) for s in " +
                  series_of("wait_seconds") + "] == [('größe', [1, 1, 1], 3, 9)]");
}

TEST(DumpJson, GivesExemplarsTheirSpansAndTheTime) {
  expect_json(live_segment(),
              "[[(e['value'], e['trace_id'], e['span_id'], e['unix_ns'] > 15e17) for e in "
              "s['exemplars']] for x in ['sales_total', 'pick_seconds'] for s in f[x]['series'] "
              "if not s['overflow']] == [[(v, '0af765' + 26 * '0', 'b7ad' + 12 * '0', True)] "
              "for v in [3, 0.25]]");
  expect_json(live_segment(),
              "not any('exemplars' in s for s in " + series_of("orders_total") + ")");
}

TEST(DumpText, ShowsAPersonEverythingThatASegmentHolds) {
  const test::ProgramResult dumped = test::run_program({SHMX_SHMTOOL, "dump", live_segment()});
  ASSERT_EQ(dumped.exit_code, 0) << dumped.err;
  for (const char* line :
       {"state    live\n", "service  shop\n", "layout   1.2\n",
        "losses   none\npresents nothing that it told\n",
        "counter orders_total\n  Orders \"taken\".\n", "{kind=\"re\\x1b[2Jtail\"} 12\n",
        "counter busy_seconds_total, in seconds, counted in 1/1000000000\n",
        "gauge temperature, mode mostrecent\n", "{room=\"a\"} -2.5, set 20", "{room=\"b\"} 0\n",
        "(overflow) never set\n", "{queue=\"größe\"} count 3, sum 9\n      up to 0.5      1\n",
        "      up to 1        1\n      up to +Inf     1\n",
        "      exemplar 3 trace 0af76500000000000000000000000000 span b7ad000000000000, 20",
        "      exemplar 0.25 trace 0af765"}) {
    EXPECT_THAT(dumped.out, HasSubstr(line));
  }
  EXPECT_EQ(dumped.out.find('\x1b'), std::string::npos)
      << "a control character reached the terminal";
}

/// A segment whose process presents the certificate of orders, or this text.
class DumpOfCertificates : public ::testing::Test {
 protected:
  void write(std::string_view pem) const {
    test::Image image = test::right_image();
    image.append(encode_certificates(pem));
    image.write_to(test::create_file(path_));
  }
  const test::TempDir directory_;
  const std::string path_ = directory_ / "certificates.shmx";
};

TEST_F(DumpOfCertificates, GivesProgramsTheirNamesAndTimes) {
  write(test::kOrdersCertificate);
  expect_json(path_,
              "d['certificates'] == [{'subject': 'CN=orders,O=Example', 'issuer': "
              "'CN=orders,O=Example', 'dns': ['orders.example'], 'uris': "
              "['spiffe://example.org/orders'], 'addresses': [], 'emails': [], "
              "'not_before_unix_s': 1795741312, 'not_after_unix_s': 4949341312}]");
}

TEST_F(DumpOfCertificates, ShowsPeopleTheirNamesAndTheirEnd) {
  write(test::kOrdersCertificate);
  EXPECT_THAT(test::run_program({SHMX_SHMTOOL, "dump", path_}).out,
              HasSubstr("presents CN=orders,O=Example for orders.example, "
                        "spiffe://example.org/orders, issued by CN=orders,O=Example, until "
                        "2126-11-03T01:01:52Z\nholds"));
}

TEST_F(DumpOfCertificates, ShowsAWholeChain) {
  write(std::string(test::kOrdersCertificate) + std::string(test::kOrdersCertificate));
  expect_json(path_, "len(d['certificates']) == 2");
  EXPECT_THAT(test::run_program({SHMX_SHMTOOL, "dump", path_}).out,
              HasSubstr("Z\n         CN=orders"));
}

TEST_F(DumpOfCertificates, SaysOfWhatIsNoneThatItIsNone) {
  write("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
  expect_json(path_, "'damaged' in d['certificates']['error']");
  EXPECT_THAT(test::run_program({SHMX_SHMTOOL, "dump", path_}).out,
              HasSubstr("presents what is no certificate: "));
}

/// Histograms with buckets of both kinds, and with native ones that are negative too.
class DumpOfNativeHistograms : public ::testing::Test {
 protected:
  DumpOfNativeHistograms() { test::minor_1_image().write_to(test::create_file(path_)); }
  const test::TempDir directory_;
  const std::string path_ = directory_ / "native.shmx";
};

TEST_F(DumpOfNativeHistograms, GivesProgramsTheRangeAndWhatIsNotEmpty) {
  expect_json(path_,
              "f['delay_seconds']['native'] == {'schema': 0, 'zero_threshold': 0.25, 'largest': 2, "
              "'buckets': 3} and f['delay_seconds']['bounds'] == [1, 2] and "
              "[(s['buckets'], s['native_buckets'], s['count'], s['sum']) for s in "
              "f['delay_seconds']['series']] == [([3, 1, 0], "
              "[{'above': 0, 'up_to': 0.25, 'observations': 1}, "
              "{'above': 0.5, 'up_to': 1, 'observations': 2}, "
              "{'above': 1, 'up_to': 2, 'observations': 1}], 4, 3.5)]");
  expect_json(path_,
              "'bounds' not in f['drift_seconds'] and [('buckets' in s, "
              "[(b['above'], b['up_to'], b['observations']) for b in s['native_buckets']], "
              "s['count'], s['sum']) for s in f['drift_seconds']['series']] == [(False, "
              "[('-Inf', -2, 1), (-2, -1, 1), (0.5, 1, 1)], 3, -3.5)]");
}

TEST_F(DumpOfNativeHistograms, ShowsPeopleTheRangeAndWhatIsNotEmpty) {
  const std::string text = test::run_program({SHMX_SHMTOOL, "dump", path_}).out;
  for (const char* part :
       {"histogram delay_seconds, in seconds, counted in 1/1000, 3 native buckets of schema 0 from "
        "0.25 to 2\n",
        "count 4, sum 3.5\n      up to 1        3\n      up to 2        1\n      up to +Inf     0\n"
        "      from 0 to 0.25  1\n      from 0.5 to 1  2\n      from 1 to 2  1\n",
        "2 native buckets of schema 0 from 0.5 to 2, negative too\n",
        "count 3, sum -3.5\n      from -Inf to -2  1\n      from -2 to -1  1\n"
        "      from 0.5 to 1  1\n"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST(Dump, SaysWhenTheProcessIsGone) {
  const test::TempDir directory;
  const std::string path = directory / "dead.shmx";
  test::small_image().write_to(test::create_file(path));
  EXPECT_THAT(test::run_program({SHMX_SHMTOOL, "dump", path}).out,
              AllOf(HasSubstr("state    dead\n"), HasSubstr("service  image\n")));
  expect_json(path, "d['state'] == 'dead'");
}

TEST(Dump, ShowsWhatWasLost) {
  const test::TempDir directory;
  const std::string path = directory / "lossy.shmx";
  test::Image image = test::small_image();
  image.header().losses[static_cast<std::size_t>(layout::Loss::values_refused)].store(
      3, std::memory_order_relaxed);
  image.write_to(test::create_file(path));
  EXPECT_THAT(test::run_program({SHMX_SHMTOOL, "dump", path}).out,
              HasSubstr("losses   values_refused 3\n"));
  expect_json(path, "d['losses']['values_refused'] == 3 and d['losses']['shards_shared'] == 0");
}

TEST(Dump, ShowsAFamilyOfALaterReleaseAsUnknown) {
  const test::TempDir directory;
  const std::string path = directory / "later.shmx";
  test::Image image = test::small_image();
  FamilyDescriptor later = test::counter_family("later_total");
  later.kind = static_cast<FamilyKind>(42);
  image.append(later);
  image.write_to(test::create_file(path));
  EXPECT_THAT(test::run_program({SHMX_SHMTOOL, "dump", path}).out, HasSubstr("of kind 42"));
  expect_json(path, "d['families'][-1] == {'kind': 'unknown', 'kind_number': 42, 'series': []}");
}

}  // namespace
}  // namespace shmx::tool
