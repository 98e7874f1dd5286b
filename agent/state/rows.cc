#include "agent/state/rows.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "agent/state/encoding.h"

namespace shmx::state {
namespace {

std::int64_t number(const Row& row, std::size_t column) {
  return std::get<std::int64_t>(row[column]);
}
const std::string& text(const Row& row, std::size_t column) {
  return std::get<std::string>(row[column]);
}
const Bytes& bytes(const Row& row, std::size_t column) {
  return std::get<Bytes>(row[column]);
}

/// Values of every release's families fit these types; which are known is asked later.
bool fits_kind(std::int64_t value) {
  return value >= 0 && value <= UINT16_MAX;
}

std::size_t ticks_per_series(const model::RetiredFamily& family) {
  const FamilyDescriptor& descriptor = family.descriptor;
  switch (descriptor.kind) {
    case FamilyKind::histogram:
      return cells_of(descriptor);
    case FamilyKind::gauge:
      return 0;  // Gauges are of live processes only.
    default:
      return 1;
  }
}

/// A release that does not know native histograms leaves a family of them and begins one of the
/// same name, which may become one of them again: the newest counts. Ids ascend with time. Two that
/// it knows are damage.
std::optional<std::set<model::RetiredId>> superseded(const std::vector<Row>& families) {
  std::set<model::RetiredId> older;
  std::map<std::pair<std::int64_t, std::string>, const Row*> newest;
  for (const Row& row : families) {
    const auto [same, is_new] = newest.try_emplace({number(row, 1), text(row, 2)}, &row);
    if (is_new) {
      continue;
    }
    if (number(row, 3) != layout::kNativeHistogramKind &&
        number(*same->second, 3) != layout::kNativeHistogramKind) {
      return std::nullopt;
    }
    older.insert(std::min(number(row, 0), number(*same->second, 0)));
    same->second = number(row, 0) > number(*same->second, 0) ? &row : same->second;
  }
  return older;
}

/// A tenant's job is stored under a name of its own, for a release that knows no tenants: to that,
/// a name and an owner are one job. No tenant's name has a slash.
std::string stored_name(const model::RetiredJob& job) {
  return job.tenant.empty() ? job.name : job.tenant + "/" + job.name;
}

std::int64_t kind_of(const FamilyDescriptor& descriptor) {
  return descriptor.native ? std::int64_t{layout::kNativeHistogramKind}
                           : static_cast<std::int64_t>(descriptor.kind);
}

}  // namespace

Row row_of(const model::RetiredJob& job) {
  return {job.id,
          stored_name(job),
          std::int64_t{job.owner},
          std::int64_t{job.bare},
          std::int64_t{job.per_process},
          std::int64_t{job.overflowed},
          job.folded,
          job.ended,
          job.newest_start_unix_ns,
          job.last_exit_unix_ns,
          job.left_at,
          job.tenant};
}

Row row_of(const model::RetiredFamily& family) {
  return {family.id,
          family.job,
          family.descriptor.name,
          kind_of(family.descriptor),
          static_cast<std::int64_t>(family.descriptor.mode),
          static_cast<std::int64_t>(family.descriptor.ticks_per_unit),
          family.descriptor.help,
          family.descriptor.unit,
          encode_buckets(family.descriptor)};
}

Row row_of(const model::RetiredSeries& series) {
  return {series.id,
          series.family,
          encode_labels(series.labels),
          series.pid,
          std::int64_t{series.overflow},
          series.unowned_since,
          encode_ticks(series.ticks),
          series.created_unix_ns};
}

std::string file_key(const SegmentIdentity& identity) {
  return std::to_string(identity.device) + ":" + std::to_string(identity.inode);
}

Row row_of(const SegmentIdentity& identity) {
  return {file_key(identity), std::int64_t{identity.owner},
          Bytes(identity.uuid.begin(), identity.uuid.end())};
}

std::optional<model::RetiredJob> job_of(const Row& row) {
  model::RetiredJob job{
      number(row, 0),      text(row, 1),        static_cast<std::uint32_t>(number(row, 2)),
      number(row, 3) != 0, number(row, 4) != 0, number(row, 5) != 0,
      number(row, 6),      number(row, 7),      number(row, 8),
      number(row, 9),      number(row, 10),     text(row, 11)};
  if (!job.tenant.empty()) {
    if (!job.name.starts_with(job.tenant + "/")) {
      return std::nullopt;
    }
    job.name.erase(0, job.tenant.size() + 1);
  }
  return job;
}

std::optional<model::RetiredFamily> family_of(const Row& row) {
  if (!fits_kind(number(row, 3)) || !fits_kind(number(row, 4)) || number(row, 5) <= 0) {
    return std::nullopt;
  }
  model::RetiredFamily family{number(row, 0), number(row, 1), {}};
  family.descriptor.name = text(row, 2);
  const bool native = number(row, 3) == layout::kNativeHistogramKind;
  family.descriptor.kind = native ? FamilyKind::histogram : static_cast<FamilyKind>(number(row, 3));
  family.descriptor.mode = static_cast<GaugeMode>(number(row, 4));
  family.descriptor.ticks_per_unit = static_cast<std::uint64_t>(number(row, 5));
  family.descriptor.help = text(row, 6);
  family.descriptor.unit = text(row, 7);
  if (!decode_buckets(bytes(row, 8), native, family.descriptor)) {
    return std::nullopt;
  }
  return family;
}

std::optional<model::RetiredSeries> series_of(const Row& row) {
  auto labels = decode_labels(bytes(row, 2));
  auto ticks = decode_ticks(bytes(row, 6));
  if (!labels || !ticks) {
    return std::nullopt;
  }
  return model::RetiredSeries{number(row, 0),      number(row, 1),
                              std::move(*labels),  text(row, 3),
                              number(row, 4) != 0, number(row, 5),
                              std::move(*ticks),   std::max<std::int64_t>(number(row, 7), 0)};
}

std::optional<SegmentIdentity> identity_of(const Row& row) {
  SegmentIdentity identity;
  const std::string& file = text(row, 0);
  const char* const end = file.data() + file.size();
  const auto device = std::from_chars(file.data(), end, identity.device);
  if (device.ec != std::errc() || device.ptr == end || *device.ptr != ':') {
    return std::nullopt;
  }
  const auto inode = std::from_chars(device.ptr + 1, end, identity.inode);
  const Bytes& uuid = bytes(row, 2);
  if (inode.ec != std::errc() || inode.ptr != end || uuid.size() != identity.uuid.size()) {
    return std::nullopt;
  }
  identity.owner = static_cast<std::uint32_t>(number(row, 1));
  std::copy(uuid.begin(), uuid.end(), identity.uuid.begin());
  return identity;
}

Bytes bytes_of(const LossCounts& losses) {
  Bytes bytes(sizeof(losses));
  std::memcpy(bytes.data(), losses.data(), sizeof(losses));
  return bytes;
}

std::optional<LossCounts> losses_of(const Bytes& bytes) {
  LossCounts losses{};
  if (bytes.size() != sizeof(losses)) {
    return std::nullopt;
  }
  std::memcpy(losses.data(), bytes.data(), sizeof(losses));
  return losses;
}

std::optional<model::Retired> retired_of(const std::vector<Row>& jobs,
                                         const std::vector<Row>& families,
                                         const std::vector<Row>& series) {
  model::Retired retired;
  std::set<model::RetiredId> known_jobs;
  std::set<std::tuple<std::string, std::string, std::uint32_t>> job_names;
  for (const Row& row : jobs) {
    auto job = job_of(row);
    if (!job || !job_names.emplace(job->tenant, job->name, job->owner).second) {
      return std::nullopt;
    }
    known_jobs.insert(job->id);
    retired.jobs.push_back(std::move(*job));
  }
  std::map<model::RetiredId, std::optional<std::size_t>> ticks;  // none: of an unknown kind
  const auto older = superseded(families);
  if (!older) {
    return std::nullopt;
  }
  for (const Row& row : families) {
    auto family = family_of(row);
    if (!family) {
      return std::nullopt;
    }
    auto& known = ticks[family->id];
    if (!is_known(family->descriptor.kind) || older->contains(family->id)) {
      continue;  // Not even its job is asked for: this release removes jobs, not such families.
    }
    if (!known_jobs.contains(family->job)) {
      return std::nullopt;
    }
    known = ticks_per_series(*family);
    retired.families.push_back(std::move(*family));
  }
  for (const Row& row : series) {
    const auto known = ticks.find(number(row, 1));
    if (known == ticks.end()) {
      return std::nullopt;
    }
    if (!known->second) {
      continue;
    }
    auto one = series_of(row);
    if (!one || one->ticks.size() != *known->second) {
      return std::nullopt;
    }
    retired.series.push_back(std::move(*one));
  }
  return retired;
}

}  // namespace shmx::state
