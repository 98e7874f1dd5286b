// The status page and its JSON as clients over HTTP see them.
#include "agent/main/status_route.h"

#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <memory>
#include <utility>
#include <vector>

#include "agent/status/page.h"
#include "tests/agent/audit/logs.h"
#include "tests/agent/main/served_routes.h"
#include "tests/agent/testing/temporary_directory.h"
#include "tests/agent/testing/writer_process.h"
#include "tests/agent/web/client.h"
#include "tests/agent/web/inflated.h"
#include "tests/agent/web/running_server.h"

namespace shmx::testing {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using web::Client;

/// The routes on a server of their own; with a log of what was given.
class Served : public ServedRoutes {
 public:
  explicit Served(const std::string& directory, std::unique_ptr<audit::Log> log = nullptr,
                  const web::Config& config_of_web = {}, bool started = true)
      : ServedRoutes(directory, std::size_t{64} << 20, std::move(log)) {
    std::vector<web::Route> routes = status_page_routes(*access_, loop());
    routes.push_back(
        status_route({"1.2.3", "/metrics", {{"http://collector/", ""}}},
                     {loop(), collection_, *access_, records_,
                      [](const std::string& sentence) { ADD_FAILURE() << sentence; }}));
    serve(std::move(routes), config_of_web);
    if (started) {
      start();
    }
  }
};

class StatusRoute : public ::testing::Test {
 protected:
  StatusRoute() {
    writer_.run("counter orders orders_total");
    writer_.run("add orders 5");
  }

  TemporaryDirectory directory_;
  WriterProcess writer_{directory_.path(), "shop"};
};

TEST_F(StatusRoute, SaysWhatTheAgentSees) {
  Served served(directory_.path());
  Client client(served.address());
  const auto reply = client.get("/api/v1/status");
  EXPECT_EQ(reply.status(), 200);
  EXPECT_EQ(reply.header("Content-Type"), "application/json");
  EXPECT_EQ(reply.header("Cache-Control"), "no-store");
  const json::object status = json::parse(reply.body).as_object();
  EXPECT_EQ(status.at("version"), json::value(1));
  EXPECT_EQ(status.at("metrics_path").as_string(), "/metrics");
  EXPECT_EQ(status.at("agent").at("version").as_string(), "1.2.3");
  EXPECT_TRUE(status.at("agent").at("ready").as_bool());
  ASSERT_THAT(status.at("jobs").as_array(), SizeIs(1));
  EXPECT_EQ(status.at("jobs").as_array()[0].at("job").as_string(), "shop");
  ASSERT_THAT(status.at("processes").as_array(), SizeIs(1));
  EXPECT_EQ(status.at("processes").as_array()[0].at("pid"), json::value(writer_.pid()));
  ASSERT_THAT(status.at("pushes").as_array(), SizeIs(1));
}

TEST_F(StatusRoute, IsNarrowedByTheQuery) {
  Served served(directory_.path());
  Client client(served.address());
  const auto jobs = [&client](const std::string& target) {
    return json::parse(client.get(target).body).at("jobs").as_array();
  };
  EXPECT_THAT(jobs("/api/v1/status?job=sh%6Fp"), SizeIs(1));
  EXPECT_THAT(jobs("/api/v1/status?job=other&job=shop"), SizeIs(1));
  EXPECT_THAT(jobs("/api/v1/status?job=other"), IsEmpty());
  EXPECT_EQ(client.get("/api/v1/status?job=%zz").status(), 400);
}

TEST_F(StatusRoute, IsCompressedForWhoTakesIt) {
  Served served(directory_.path());
  Client client(served.address());
  const auto reply = client.get("/api/v1/status", "Accept-Encoding: gzip, deflate, br\r\n");
  EXPECT_EQ(reply.header("Content-Encoding"), "gzip");
  EXPECT_EQ(json::parse(web::inflated(reply.body)).at("version"), json::value(1));
}

TEST_F(StatusRoute, WhatWasGivenIsOnRecordWithItsDigest) {
  audit::LogPlace place;
  std::string digest;
  {
    Served served(directory_.path(), place.open());
    Client client(served.address());
    digest = client.get("/api/v1/status").header("Content-Digest");
  }
  EXPECT_THAT(digest, HasSubstr("sha-256=:"));
  EXPECT_THAT(audit::read_file(place.file(1)),
              HasSubstr(R"("type":"status","reader":"anonymous","peer":"127.0.0.1")"));
}

TEST_F(StatusRoute, EachFileOfThePageIsServedUnderAStrictPolicy) {
  Served served(directory_.path());
  Client client(served.address());
  for (const status::PageFile& file : status::page_files()) {
    const auto reply = client.get(std::string(file.path));
    EXPECT_EQ(reply.status(), 200) << file.path;
    EXPECT_TRUE(reply.body == file.bytes) << file.path;
    EXPECT_EQ(reply.header("Content-Type"), file.content_type) << file.path;
    EXPECT_EQ(reply.header("Cache-Control"), "no-cache") << file.path;
    EXPECT_EQ(reply.header("Content-Security-Policy"),
              "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
              "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    EXPECT_EQ(reply.header("X-Content-Type-Options"), "nosniff") << file.path;
    EXPECT_EQ(reply.header("Referrer-Policy"), "no-referrer") << file.path;
  }
}

TEST_F(StatusRoute, HeadersOfTheConfigurationWin) {
  web::Config config;
  config.headers = {{"Content-Security-Policy", "default-src 'self'"}};
  Served served(directory_.path(), nullptr, config);
  Client client(served.address());
  EXPECT_EQ(client.get("/").header("Content-Security-Policy"), "default-src 'self'");
}

TEST_F(StatusRoute, WhoeverGoesAwayTakesItsPlaceUntilItsTurn) {
  Served served(directory_.path(), nullptr, {}, false);  // Nothing is collected before start().
  for (std::size_t i = 0; i < kMaxStatusRequests; ++i) {
    Client gone(served.address());
    gone.send(web::get_request("/api/v1/status"));
    served.wait_for_requests();
  }
  Client client(served.address());
  EXPECT_EQ(client.get("/api/v1/status").status(), 503);
  served.start();
  int status = 503;  // Until the others have had their turn.
  while (status == 503) status = client.get("/api/v1/status").status();
  EXPECT_EQ(status, 200);
}

}  // namespace
}  // namespace shmx::testing
