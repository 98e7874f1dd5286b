// See openmetrics_families.h.
#include "agent/render/openmetrics_families.h"

#include <algorithm>
#include <array>
#include <set>
#include <unordered_map>
#include <utility>

#include "agent/render/base_name.h"
#include "agent/render/histogram_numbers.h"

namespace shmx::render {
namespace {

constexpr std::array<std::string_view, 3> kCounterSuffixes = {"", "_total", "_created"};
constexpr std::array<std::string_view, 5> kHistogramSuffixes = {"", "_bucket", "_sum", "_count",
                                                                "_created"};
// An untyped family is shown under its own name, histograms in it as numbers.
constexpr std::array<std::string_view, 4> kUntypedSuffixes = {"", "_bucket", "_sum", "_count"};
constexpr std::array<std::string_view, 1> kNoSuffix = {""};

bool has_histograms(const OpenMetricsFamily& family) {
  return std::any_of(family.parts.begin(), family.parts.end(),
                     [](const model::Family* part) { return render::has_histograms(*part); });
}

std::span<const std::string_view> claimed_suffixes(const OpenMetricsFamily& family) {
  switch (family.type) {
    case model::Type::counter:
      return kCounterSuffixes;
    case model::Type::histogram:
      return kHistogramSuffixes;
    case model::Type::gauge:
      return kNoSuffix;
    case model::Type::untyped:
      break;
  }
  return has_histograms(family) ? std::span<const std::string_view>(kUntypedSuffixes) : kNoSuffix;
}

/// How many families claim each name.
class Claims {
 public:
  explicit Claims(std::span<const OpenMetricsFamily> families) {
    claims_.reserve(families.size() * kHistogramSuffixes.size());
    for (const OpenMetricsFamily& family : families) {
      for (const std::string_view suffix : claimed_suffixes(family)) {
        ++claims_[name_.assign(family.name).append(suffix)];
      }
    }
  }

  bool clashes(const OpenMetricsFamily& family) {
    const std::span<const std::string_view> suffixes = claimed_suffixes(family);
    return std::any_of(suffixes.begin(), suffixes.end(), [&](std::string_view suffix) {
      return claims_.at(name_.assign(family.name).append(suffix)) > 1;
    });
  }

 private:
  std::unordered_map<std::string, std::size_t> claims_;
  std::string name_;
};

/// Neighbours of one name, under the name and type that they have if nothing clashes.
std::vector<OpenMetricsFamily> grouped(std::span<const model::Family* const> families) {
  std::vector<OpenMetricsFamily> groups;
  for (const model::Family* family : families) {
    const model::FamilyInfo& info = *family->info;
    if (!groups.empty() && groups.back().parts.front()->info->name == info.name) {
      groups.back().parts.push_back(family);
      continue;
    }
    OpenMetricsFamily group{info.name, info.type, {family}};
    if (group.type == model::Type::counter) {
      group.name = without_total(info.name);
      if (group.name == info.name) {
        group.type = model::Type::untyped;
      }
    }
    groups.push_back(std::move(group));
  }
  return groups;
}

void make_unknown(std::vector<OpenMetricsFamily>& groups, model::Type type) {
  Claims claims(groups);
  std::vector<OpenMetricsFamily*> clashing;
  for (OpenMetricsFamily& group : groups) {
    if (group.type == type && claims.clashes(group)) {
      clashing.push_back(&group);
    }
  }
  for (OpenMetricsFamily* group : clashing) {
    group->name = group->parts.front()->info->name;
    group->type = model::Type::untyped;
  }
}

}  // namespace

OpenMetricsFamilies::OpenMetricsFamilies(std::span<const model::Family* const> families) {
  std::vector<OpenMetricsFamily> groups = grouped(families);
  // What becomes unknown claims no name that it had not claimed before, so one look for each type
  // is enough. Counters first: it costs them nothing but the type. Gauges last: they clash with
  // the samples of a histogram only, and join them.
  make_unknown(groups, model::Type::counter);
  make_unknown(groups, model::Type::histogram);
  make_unknown(groups, model::Type::gauge);
  for (OpenMetricsFamily& group : groups) {
    if (group.type == model::Type::untyped) {
      add_unknown(group);
    } else {
      families_.push_back(std::move(group));
    }
  }
  for (const auto& [name, unknown] : unknown_) {
    if (unknown.joined) {
      make_distinct(families_[unknown.place]);
    }
  }
}

void OpenMetricsFamilies::add_unknown(const OpenMetricsFamily& group) {
  const bool histograms = has_histograms(group);
  for (const model::Family* part :
       histograms ? as_numbers(group.parts, write_float, made_) : group.parts) {
    add_part(group.name, *part);
  }
}

void OpenMetricsFamilies::add_part(const std::string& group, const model::Family& part) {
  const auto [known, added] =
      unknown_.try_emplace(part.info->name, Unknown{families_.size(), group});
  if (added) {
    families_.push_back({part.info->name, model::Type::untyped, {}});
  }
  known->second.joined |= known->second.group != group;
  families_[known->second.place].parts.push_back(&part);
}

/// What had different names may have the same labels: the first is shown.
void OpenMetricsFamilies::make_distinct(OpenMetricsFamily& family) {
  std::set<Labels> seen;
  for (const model::Family*& part : family.parts) {
    model::Family distinct{part->info, {}};
    std::copy_if(
        part->points.begin(), part->points.end(), std::back_inserter(distinct.points),
        [&](const model::Point& point) { return seen.insert(point.series->labels()).second; });
    made_.push_back(std::move(distinct));
    part = &made_.back();
  }
}

}  // namespace shmx::render
