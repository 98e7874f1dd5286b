#include "agent/aggregate/family.h"

#include <algorithm>

#include "agent/aggregate/builtin_families.h"

namespace shmx::aggregate {
namespace {

std::optional<Conflict> mismatch(const FamilyDescriptor& family, FamilyKind kind, GaugeMode mode,
                                 std::uint64_t ticks_per_unit) {
  if (family.kind != kind) {
    return Conflict::type;
  }
  if (family.mode != mode) {
    return Conflict::mode;
  }
  // A gauge's cells are no ticks.
  if (kind != FamilyKind::gauge && family.ticks_per_unit != ticks_per_unit) {
    return Conflict::resolution;
  }
  return std::nullopt;
}

bool is_histogram(const Job& job, std::string_view name) {
  // On every page, whoever has it: nobody takes its samples' names.
  if (const BuiltinFamily* const builtin = find_builtin(name)) {
    return builtin->kind == FamilyKind::histogram;
  }
  const auto found = job.families.find(std::string(name));
  return found != job.families.end() && found->second.kind == FamilyKind::histogram;
}

bool collides(const Job& job, const FamilyDescriptor& family) {
  const std::string_view name = family.name;
  for (const std::string_view suffix : kHistogramSuffixes) {
    if (family.kind == FamilyKind::histogram &&
        job.families.contains(family.name + std::string(suffix))) {
      return true;
    }
    if (name.ends_with(suffix) && is_histogram(job, name.substr(0, name.size() - suffix.size()))) {
      return true;
    }
  }
  return false;
}

void append_sized(std::string& key, std::string_view text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  key.append(reinterpret_cast<const char*>(&size), sizeof(size));
  key.append(text);
}

}  // namespace

std::string_view to_string(Conflict reason) noexcept {
  switch (reason) {
    case Conflict::type:
      return "type_conflict";
    case Conflict::mode:
      return "mode_conflict";
    case Conflict::resolution:
      return "resolution_conflict";
    case Conflict::limit:
      return "too_many_families";
    case Conflict::collision:
      break;
  }
  return "sample_collision";
}

std::optional<Conflict> conflict(const Job& job, const FamilyDescriptor& family) {
  if (const BuiltinFamily* const builtin = find_builtin(family.name)) {
    if (const auto problem =
            mismatch(family, builtin->kind, builtin->mode, builtin->ticks_per_unit)) {
      return problem;
    }
  }
  if (const auto known = job.families.find(family.name); known != job.families.end()) {
    const FamilyState& first = known->second;
    return mismatch(family, first.kind, first.mode, first.ticks_per_unit);
  }
  if (collides(job, family)) {
    return Conflict::collision;
  }
  if (job.families.size() >= kMaxFamiliesPerJob) {
    return Conflict::limit;
  }
  return std::nullopt;
}

std::string description_of(const Job& job) {
  return (job.tenant.empty() ? "" : "tenant " + job.tenant + ", ") + "job " + job.name;
}

std::string series_key(const Labels& labels, std::string_view pid) {
  std::string key;
  append_sized(key, pid);
  for (const Label& label : labels) {
    if (!label.value.empty()) {
      append_sized(key, label.name);
      append_sized(key, label.value);
    }
  }
  return key;
}

Labels exposed_labels(Labels labels, const Job& job, const std::string& pid) {
  labels.push_back({"job", job.name});
  if (!job.tenant.empty()) {
    labels.push_back({"tenant", job.tenant});
  }
  if (!job.bare) {
    labels.push_back({"uid", std::to_string(job.owner)});
  }
  if (!pid.empty()) {
    labels.push_back({"pid", pid});
  }
  std::sort(labels.begin(), labels.end());
  return labels;
}

}  // namespace shmx::aggregate
