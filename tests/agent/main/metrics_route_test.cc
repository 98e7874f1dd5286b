// The metrics as clients over HTTP see them: formats, encodings, filters, and what is bounded.
#include "agent/main/metrics_route.h"

#include <gmock/gmock.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <thread>

#include "tests/agent/main/served_routes.h"
#include "tests/agent/testing/temporary_directory.h"
#include "tests/agent/testing/writer_process.h"
#include "tests/agent/web/client.h"
#include "tests/agent/web/inflated.h"
#include "tests/agent/web/running_server.h"

namespace shmx::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using web::Client;
using web::get_request;
using web::inflated;

struct Options {
  std::size_t max_requests = 100;
  std::size_t held_bytes = std::size_t{64} << 20;
};

/// The route on a server of its own.
class Metrics : public ServedRoutes {
 public:
  explicit Metrics(const std::string& directory, const Options& options = {})
      : ServedRoutes(directory, options.held_bytes) {
    serve({metrics_route(
        {"/metrics", options.max_requests, false},
        {loop(), collection_, self_, *access_, records_, [](const std::string& /*sentence*/) {}})});
  }
};

class MetricsRoute : public ::testing::Test {
 protected:
  /// A family whose page does not change, of `series` series of about `bytes` each.
  void write_orders(int series, int bytes) {
    std::string labels;
    for (int i = 0; bytes > 0; ++i, bytes -= 500) {
      labels.append(" l").append(std::to_string(i)).append("=");
      labels.append(static_cast<std::size_t>(std::min(bytes, 500)), 'x');
    }
    for (int i = 0; i < series; ++i) {
      const auto n = std::to_string(i);
      writer_.run(
          std::string("counter c").append(n).append(" orders_total n=").append(n).append(labels));
      writer_.run("add c" + n + " 5");
    }
  }

  TemporaryDirectory directory_;
  WriterProcess writer_{directory_.path(), "shop"};
};

constexpr const char* kOrders = "/metrics?name[]=orders_total";
constexpr const char* kGzip = "Accept-Encoding: gzip\r\n";

TEST_F(MetricsRoute, GivesGzipToWhoAsksForIt) {
  write_orders(50, 100);
  Metrics metrics(directory_.path());
  metrics.start();
  Client client(metrics.address());
  const auto plain = client.get(kOrders);
  EXPECT_EQ(plain.header("Content-Encoding"), "");
  EXPECT_EQ(plain.header("Vary"), "Accept, Accept-Encoding");
  EXPECT_THAT(plain.body, HasSubstr("orders_total{job=\"shop\","));
  for (const char* headers :
       {kGzip, "accept-encoding: deflate, x-gzip;q=0.2\r\n", "Accept-Encoding: *\r\n",
        "Accept-Encoding: br\r\nAccept-Encoding: gzip\r\n"}) {
    const auto compressed = client.get(kOrders, headers);
    EXPECT_EQ(compressed.header("Content-Encoding"), "gzip") << headers;
    EXPECT_EQ(compressed.header("Content-Type"), plain.header("Content-Type"));
    EXPECT_EQ(inflated(compressed.body), plain.body);
  }
  EXPECT_EQ(client.get(kOrders, "Accept-Encoding: gzip;q=0\r\n").body, plain.body);
}

TEST_F(MetricsRoute, HeadHasTheHeadersOfGet) {
  write_orders(50, 100);
  Metrics metrics(directory_.path());
  metrics.start();
  Client client(metrics.address());
  for (const char* headers : {"", kGzip}) {
    const auto get = client.get(kOrders, headers);
    client.send("HEAD" + get_request(kOrders, headers).substr(3));
    EXPECT_EQ(client.receive(true).head, get.head);
  }
}

