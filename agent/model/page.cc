// One page out of two sources; see page.h.
#include "agent/model/page.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <variant>

namespace shmx::model {
namespace {

std::unique_ptr<const Family> untyped(const Family& family) {
  auto info = std::make_shared<FamilyInfo>(*family.info);
  info->type = Type::untyped;
  return std::make_unique<const Family>(Family{std::move(info), family.points});
}

/// As collected: its points are of one kind.
bool is_of_histograms(const Family& family) {
  return !family.points.empty() &&
         std::holds_alternative<HistogramValue>(family.points.front().value);
}

const std::string& name_of(const Family* family) {
  return family->info->name;
}

bool by_name(const Family* a, const Family* b) {
  return name_of(a) < name_of(b);
}

}  // namespace

Page::Page(std::shared_ptr<const Epoch> epoch, const Scope& scope) : epoch_(std::move(epoch)) {
  const std::vector<Family>& collected = epoch_->collected->families;
  families_.reserve(collected.size() + epoch_->of_jobs.size() + epoch_->own.size());
  for (const std::vector<Family>* const families : {&collected, &epoch_->of_jobs}) {
    for (const Family& family : *families) {
      if (scope.shows(family.info->tenant)) {
        families_.push_back(&family);
      }
    }
  }
  const bool joins_tenants =
      std::ranges::adjacent_find(families_, [](const auto* a, const auto* b) {
        return a->info->tenant != b->info->tenant;
      }) != families_.end();
  for (const Family& family : epoch_->own) {
    if (scope.everything) {
      families_.push_back(&family);
    }
  }
  std::stable_sort(families_.begin(), families_.end(), by_name);
  settle_types();
  if (joins_tenants) {
    settle_samples();
  }
}

std::pair<Page::Iterator, Page::Iterator> Page::named(const std::string& name) {
  const auto first = std::lower_bound(
      families_.begin(), families_.end(), name,
      [](const Family* family, const std::string& other) { return name_of(family) < other; });
  return {first, end_of(first, name)};
}

Page::Iterator Page::end_of(Iterator first, const std::string& name) {
  return std::find_if(first, families_.end(),
                      [&name](const Family* family) { return name_of(family) != name; });
}

void Page::settle_types() {
  for (auto first = families_.begin(); first != families_.end();) {
    const auto last = end_of(first, name_of(*first));
    const bool agree = std::all_of(
        first, last,
        [type = (*first)->info->type](const Family* family) { return family->info->type == type; });
    if (!agree) {
      make_untyped(first, last);
    }
    first = last;
  }
}

/// A tenant's own are settled already.
void Page::settle_samples() {
  std::set<std::string> untyped;
  for (const Family* const family : families_) {
    if (!is_of_histograms(*family)) {
      continue;
    }
    for (const char* const suffix : {"_bucket", "_count", "_sum"}) {
      const std::string sample = family->info->name + suffix;
      if (const auto [first, last] = named(sample); first != last) {
        untyped.insert({family->info->name, sample});
      }
    }
  }
  for (const std::string& name : untyped) {
    const auto [first, last] = named(name);
    make_untyped(first, last);
  }
}

void Page::make_untyped(Iterator first, Iterator last) {
  for (; first != last; ++first) {
    if ((*first)->info->type != Type::untyped) {
      untyped_.push_back(untyped(**first));
      *first = untyped_.back().get();
    }
  }
}

}  // namespace shmx::model
