#include "agent/main/records.h"

#include <fstream>
#include <utility>

namespace shmx {
namespace {

std::string name_of(SegmentEvent::What what) {
  switch (what) {
    case SegmentEvent::What::admitted:
      return "segment_admitted";
    case SegmentEvent::What::refused:
      return "segment_refused";
    case SegmentEvent::What::quarantined:
      return "segment_quarantined";
    case SegmentEvent::What::retired:
      return "segment_retired";
    case SegmentEvent::What::identity_mismatch:
      return "identity_mismatch";
  }
  return "segment";
}

/// The first line of a file of procfs that begins so; empty when there is none, or no process.
std::string line_of(std::uint32_t pid, const char* file, std::string_view beginning = {}) {
  std::ifstream stream("/proc/" + std::to_string(pid) + "/" + file);
  std::string line;
  while (std::getline(stream, line)) {
    if (line.starts_with(beginning)) {
      return line;
    }
  }
  return {};
}

// The unified hierarchy's line of cgroups(7), on hosts with others beside it too.
constexpr std::string_view kUnified = "0::";

/// The systemd unit of a control group: the last part of the unified hierarchy's path that names
/// one. Empty: none does.
std::string unit_of(const std::string& cgroup) {
  std::string unit;
  for (std::size_t at = cgroup.find('/'); at != std::string::npos && at < cgroup.size();) {
    const std::size_t next = cgroup.find('/', at + 1);
    const std::string part = cgroup.substr(at + 1, next - at - 1);
    if (part.ends_with(".service") || part.ends_with(".scope")) {
      unit = part;
    }
    at = next;
  }
  return unit;
}

void add(audit::Event& event, const char* name, std::string_view text) {
  if (!text.empty()) {
    event.fields.emplace_back(name, std::string(text));
  }
}

audit::Value tenants_of(const model::Scope& scope) {
  return scope.everything ? std::vector<std::string>{"*"} : scope.tenants;
}

}  // namespace

Records::Records(std::unique_ptr<audit::Log> log, bool required,
                 std::function<void(const std::string&)> warn)
    : log_(std::move(log)), required_(required), warn_(std::move(warn)) {}

void Records::record(audit::Event event) {
  if (log_) {
    log_->record(std::move(event));
  }
}

void Records::started(std::string_view version, const InForce& in_force) {
  record(
      {"agent_started", {{"version", std::string(version)}, {"configuration", in_force.digest}}});
}

void Records::stopping(std::string_view why) {
  record({"agent_stopping", {{"signal", std::string(why)}}});
}

void Records::reloaded(const InForce& in_force, const std::string& problem) {
  if (problem.empty()) {
    record({"configuration_changed", {{"configuration", in_force.digest}}});
    use_key();
  } else {
    record({"configuration_refused", {{"configuration", in_force.digest}, {"problem", problem}}});
  }
}

/// The key may be among the files that have changed.
void Records::use_key() {
  if (!log_) {
    return;
  }
  if (auto replaced = log_->replace_key(); !replaced) {
    warn_("the audit log is not signed with its new key yet: " + replaced.error().message);
  }
}

bool Records::has_room_for_refusal() {
  const auto now = std::chrono::steady_clock::now();
  if (now - minute_ >= std::chrono::minutes(1)) {
    if (const std::int64_t more = refused_ - kMaxRefusedPerMinute; more > 0) {
      record({"segments_refused", {{"count", more}}});
    }
    minute_ = now;
    refused_ = 0;
  }
  return ++refused_ <= kMaxRefusedPerMinute;
}

void Records::segment(const SegmentEvent& event) {
  if (!log_ || (event.what == SegmentEvent::What::refused && !has_room_for_refusal())) {
    return;
  }
  audit::Event made{name_of(event.what),
                    {{"path", event.path},
                     {"device", static_cast<std::int64_t>(event.device)},
                     {"inode", static_cast<std::int64_t>(event.inode)},
                     {"uid", static_cast<std::int64_t>(event.owner)}}};
  add(made, "tenant", event.tenant);
  add(made, "job", event.job);
  add(made, "reason", event.reason);
  add(made, "detail", event.detail);
  add(made, "sha256", event.digest);
  if (event.pid != 0) {
    made.fields.emplace_back("pid", static_cast<std::int64_t>(event.pid));
  }
  if (event.what == SegmentEvent::What::admitted && event.pid != 0) {
    // While it is alive, and as far as the claimed pid is true.
    add(made, "comm", line_of(event.pid, "comm"));
    add(made, "unit", unit_of(line_of(event.pid, "cgroup", kUnified)));
  }
  record(std::move(made));
}

void Records::refused(const std::string& door, const std::string& peer, const std::string& reason,
                      const std::string& detail) {
  record(
      {"reader_refused", {{"door", door}, {"peer", peer}, {"reason", reason}, {"detail", detail}}});
}

void Records::given(const Given& given, std::function<void(bool)> done) {
  if (!log_) {
    done(true);
    return;
  }
  audit::Event event{std::string(given.how),
                     {{"reader", std::string(given.reader)},
                      {"peer", std::string(given.peer)},
                      {"tenants", tenants_of(given.scope)},
                      {"sha256", std::string(given.sha256)},
                      {"bytes", static_cast<std::int64_t>(given.bytes)}}};
  if (!required_) {
    log_->record(std::move(event));
    done(true);
    return;
  }
  log_->record(std::move(event), [done = std::move(done)](const Result<std::uint64_t>& recorded) {
    done(recorded.ok());
  });
}

}  // namespace shmx
