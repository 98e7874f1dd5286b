// See status.h for what is where.
#include <boost/json.hpp>
#include <cmath>
#include <limits>
#include <string_view>

#include "agent/status/status.h"
#include "agent/status/utf8.h"

namespace shmx::status {
namespace {

namespace json = boost::json;

constexpr int kVersion = 1;

/// Names and claims may hold anything; JSON is UTF-8.
json::string text(std::string_view bytes) {
  return json::string(valid_utf8(bytes));
}

/// An integer where JSON libraries keep one.
json::value number(double value) {
  constexpr double kMaxExact = 9'007'199'254'740'992;  // 2^53
  if (!std::isfinite(value)) {
    return nullptr;
  }
  if (value == std::trunc(value) && std::abs(value) < kMaxExact) {
    return static_cast<std::int64_t>(value);
  }
  return value;
}

json::value number(model::Ticks value) {
  if (value >= 0 && value <= std::numeric_limits<std::uint64_t>::max()) {
    return static_cast<std::uint64_t>(value);
  }
  return static_cast<double>(value);
}

template <typename Item, typename Convert>
json::array list(const std::vector<Item>& items, Convert convert) {
  json::array array;
  array.reserve(items.size());
  for (const Item& item : items) {
    array.push_back(convert(item));
  }
  return array;
}

template <typename Value>
json::object counts(const std::map<std::string, Value>& by_name) {
  json::object object;
  for (const auto& [name, count] : by_name) {
    object[valid_utf8(name)] = number(count);
  }
  return object;
}

json::value scrape(const std::optional<Scrape>& last) {
  if (!last) {
    return nullptr;
  }
  return {{"time_seconds", number(last->time_seconds)},
          {"duration_seconds", number(last->duration_seconds)}};
}

json::object directory(const Directory& one) {
  return {{"path", text(one.path)},
          {"present", one.present},
          {"size_bytes", number(one.size_bytes)},
          {"free_bytes", number(one.free_bytes)},
          {"inodes", number(one.inodes)},
          {"free_inodes", number(one.free_inodes)}};
}

json::object request(const Request& one) {
  return {
      {"handler", text(one.handler)}, {"code", text(one.code)}, {"count_total", number(one.count)}};
}

json::object agent(const Status& status) {
  json::object object = {{"ready", status.ready}};
  if (!status.agent) {
    return object;
  }
  const Agent& agent = *status.agent;
  object["problem"] = text(status.problem);
  object["version"] = text(agent.version);
  object["start_time_seconds"] = number(agent.start_time_seconds);
  object["uptime_seconds"] = number(status.time_seconds - agent.start_time_seconds);
  object["jobs"] = number(agent.jobs);
  object["series"] = number(agent.series);
  object["segments"] = counts(agent.segments);
  object["scrapes_total"] = number(agent.scrapes);
  object["last_scrape"] = scrape(agent.last_scrape);
  object["requests"] = list(agent.requests, request);
  object["folds_total"] = number(agent.folds);
  object["folds_waiting"] = number(agent.folds_waiting);
  object["fold_failures_total"] = number(agent.fold_failures);
  object["states_lost_total"] = number(agent.states_lost);
  object["state_size_bytes"] = number(agent.state_size_bytes);
  object["resident_memory_bytes"] = number(agent.resident_memory_bytes);
  object["reload_successful"] = agent.reload_successful;
  object["directories"] = list(agent.directories, directory);
  return object;
}

json::value latency(const std::optional<Latency>& buckets) {
  if (!buckets) {
    return nullptr;
  }
  return {{"le", list(buckets->le, [](double le) { return json::value(le); })},
          {"count_total", list(buckets->count, [](model::Ticks count) { return number(count); })},
          {"sum_seconds", number(buckets->sum_seconds)}};
}

json::object method(const Method& one) {
  return {{"method", text(one.method)},
          {"type", text(one.type)},
          {"handled_total", number(one.handled)},
          {"errors_total", number(one.errors)}};
}

json::value rpcs(const std::optional<Rpcs>& side) {
  if (!side) {
    return nullptr;
  }
  return {{"started_total", side->started ? number(*side->started) : json::value(nullptr)},
          {"handled_total", counts(side->handled)},
          {"in_flight", side->in_flight ? number(*side->in_flight) : json::value(nullptr)},
          {"handling_seconds", latency(side->latency)},
          {"methods", list(side->methods, method)}};
}

json::object job(const Job& one) {
  return {{"tenant", text(one.tenant)},
          {"job", text(one.job)},
          {"uid", text(one.uid)},
          {"processes", number(one.processes)},
          {"processes_started_total", number(one.started)},
          {"processes_ended_total", number(one.ended)},
          {"last_exit_time_seconds",
           one.last_exit_time_seconds ? number(*one.last_exit_time_seconds) : json::value(nullptr)},
          {"series", one.series},
          {"server", rpcs(one.server)},
          {"client", rpcs(one.client)}};
}

std::string_view name_of(Process::State state) {
  switch (state) {
    case Process::State::live:
      return "live";
    case Process::State::degraded:
      return "degraded";
    case Process::State::folding:
      break;
  }
  return "folding";
}

std::string_view name_of(Problem::State state) {
  switch (state) {
    case Problem::State::refused:
      return "refused";
    case Problem::State::quarantined:
      return "quarantined";
    case Problem::State::unread:
      break;
  }
  return "unread";
}

/// What tells users apart, for operators.
void add_user(json::object& object, const Status& status, std::uint32_t uid, std::uint32_t pid) {
  if (!status.everything) {
    return;
  }
  const auto name = status.users.find(uid);
  object["uid"] = uid;
  object["user"] = name != status.users.end() ? text(name->second) : json::string();
  if (pid != 0) {
    object["pid"] = pid;
  }
}

json::object process(const Status& status, const Process& one) {
  json::object object = {{"tenant", text(one.tenant)},
                         {"job", text(one.job)},
                         {"layout", text(one.layout)},
                         {"series", one.series},
                         {"state", name_of(one.state)}};
  if (one.start_time_seconds > 0) {
    // What a process says of its start may be in the future.
    object["uptime_seconds"] =
        number(std::max(0.0, std::round(status.time_seconds - one.start_time_seconds)));
  }
  add_user(object, status, one.uid, one.pid);
  if (!one.identity_mismatch.empty()) {
    object["identity_mismatch"] = text(one.identity_mismatch);
  }
  return object;
}

json::object problem(const Status& status, const Problem& one) {
  json::object object = {
      {"tenant", text(one.tenant)}, {"job", text(one.job)}, {"state", name_of(one.state)}};
  add_user(object, status, one.uid, one.pid);
  if (status.everything) {
    object["file"] = text(one.file);
    object["reason"] = text(one.reason);
    object["detail"] = text(one.detail);
    object["remedy"] = text(one.remedy);
  }
  return object;
}

json::object push(const Push& one) {
  return {{"endpoint", text(one.target.endpoint)},
          {"tenant", text(one.target.tenant)},
          {"last_success_time_seconds", number(one.last_success_time_seconds)},
          {"pushes_total", counts(one.pushes)},
          {"points_total", number(one.points)},
          {"points_rejected_total", number(one.points_rejected)}};
}

json::object certificate(const Certificate& one) {
  return {{"file", text(one.file)},
          {"subject", text(one.subject)},
          {"expiry_time_seconds", number(one.expiry_time_seconds)}};
}

}  // namespace

std::string to_json(const Status& status) {
  const auto bound = [&status](auto convert) {
    return [&status, convert](const auto& one) { return convert(status, one); };
  };
  json::object object = {{"version", kVersion},
                         {"time_seconds", number(status.time_seconds)},
                         {"operator", status.everything},
                         {"metrics_path", text(status.metrics_path)},
                         {"agent", agent(status)},
                         {"jobs_total", status.jobs_total},
                         {"jobs", list(status.jobs, job)},
                         {"processes_total", status.processes_total},
                         {"processes", list(status.processes, bound(process))},
                         {"problems_total", status.problems_total},
                         {"problems", list(status.problems, bound(problem))},
                         {"pushes", nullptr},
                         {"certificates", nullptr}};
  if (status.everything) {
    object["pushes"] = list(status.pushes, push);
    object["certificates"] = list(status.certificates, certificate);
  }
  return json::serialize(object);
}

}  // namespace shmx::status