TEST_F(MetricsRoute, GivesTheFormatThatWasNegotiated) {
  write_orders(1, 1);
  Metrics metrics(directory_.path());
  metrics.start();
  Client client(metrics.address());
  for (const std::string accept :
       {"", "*/*", "text/plain", "application/openmetrics-text;version=1.0.0",
        "application/openmetrics-text;version=0.0.1;escaping=allow-utf-8,text/plain;q=0.5",
        ("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
         "encoding=delimited")}) {
    const auto reply = client.get(kOrders, "Accept: " + accept + "\r\n");
    EXPECT_EQ(reply.status(), 200);
    EXPECT_EQ(reply.header("Content-Type"), render::content_type(render::negotiate(accept)));
  }
  // A list may be split over several headers.
  const auto split = client.get(
      kOrders, "Accept: text/html\r\nAccept: application/openmetrics-text;version=1.0.0\r\n");
  EXPECT_EQ(split.header("Content-Type"),
            render::content_type(
                render::negotiate("text/html,application/openmetrics-text;version=1.0.0")));
}

TEST_F(MetricsRoute, ShowsTheFamiliesThatAreNamed) {
  write_orders(1, 1);
  Metrics metrics(directory_.path());
  metrics.start();
  Client client(metrics.address());
  const auto two =
      client.get("/metrics?name%5B%5D=orders_total&x=%&name[]=process_threads&name[]=orders_total");
  EXPECT_THAT(two.body, HasSubstr("\norders_total{"));
  EXPECT_THAT(two.body, HasSubstr("\nprocess_threads "));
  EXPECT_THAT(two.body, Not(HasSubstr("shm_exporter_build_info")));

  const auto none = client.get("/metrics?name[]=nothing");
  EXPECT_EQ(none.status(), 200);
  EXPECT_EQ(none.header("Content-Length"), "0");
  EXPECT_THAT(client.get("/metrics?x=y").body, HasSubstr("shm_exporter_build_info"));

  const auto malformed = client.get("/metrics?name[]=%zz");
  EXPECT_EQ(malformed.status(), 400);
  EXPECT_THAT(malformed.body, HasSubstr("name[]"));
}

TEST_F(MetricsRoute, FiftyClientsAtOnceShareOneCollection) {
  write_orders(200, 100);
  Metrics metrics(directory_.path());
  const std::vector<std::string> wants = {
      "", kGzip, "Accept: application/openmetrics-text;version=1.0.0\r\n",
      "Accept: application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
      "encoding=delimited\r\nAccept-Encoding: gzip\r\n"};
  std::deque<Client> clients;
  for (std::size_t i = 0; i < 50; ++i) {
    clients.emplace_back(metrics.address());
    clients.back().send(get_request("/metrics", wants[i % wants.size()]));
  }
  metrics.wait_for_requests(clients.size());
  metrics.start();
  std::vector<web::Reply> replies;
  replies.reserve(clients.size());
  for (auto& client : clients) replies.push_back(client.receive());
  for (std::size_t i = 0; i < replies.size(); ++i) {
    EXPECT_EQ(replies[i].status(), 200);
    EXPECT_TRUE(replies[i].body == replies[i % wants.size()].body);
  }
  EXPECT_TRUE(inflated(replies[1].body) == replies[0].body);
  const auto page = clients.front().get("/metrics").body;
  EXPECT_THAT(page, HasSubstr("\nshm_exporter_scrape_duration_seconds_count 1\n"));
}

