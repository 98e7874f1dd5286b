// The page's structure, made when a family or a series comes or goes, and its filling with one
// epoch's numbers, at every scrape. What cannot be one typed family (jobs that disagree about a
// name) becomes untyped, its values intact.
#ifndef SHM_EXPORTER_AGENT_AGGREGATE_PAGE_H
#define SHM_EXPORTER_AGENT_AGGREGATE_PAGE_H

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "agent/aggregate/family.h"
#include "agent/aggregate/totals.h"
#include "agent/model/model.h"
#include "agent/model/pool.h"

namespace shmx::aggregate {

/// How a point's value comes from its slots or its job.
enum class Form : std::uint8_t {
  counter,
  histogram,
  gauge,
  in_flight,
  counter_number,  ///< a counter in an untyped family
  bucket_number,   ///< a cumulative bucket in an untyped family
  sum_number,      ///< a histogram's sum in an untyped family
  job_processes,
  job_started,
  job_ended,
  job_newest_start,
  job_last_exit,
};

struct PagePoint {
  std::shared_ptr<const model::Series> series;
  Form form;
  bool hidden_at_zero = false;
  Slot slot = 0;
  std::uint32_t buckets = 0;         ///< histogram: all; bucket_number: how many are added up
  std::uint64_t ticks_per_unit = 1;  ///< where a number is made of ticks here
  const Job* job = nullptr;
};

struct PageFamily {
  std::shared_ptr<const model::FamilyInfo> info;
  std::vector<PagePoint> points;
};

class Page {
 public:
  /// Makes the structure. `jobs` must outlive it, or be laid out again.
  void lay_out(const Jobs& jobs);

  std::shared_ptr<const model::Snapshot> fill(const Totals& totals);

 private:
  std::vector<PageFamily> families_;
  model::Pool<model::Snapshot> pool_;
};

}  // namespace shmx::aggregate

#endif  // SHM_EXPORTER_AGENT_AGGREGATE_PAGE_H
