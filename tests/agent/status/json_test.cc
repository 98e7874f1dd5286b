// A status as JSON: what is where, and that nothing in a name can be taken for anything else.
#include <gmock/gmock.h>

#include <boost/json.hpp>

#include "agent/status/status.h"

namespace shmx::status {
namespace {

namespace json = boost::json;

Rpcs some_rpcs() {
  Rpcs rpcs;
  rpcs.started = 12;
  rpcs.handled = {{"OK", 10}, {"NotFound", 1}};
  rpcs.in_flight = 1;
  rpcs.latency = Latency{{0.005, 0.01}, {8, 10, 11}, 0.125};
  rpcs.methods = {{"shop.Orders/Place", "unary", 11, 1}};
  return rpcs;
}

Agent some_agent() {
  Agent agent;
  agent.version = "1.2.3";
  agent.start_time_seconds = 1'700'000'000;
  agent.jobs = 1;
  agent.series = 34;
  agent.segments = {{"live", 1}, {"refused", 1}};
  agent.scrapes = 9;
  agent.last_scrape = Scrape{1'700'000'050.5, 0.25};
  agent.requests = {{"/metrics", "200", 9}};
  agent.folds = 3;
  agent.directories = {{"/run/segments", true, 1'000, 900, 64, 60}};
  return agent;
}

Status some_status() {
  Status status;
  status.time_seconds = 1'700'000'060.5;
  status.everything = true;
  status.ready = true;
  status.metrics_path = "/metrics";
  status.agent = some_agent();
  Job job;
  job.job = "orders";
  job.processes = 1;
  job.started = 2;
  job.ended = 1;
  job.last_exit_time_seconds = 1'700'000'001.5;
  job.series = 34;
  job.server = some_rpcs();
  status.jobs = {job};
  status.jobs_total = 1;
  status.processes = {
      {"", "orders", 42, 1'000, 1'700'000'000.25, "1.2", 34, Process::State::live, ""}};
  status.processes_total = 1;
  status.problems = {
      {"", "/run/segments/x.shmx", Problem::State::refused, "fifo", "", "Remove it.", 0, "", 0}};
  status.problems_total = 1;
  status.pushes = {{{"http://c/", ""}, 0, {{"failed", 2}}, 0, 0}};
  status.certificates = {{"/etc/c.pem", "CN=host", 1'800'000'000}};
  status.users = {{0, "root"}, {1'000, ""}};
  return status;
}

constexpr const char* kGolden = R"({
  "version": 1, "time_seconds": 1700000060.5, "operator": true, "metrics_path": "/metrics",
  "agent": {
    "ready": true, "problem": "", "version": "1.2.3", "start_time_seconds": 1700000000,
    "uptime_seconds": 60.5, "jobs": 1, "series": 34, "segments": {"live": 1, "refused": 1},
    "scrapes_total": 9, "last_scrape": {"time_seconds": 1700000050.5, "duration_seconds": 0.25},
    "requests": [{"handler": "/metrics", "code": "200", "count_total": 9}],
    "folds_total": 3, "folds_waiting": 0, "fold_failures_total": 0, "states_lost_total": 0,
    "state_size_bytes": 0, "resident_memory_bytes": 0, "reload_successful": true,
    "directories": [{"path": "/run/segments", "present": true, "size_bytes": 1000,
                     "free_bytes": 900, "inodes": 64, "free_inodes": 60}]},
  "jobs_total": 1,
  "jobs": [{
    "tenant": "", "job": "orders", "uid": "", "processes": 1, "processes_started_total": 2,
    "processes_ended_total": 1, "last_exit_time_seconds": 1700000001.5, "series": 34,
    "server": {
      "started_total": 12, "handled_total": {"NotFound": 1, "OK": 10}, "in_flight": 1,
      "handling_seconds": {"le": [0.005, 0.01], "count_total": [8, 10, 11], "sum_seconds": 0.125},
      "methods": [{"method": "shop.Orders/Place", "type": "unary", "handled_total": 11,
                   "errors_total": 1}]},
    "client": null}],
  "processes_total": 1,
  "processes": [{"tenant": "", "job": "orders", "layout": "1.2", "series": 34, "state": "live",
                 "uptime_seconds": 60, "uid": 1000, "user": "", "pid": 42}],
  "problems_total": 1,
  "problems": [{"tenant": "", "job": "", "state": "refused", "uid": 0, "user": "root",
                "file": "/run/segments/x.shmx", "reason": "fifo", "detail": "",
                "remedy": "Remove it."}],
  "pushes": [{"endpoint": "http://c/", "tenant": "", "last_success_time_seconds": 0,
              "pushes_total": {"failed": 2}, "points_total": 0, "points_rejected_total": 0}],
  "certificates": [{"file": "/etc/c.pem", "subject": "CN=host",
                    "expiry_time_seconds": 1800000000}]
})";

/// With the members of objects in one order, and numbers in one form.
json::value read(const std::string& text) {
  return json::parse(text);
}

TEST(Json, IsAsItIsDescribed) {
  const std::string made = to_json(some_status());
  EXPECT_EQ(read(made), read(kGolden)) << made;
}

TEST(Json, OfAReaderOfATenantHasNothingThatIsForOperators) {
  Status status = some_status();
  status.everything = false;
  status.agent.reset();
  const json::object made = read(to_json(status)).as_object();
  EXPECT_EQ(made.at("agent").as_object(), (json::object{{"ready", true}}));
  EXPECT_TRUE(made.at("pushes").is_null());
  EXPECT_TRUE(made.at("certificates").is_null());
  EXPECT_FALSE(made.at("processes").as_array()[0].as_object().contains("pid"));
  EXPECT_FALSE(made.at("processes").as_array()[0].as_object().contains("user"));
  EXPECT_FALSE(made.at("problems").as_array()[0].as_object().contains("reason"));
}

TEST(Json, KeepsHostileNamesAsTheyAre) {
  const std::string hostile = "</script>\"\\\n\x01<img src=x onerror=alert(1)>";
  Status status = some_status();
  status.jobs[0].job = hostile;
  status.jobs[0].server->handled = {{hostile, 1}};
  status.processes[0].job = hostile;
  const json::value made = read(to_json(status));
  const json::object& job = made.at("jobs").as_array()[0].as_object();
  EXPECT_EQ(job.at("job").as_string(), hostile);
  EXPECT_TRUE(job.at("server").at("handled_total").as_object().contains(hostile));
  EXPECT_EQ(made.at("processes").as_array()[0].at("job").as_string(), hostile);
}

TEST(Json, IsUtf8WhateverAFileIsCalled) {
  Status status = some_status();
  status.problems[0].file = "/run/\xff\xc3(\xe2\x82\xac)\xf0\x9f";
  status.problems[0].detail = std::string("nul \0 too", 9);
  const json::value made = read(to_json(status));
  EXPECT_EQ(made.at("problems").as_array()[0].at("file").as_string(),
            "/run/\xEF\xBF\xBD\xEF\xBF\xBD(\xe2\x82\xac)\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(Json, ANumberThatIsNoneIsNull) {
  Status status = some_status();
  status.agent->series = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(read(to_json(status)).at("agent").at("series").is_null());
}

TEST(Json, AStartInTheFutureIsNoNegativeUptime) {
  Status status = some_status();
  status.processes[0].start_time_seconds = status.time_seconds + 1e9;
  const json::value made = read(to_json(status));
  EXPECT_EQ(made.at("processes").as_array()[0].at("uptime_seconds"), json::value(0));
}

TEST(Json, OfAThousandProcessesIsWellBelowAMegabyte) {
  Status status = some_status();
  status.processes.assign(1'000, status.processes[0]);
  status.jobs.assign(100, status.jobs[0]);
  EXPECT_LT(to_json(status).size(), 300'000U);
}

TEST(ShownPath, HidesTheRandomBitsOfASegmentsName) {
  EXPECT_EQ(shown_path("/run", "0123456789abcdef0123456789abcdef.shmx"), "/run/01234567….shmx");
  EXPECT_EQ(shown_path("/run", ".0123456789abcdef0123456789abcdef"), "/run/.01234567…");
  EXPECT_EQ(shown_path("/run", "garbage.shmx"), "/run/garbage.shmx");
  EXPECT_EQ(shown_path("/run", "0123.shmx"), "/run/0123.shmx");
}

}  // namespace
}  // namespace shmx::status