TEST_F(MetricsRoute, FiftyThreadsThatScrapeAsFastAsTheyCanGetWholePages) {
  write_orders(200, 100);
  Metrics metrics(directory_.path());
  metrics.start();
  const auto right = Client(metrics.address()).get(kOrders).body;
  std::atomic<int> wrong = 0;
  constexpr int kThreads = 50;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, compressed = i % 2 == 0] {
      Client client(metrics.address());
      for (int scrape = 0; scrape < 20; ++scrape) {
        const auto reply = client.get(kOrders, compressed ? kGzip : "");
        if ((compressed ? inflated(reply.body) : reply.body) != right) ++wrong;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST_F(MetricsRoute, MoreRequestsAtOnceThanThereMayBeAreAnswered503AndCounted) {
  Metrics metrics(directory_.path(), {.max_requests = 20});
  std::deque<Client> admitted;
  for (int i = 0; i < 20; ++i) {
    admitted.emplace_back(metrics.address()).send(get_request("/metrics"));
  }
  metrics.wait_for_requests(admitted.size());
  std::deque<Client> refused;
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(refused.emplace_back(metrics.address()).get("/metrics").status(), 503);
  }
  metrics.start();
  for (auto& client : admitted) EXPECT_EQ(client.receive().status(), 200);
  EXPECT_THAT(admitted.front().get("/metrics").body,
              HasSubstr("http_requests_total{code=\"503\",handler=\"/metrics\"} 20\n"));
}

TEST_F(MetricsRoute, WhoseTimeoutPassesIsAnswered503AndGivesItsPlaceBack) {
  Metrics metrics(directory_.path(), {.max_requests = 1});
  Client client(metrics.address());
  for (int i = 0; i < 2; ++i) {  // the second finds the place of the first
    const auto reply = client.get("/metrics", "X-Prometheus-Scrape-Timeout-Seconds: 0.020000\r\n");
    EXPECT_EQ(reply.status(), 503);
    EXPECT_EQ(reply.header("Retry-After"), "1");
    metrics.wait_for_requests();
  }
  metrics.start();
  const auto page = client.get("/metrics", "X-Prometheus-Scrape-Timeout-Seconds: 60\r\n").body;
  EXPECT_THAT(page, HasSubstr("scrapes_refused_total{reason=\"timeout\"} 2\n"));
  EXPECT_THAT(page, HasSubstr("shm_exporter_scrape_duration_seconds_count 0\n"));
}

/// A client that takes the head of its response and nothing more.
class SlowClient {
 public:
  SlowClient(const std::string& address, const std::string& path) {
    client_.receive_little();
    client_.connect(address);
    client_.send(get_request(path));
    head_ = client_.receive_head();
  }
  int status() const { return head_.status(); }

 private:
  Client client_;
  web::Reply head_;
};

TEST_F(MetricsRoute, SlowReadersHoldABoundedAmountAndFastOnesAreServed) {
  write_orders(2000, 3000);  // 6 MB: more than sockets take
  const std::size_t page_bytes = [&] {
    Metrics once(directory_.path());
    once.start();
    return Client(once.address()).get(kOrders).body.size();
  }();
  ASSERT_GT(page_bytes, 6'000'000U);
  const std::size_t held_bytes = page_bytes * 5;
  Metrics metrics(directory_.path(), {.held_bytes = held_bytes});
  metrics.start();
  Client fast(metrics.address());
  std::size_t refused = 0;
  {
    std::deque<SlowClient> slow;
    for (int i = 0; i < 12; ++i) {
      slow.emplace_back(metrics.address(), kOrders);
      if (slow.back().status() != 200) {
        EXPECT_EQ(slow.back().status(), 503);
        ++refused;
      }
      const auto reply = fast.get(kOrders, kGzip);
      EXPECT_EQ(reply.status(), 200);
      EXPECT_EQ(inflated(reply.body).size(), page_bytes);
    }
    EXPECT_GE(refused, 12U - 5);
    EXPECT_LT(refused, 12U);
    const auto self = fast.get("/metrics?name[]=shm_exporter_held_page_bytes").body;
    const auto held = std::stod(self.substr(self.rfind(' ')));
    EXPECT_GE(held, static_cast<double>(page_bytes));
    EXPECT_LE(held, static_cast<double>(held_bytes));
  }
  // Once they are gone, so is what they held.
  while (fast.get(kOrders).body.size() != page_bytes) {
  }
  EXPECT_EQ(fast.get("/metrics", kGzip).status(), 200);
  const auto counted = fast.get("/metrics?name[]=shm_exporter_scrapes_refused_total").body;
  EXPECT_THAT(counted, Not(HasSubstr("{reason=\"held_bytes\"} 0\n")));
}

}  // namespace
}  // namespace shmx::testing
