// How families of several jobs share one page: grouped by name, split by buckets and resolution,
// untyped where they disagree. Each tenant is laid out as if it were alone: whoever joins tenants
// on a page settles what they disagree about (model::Page).
#include <algorithm>
#include <charconv>
#include <iterator>
#include <set>
#include <string_view>
#include <utility>

#include "agent/aggregate/page.h"

namespace shmx::aggregate {
namespace {

/// One job's family of a name.
struct Member {
  const FamilyState* family;
};
using Members = std::map<std::string, std::vector<Member>>;
using TenantJobs = std::vector<const Job*>;

/// One tenant's.
struct Layout {
  std::string tenant;
  std::map<std::string, std::vector<PageFamily>> families{};

  std::shared_ptr<model::FamilyInfo> info_of(std::string_view name) const {
    auto info = std::make_shared<model::FamilyInfo>();
    info->name = name;
    info->tenant = tenant;
    return info;
  }
};

Members members_of(const TenantJobs& jobs) {
  Members members;
  for (const Job* const job : jobs) {
    for (const auto& [name, family] : job->families) {
      if (!family.series.empty()) {
        members[name].push_back({&family});
      }
    }
  }
  return members;
}

bool has_histogram(const std::vector<Member>& members) {
  for (const Member& member : members) {
    if (member.family->kind == FamilyKind::histogram) {
      return true;
    }
  }
  return false;
}

/// Names that cannot be typed families: their jobs disagree about the kind, or one job's histogram
/// has samples of the name of another's family.
std::set<std::string> untyped_names(const Members& members) {
  std::set<std::string> untyped;
  for (const auto& [name, group] : members) {
    for (const Member& member : group) {
      if (member.family->kind != group.front().family->kind) {
        untyped.insert(name);
      }
    }
    if (!has_histogram(group)) {
      continue;
    }
    for (const std::string_view suffix : kHistogramSuffixes) {
      const std::string sample = name + std::string(suffix);
      if (members.contains(sample)) {
        untyped.insert({name, sample});
      }
    }
  }
  return untyped;
}

model::Type type_of(FamilyKind kind) {
  switch (kind) {
    case FamilyKind::counter:
      return model::Type::counter;
    case FamilyKind::gauge:
      return model::Type::gauge;
    case FamilyKind::histogram:
      return model::Type::histogram;
  }
  return model::Type::untyped;
}

/// The member whose help and unit are shown: the newest.
const FamilyState& newest(const std::vector<Member>& members) {
  const FamilyState* found = members.front().family;
  for (const Member& member : members) {
    if (member.family->help_order > found->help_order) {
      found = member.family;
    }
  }
  return *found;
}

Form form_of(const FamilyState& family) {
  switch (family.kind) {
    case FamilyKind::counter:
      return Form::counter;
    case FamilyKind::histogram:
      return Form::histogram;
    case FamilyKind::gauge:
      break;
  }
  return family.mode == GaugeMode::in_flight ? Form::in_flight : Form::gauge;
}

PagePoint point_of(const FamilyState& family, const SeriesState& series) {
  PagePoint point;
  point.series = series.shown;
  point.form = form_of(family);
  point.hidden_at_zero = series.overflow;
  point.slot = series.first_slot;
  if (family.kind == FamilyKind::histogram) {
    point.buckets = family.buckets.classic_slots();
    point.native = family.buckets.native_slots();
  }
  if (family.kind != FamilyKind::gauge) {
    point.state = &series;
  }
  point.ticks_per_unit = family.ticks_per_unit;
  return point;
}

/// The page's family for these buckets and this resolution.
PageFamily& typed_family(Layout& layout, const std::string& name, const FamilyState& family,
                         const FamilyState& help) {
  std::vector<PageFamily>& families = layout.families[name];
  const bool gauge = family.kind == FamilyKind::gauge;
  const std::uint64_t ticks_per_unit = gauge ? 1 : family.ticks_per_unit;
  for (PageFamily& known : families) {
    if (known.info->ticks_per_unit == ticks_per_unit &&
        known.info->bounds == family.buckets.bounds &&
        known.info->native == family.buckets.native) {
      return known;
    }
  }
  auto info = layout.info_of(name);
  info->help = help.help;
  info->unit = help.unit;
  info->type = type_of(family.kind);
  info->ticks_per_unit = ticks_per_unit;
  info->bounds = family.buckets.bounds;
  info->native = family.buckets.native;
  return families.emplace_back(PageFamily{std::move(info), {}});
}

PageFamily& untyped_family(Layout& layout, const std::string& name, const FamilyState& help) {
  std::vector<PageFamily>& families = layout.families[name];
  if (families.empty()) {
    auto info = layout.info_of(name);
    info->help = help.help;
    families.push_back({std::move(info), {}});
  }
  return families.front();
}

std::string bound_text(double bound) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof(text), bound, std::chars_format::general);
  return {text, end.ptr};
}

std::shared_ptr<const model::Series> with_le(const model::Series& series, const std::string& le) {
  Labels labels = series.labels();
  labels.push_back({"le", le});
  std::sort(labels.begin(), labels.end());
  return std::make_shared<model::Series>(std::move(labels));
}

