// What agent/main has below its routes, and a server of its own for them, open to everybody.
#ifndef SHM_EXPORTER_TESTS_AGENT_MAIN_SERVED_ROUTES_H
#define SHM_EXPORTER_TESTS_AGENT_MAIN_SERVED_ROUTES_H

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "agent/audit/log.h"
#include "agent/main/access.h"
#include "agent/main/collection.h"
#include "agent/main/records.h"
#include "agent/self/self_metrics.h"
#include "agent/web/front.h"
#include "agent/web/router.h"
#include "agent/web/server.h"
#include "tests/agent/web/running_server.h"

namespace shmx::testing {

class ServedRoutes {
 public:
  ServedRoutes(const ServedRoutes&) = delete;
  ServedRoutes& operator=(const ServedRoutes&) = delete;

  /// Nothing is collected before.
  void start() { collection_.start(); }

  const std::string& address() const { return address_; }

  /// Waits until so many more requests are with the handler of the last route.
  void wait_for_requests(std::size_t count = 1) {
    for (; count > 0; --count) asked_.take();
  }

 private:
  boost::asio::io_context loop_{1};  // first, since it must outlive every responder

 protected:
  ServedRoutes(const std::string& directory, std::size_t held_bytes,
               std::unique_ptr<audit::Log> log = nullptr);
  ~ServedRoutes();

  boost::asio::io_context& loop() { return loop_; }

  /// Once.
  void serve(std::vector<web::Route> routes, const web::Config& config = {});

  self::SelfMetrics self_{{.version = "1.2.3", .revision = "", .compiler = ""}, "/proc"};
  std::unique_ptr<Access> access_;
  Records records_;
  Collection collection_;

 private:
  web::Mailbox<bool> asked_;
  std::optional<web::Server> server_;
  std::string address_;
  std::thread thread_;
};

}  // namespace shmx::testing

#endif  // SHM_EXPORTER_TESTS_AGENT_MAIN_SERVED_ROUTES_H
