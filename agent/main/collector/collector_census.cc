// Which processes and files there are, for the status page. Made when it is asked for.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "agent/main/collector/collector_impl.h"
#include "agent/read/advice.h"

namespace shmx {
namespace {

constexpr double kNanosecondsPerSecond = 1e9;

using Process = status::Process;
using Problem = status::Problem;

bool has_lost(const std::array<std::uint64_t, layout::kLossCount>& losses) {
  return std::ranges::any_of(losses, [](std::uint64_t lost) { return lost != 0; });
}

std::string remedy_of(std::string_view reason) {
  const read::Advice* const advice = read::find_advice(reason);
  return advice == nullptr ? std::string() : std::string(advice->remedy);
}

}  // namespace

Process Collector::Impl::process_of(const scan::File& file, const SegmentClaims& claims,
                                    Process::State state) const {
  Process process;
  process.tenant = tenants_.name_of(file.place);
  process.job = claims.service;
  process.pid = claims.pid;
  process.uid = file.identity.owner;
  process.start_time_seconds =
      static_cast<double>(claims.start_time_unix_ns) / kNanosecondsPerSecond;
  process.layout = std::to_string(claims.major) + "." + std::to_string(claims.minor);
  process.state = state;
  return process;
}

Problem Collector::Impl::problem_of(const scan::File& file, Problem::State state,
                                    std::string reason, std::string detail,
                                    const SegmentClaims& claims) const {
  Problem problem;
  problem.tenant = tenants_.name_of(file.place);
  problem.file = status::shown_path(tenants_.directories()[file.place], file.name);
  problem.state = state;
  problem.remedy = remedy_of(reason);
  problem.reason = std::move(reason);
  problem.detail = std::move(detail);
  problem.uid = file.identity.owner;
  problem.job = claims.service;
  problem.pid = claims.pid;
  return problem;
}

void Collector::Impl::add_problems(status::Census& census) const {
  for (const auto& [id, why] : quarantined_) {
    if (const scan::File* const file = scanner_.find(id)) {
      census.problems.push_back(
          problem_of(*file, Problem::State::quarantined, why.reason, why.detail, why.claims));
    }
  }
  for (const auto& [id, job] : unclaimed_) {
    if (const scan::File* const file = scanner_.find(id)) {
      SegmentClaims claims;
      claims.service = job;
      census.problems.push_back(problem_of(*file, Problem::State::refused, "claim",
                                           "tenant " + tenants_.name_of(file->place) +
                                               " may not claim the job " + job + "; it may with " +
                                               tenants_.admitting(file->place, job),
                                           claims));
    }
  }
  for (const scan::FileId id : unread_) {
    if (const scan::File* const file = scanner_.find(id)) {
      census.problems.push_back(problem_of(*file, Problem::State::unread, "io", {}, {}));
    }
  }
  const std::vector<scan::RefusedNow> refused = scanner_.refused_files();
  for (const scan::RefusedNow& file : refused) {
    Problem problem;
    problem.tenant = tenants_.name_of(file.place);
    problem.file = status::shown_path(tenants_.directories()[file.place], file.name);
    problem.reason = file.reason;
    problem.detail = file.detail;
    problem.remedy = remedy_of(file.reason);
    problem.uid = file.identity.owner;
    census.problems.push_back(std::move(problem));
  }
  census.problems_unnamed =
      scanner_.refused_now() - std::min<std::uint64_t>(scanner_.refused_now(), refused.size());
}

status::Census Collector::Impl::census() const {
  status::Census census;
  census.processes.reserve(live_.size() + burials_.size());
  for (const auto& [id, live] : live_) {
    Process process =
        process_of(*live.file, live.content.claims(),
                   has_lost(live.losses) ? Process::State::degraded : Process::State::live);
    process.series = aggregator_.series_of(id);
    if (live.presented.mismatch) {
      process.identity_mismatch = live.presented.mismatch->reason;
    }
    census.processes.push_back(std::move(process));
  }
  for (const Burial& burial : burials_) {
    const scan::File* const file = scanner_.find(burial.id);
    if (file != nullptr && !burial.quarantined) {
      census.processes.push_back(process_of(*file, burial.claims, Process::State::folding));
    }
  }
  add_problems(census);
  for (aggregate::JobSeries& job : aggregator_.job_series()) {
    census.jobs.push_back(
        {std::move(job.tenant), std::move(job.job), std::move(job.uid), job.series});
  }
  return census;
}

}  // namespace shmx
