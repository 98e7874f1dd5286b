// One page out of two sources; see page.h.
#include "agent/model/page.h"

#include <algorithm>
#include <utility>

namespace shmx::model {
namespace {

std::unique_ptr<const Family> untyped(const Family& family) {
  auto info = std::make_shared<FamilyInfo>(*family.info);
  info->type = Type::untyped;
  return std::make_unique<const Family>(Family{std::move(info), family.points});
}

}  // namespace

Page::Page(std::shared_ptr<const Epoch> epoch, const Scope& scope) : epoch_(std::move(epoch)) {
  const std::vector<Family>& collected = epoch_->collected->families;
  families_.reserve(collected.size() + epoch_->own.size());
  for (const Family& family : collected) {
    if (scope.shows(family.info->tenant)) {
      families_.push_back(&family);
    }
  }
  for (const Family& family : epoch_->own) {
    if (scope.everything) {
      families_.push_back(&family);
    }
  }
  std::stable_sort(families_.begin(), families_.end(),
                   [](const Family* a, const Family* b) { return a->info->name < b->info->name; });
  for (auto first = families_.begin(); first != families_.end();) {
    const auto last = std::find_if(first, families_.end(), [&](const Family* family) {
      return family->info->name != (*first)->info->name;
    });
    settle_type(first, last);
    first = last;
  }
}

void Page::settle_type(Iterator first, Iterator last) {
  const bool agree = std::all_of(first, last, [&](const Family* family) {
    return family->info->type == (*first)->info->type;
  });
  for (; !agree && first != last; ++first) {
    untyped_.push_back(untyped(**first));
    *first = untyped_.back().get();
  }
}

}  // namespace shmx::model
