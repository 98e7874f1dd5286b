// What the agent sees, for the status page and for programs: made of one epoch, of which /metrics
// shows the same cells, and of the census taken with it. Made when somebody asks, kept by nobody:
// rates, ratios and quantiles are for whoever asks twice.
//
// As JSON (to_json), `GET /api/v1/status`, `?job=NAME` (repeatable) narrows jobs, processes and
// problems to these. Names ending in _total only ever rise, but for a restart of the agent or of a
// job; units are Prometheus' (seconds, bytes). A reader of tenants gets `agent.ready`, and of its
// tenants `jobs` and `processes` without what tells their users apart, and `problems` without what
// is wrong; `pushes` and `certificates` are null. An operator gets:
//
//   version            1; another one when a program that reads this one would go wrong
//   time_seconds       when this was collected, since 1970
//   operator           whether this is all there is
//   metrics_path       where /metrics is, for every reader
//   agent              version, ready, problem (why it is not), start_time_seconds, uptime_seconds,
//                      jobs, series, segments {live, unread, refused, quarantined, degraded},
//                      scrapes_total, last_scrape {time_seconds, duration_seconds} or null,
//                      requests [{handler, code, count_total}], folds_total, folds_waiting,
//                      fold_failures_total, states_lost_total, state_size_bytes,
//                      resident_memory_bytes, reload_successful, directories [{path, present,
//                      size_bytes, free_bytes, inodes, free_inodes}]
//   jobs_total         how many there are; the first kMaxJobs are listed
//   jobs               [{tenant, job, uid, processes, processes_started_total,
//                      processes_ended_total, last_exit_time_seconds, series, server, client}],
//                      the last two null or {started_total, handled_total {CODE: n}, in_flight,
//                      handling_seconds, methods}
//   handling_seconds   null or {le: [...], count_total: [...], sum_seconds}: cumulative, the bucket
//                      of +Inf is the last of count_total and not in le
//   methods            the kMaxMethods with the most RPCs: [{method, type, handled_total,
//                      errors_total}]
//   processes_total    how many there are; the first kMaxProcesses are listed
//   processes          [{tenant, job, pid, uid, user, uptime_seconds, layout, series, state,
//                      identity_mismatch}], state: live, degraded, folding
//   problems_total     files that are not served; the first kMaxProblems are listed
//   problems           [{tenant, file, state, reason, detail, remedy, uid, user, job, pid}], state:
//                      refused, quarantined, unread
//   pushes             [{endpoint, tenant, last_success_time_seconds (0: never), pushes_total
//                      {accepted, refused, failed, skipped}, points_total, points_rejected_total}]
//   certificates       [{file, subject, expiry_time_seconds}]
#ifndef SHM_EXPORTER_AGENT_STATUS_STATUS_H
#define SHM_EXPORTER_AGENT_STATUS_STATUS_H

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/model/page.h"
#include "agent/model/scope.h"
#include "agent/status/census.h"
#include "agent/status/rpcs.h"

namespace shmx::status {

/// What is listed, so that no host makes a status of more than some megabytes: what a person can
/// look through, and more than most hosts have.
inline constexpr std::size_t kMaxJobs = 1'000;
inline constexpr std::size_t kMaxProcesses = 5'000;
inline constexpr std::size_t kMaxProblems = 500;

struct Scrape {
  double time_seconds = 0;  ///< since 1970
  double duration_seconds = 0;
};

/// Where numbers are pushed to.
struct PushTarget {
  std::string endpoint{};  ///< without credentials
  std::string tenant{};    ///< whose numbers; empty: everybody's
};

/// All that a status is made of.
struct Sources {
  std::shared_ptr<const model::Epoch> epoch{};  ///< never null; nothing is collected when not ready
  Census census{};
  std::string problem{};  ///< why nothing could be collected; empty: it was
  bool ready = false;
  double time_seconds = 0;  ///< since 1970
  std::string agent_version{};
  std::string metrics_path{};
  std::optional<Scrape> last_scrape{};
  std::vector<PushTarget> pushes{};
  std::function<std::string(std::uint32_t uid)> user_name{};  ///< empty: unknown
};

struct Request {
  std::string handler{};
  std::string code{};
  double count = 0;
};

struct Directory {
  std::string path{};
  bool present = false;
  double size_bytes = 0;
  double free_bytes = 0;
  double inodes = 0;
  double free_inodes = 0;
};

/// The agent's own health, from its own families.
struct Agent {
  std::string version{};
  double start_time_seconds = 0;
  double jobs = 0;
  double series = 0;
  std::map<std::string, double> segments{};  ///< by state
  double scrapes = 0;                        ///< pages of metrics that were given
  std::optional<Scrape> last_scrape{};
  std::vector<Request> requests{};
  double folds = 0;
  double folds_waiting = 0;
  double fold_failures = 0;
  double states_lost = 0;
  double state_size_bytes = 0;
  double resident_memory_bytes = 0;
  bool reload_successful = true;
  std::vector<Directory> directories{};
};

struct Job {
  std::string tenant{};
  std::string job{};
  std::string uid{};  ///< where another user's job has the name
  double processes = 0;
  double started = 0;
  double ended = 0;
  std::optional<double> last_exit_time_seconds{};
  std::uint64_t series = 0;
  std::optional<Rpcs> server{};
  std::optional<Rpcs> client{};
};

struct Push {
  PushTarget target{};
  double last_success_time_seconds = 0;    ///< 0: never
  std::map<std::string, double> pushes{};  ///< by outcome
  double points = 0;
  double points_rejected = 0;
};

struct Certificate {
  std::string file{};
  std::string subject{};
  double expiry_time_seconds = 0;
};

struct Status {
  double time_seconds = 0;
  bool everything = false;  ///< for an operator
  bool ready = false;
  std::string metrics_path{};
  std::string problem{};         ///< operators only
  std::optional<Agent> agent{};  ///< operators only
  std::size_t jobs_total = 0;
  std::vector<Job> jobs{};
  std::size_t processes_total = 0;
  std::vector<Process> processes{};
  std::size_t problems_total = 0;
  std::vector<Problem> problems{};
  std::vector<Push> pushes{};                    ///< operators only
  std::vector<Certificate> certificates{};       ///< operators only
  std::map<std::uint32_t, std::string> users{};  ///< names of the uids that are listed; as above
};

/// What the scope shows of it; only of these jobs, if any are named. Pure.
Status make_status(const Sources& sources, const model::Scope& scope,
                   const std::vector<std::string>& jobs);

/// Valid UTF-8, whatever names and claims hold.
std::string to_json(const Status& status);

}  // namespace shmx::status

#endif  // SHM_EXPORTER_AGENT_STATUS_STATUS_H
