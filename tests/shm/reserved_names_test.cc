// Which names no segment may use.
#include "shm/reserved_names.h"

#include <gtest/gtest.h>

namespace shmx {
namespace {

TEST(ReservedNames, FamiliesThatPrometheusOrTheAgentWrites) {
  for (const auto* const name : {"up", "target_info", "ALERTS", "ALERTS_FOR_STATE",
                                 "scrape_duration_seconds", "shm_exporter_job_processes"}) {
    EXPECT_TRUE(is_reserved_family(name)) << name;
  }
  for (const auto* const name : {"upper", "orders_total", "my_scrape_total", "alerts_total",
                                 "target_info_total", "process_cpu_seconds_total"}) {
    EXPECT_FALSE(is_reserved_family(name)) << name;
  }
}

TEST(ReservedNames, LabelsThatSayWhoseASeriesIs) {
  for (const auto* const name : {"job", "instance", "tenant", "uid", "pid", "le", "quantile",
                                 "exported_job", "exported_", "__name__", "__x"}) {
    EXPECT_TRUE(is_reserved_label(name)) << name;
  }
  for (const auto* const name : {"jobs", "grpc_method", "_x", "exporter", "lease"}) {
    EXPECT_FALSE(is_reserved_label(name)) << name;
  }
}

}  // namespace
}  // namespace shmx