/// A histogram's samples as plain numbers of three untyped families. Native buckets are none: what
/// is left of them is the count.
void add_histogram_numbers(Layout& layout, const std::string& name, const FamilyState& family,
                           const SeriesState& series, const FamilyState& help) {
  const Buckets& buckets = family.buckets;
  PagePoint point = point_of(family, series);
  point.state = nullptr;
  point.form = Form::sum_number;
  point.slot = series.first_slot + buckets.slots() - 1;
  untyped_family(layout, name + "_sum", help).points.push_back(point);
  point.form = Form::bucket_number;
  point.ticks_per_unit = 1;
  PageFamily& bucket_family = untyped_family(layout, name + "_bucket", help);
  point.slot = series.first_slot;
  for (std::uint32_t i = 0; i < buckets.bounds.size(); ++i) {
    point.buckets = i + 1;
    point.series = with_le(*series.shown, bound_text(buckets.bounds[i]));
    bucket_family.points.push_back(point);
  }
  point.slot += buckets.native ? buckets.classic_slots() : 0;
  point.buckets = buckets.native ? buckets.native_slots() : buckets.classic_slots();
  point.series = with_le(*series.shown, "+Inf");
  bucket_family.points.push_back(point);
  point.series = series.shown;
  untyped_family(layout, name + "_count", help).points.push_back(point);
}

void add_untyped(Layout& layout, const std::string& name, const std::vector<Member>& members) {
  const FamilyState& help = newest(members);
  for (const Member& member : members) {
    for (const auto& [key, series] : member.family->series) {
      if (member.family->kind == FamilyKind::histogram) {
        add_histogram_numbers(layout, name, *member.family, series, help);
        continue;
      }
      PagePoint point = point_of(*member.family, series);
      if (point.form == Form::counter) {
        point.form = Form::counter_number;
        point.state = nullptr;
      }
      untyped_family(layout, name, help).points.push_back(std::move(point));
    }
  }
}

void add_typed(Layout& layout, const std::string& name, const std::vector<Member>& members) {
  const FamilyState& help = newest(members);
  for (const Member& member : members) {
    PageFamily& family = typed_family(layout, name, *member.family, help);
    for (const auto& [key, series] : member.family->series) {
      family.points.push_back(point_of(*member.family, series));
    }
  }
}

struct JobMetric {
  Form form;
  model::Type type;
  std::string_view name;
  std::string_view unit;
  std::string_view help;
};

constexpr JobMetric kJobMetrics[] = {
    {Form::job_processes, model::Type::gauge, "shm_exporter_job_processes", "",
     "Processes of the job that live, by their segments."},
    {Form::job_started, model::Type::counter, "shm_exporter_job_processes_started_total", "",
     "Processes of the job that were found."},
    {Form::job_ended, model::Type::counter, "shm_exporter_job_processes_ended_total", "",
     "Processes of the job that are gone; their counts are kept."},
    {Form::job_newest_start, model::Type::gauge,
     "shm_exporter_job_newest_process_start_time_seconds", "seconds",
     "When the job's newest process started, as it says, in seconds since 1970."},
    {Form::job_last_exit, model::Type::gauge, "shm_exporter_job_last_exit_time_seconds", "seconds",
     "When a process of the job was last found to be gone, in seconds since 1970."},
};

void add_job_metrics(Layout& layout, const TenantJobs& jobs) {
  std::vector<std::shared_ptr<const model::Series>> labels;
  for (const Job* const job : jobs) {
    labels.push_back(std::make_shared<model::Series>(exposed_labels({}, *job, "")));
  }
  for (const JobMetric& metric : kJobMetrics) {
    auto info = layout.info_of(metric.name);
    info->help = metric.help;
    info->unit = metric.unit;
    info->type = metric.type;
    PageFamily family{std::move(info), {}};
    std::size_t i = 0;
    for (const Job* const job : jobs) {
      PagePoint point;
      point.series = labels[i++];
      point.form = metric.form;
      point.job = job;
      family.points.push_back(std::move(point));
    }
    layout.families[std::string(metric.name)].push_back(std::move(family));
  }
}

Layout layout_of(const std::string& tenant, const TenantJobs& jobs) {
  const Members members = members_of(jobs);
  const std::set<std::string> untyped = untyped_names(members);
  Layout layout{tenant};
  for (const auto& [name, group] : members) {
    if (untyped.contains(name)) {
      add_untyped(layout, name, group);
    } else {
      add_typed(layout, name, group);
    }
  }
  add_job_metrics(layout, jobs);
  return layout;
}

}  // namespace

void Page::lay_out(const Jobs& jobs) {
  std::map<std::string, TenantJobs> tenants;
  for (const auto& [key, job] : jobs) {
    tenants[job.tenant].push_back(&job);
  }
  std::map<std::string, std::vector<PageFamily>> all;
  for (const auto& [tenant, tenant_jobs] : tenants) {
    for (auto& [name, families] : layout_of(tenant, tenant_jobs).families) {
      std::ranges::move(families, std::back_inserter(all[name]));
    }
  }
  families_.clear();
  for (auto& [name, families] : all) {
    std::ranges::move(families, std::back_inserter(families_));
  }
}

}  // namespace shmx::aggregate
