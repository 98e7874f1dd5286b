#include "agent/push/deltas.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <variant>

#include "agent/push/difference.h"

namespace shmx::push {
namespace {

constexpr std::string_view kSum = "_sum";

/// Whether its points are pushed as totals: histograms are, even where tenants disagree about the
/// type, which makes the family untyped (see otlp::Encoder).
bool is_total(const model::Family& family) noexcept {
  return family.info->type == model::Type::counter ||
         (!family.points.empty() &&
          std::holds_alternative<model::HistogramValue>(family.points.front().value));
}

}  // namespace

Deltas::Deltas(AcknowledgedStore store, std::int64_t started_unix_ns)
    : acknowledged_(std::move(store)), started_unix_ns_(started_unix_ns) {}

Result<bool> Deltas::load() {
  auto loss = acknowledged_.load();
  if (!loss) {
    return loss.error();
  }
  if (!loss->empty()) {
    loss_ = std::move(loss).value();
  }
  return true;
}

std::vector<const model::Family*> Deltas::take(std::span<const model::Family* const> page,
                                               std::int64_t unix_ns) {
  ++page_;
  unix_ns_ = unix_ns;
  let_go();
  std::vector<const model::Family*> taken;
  for (const model::Family* const family : page) {
    take_family(*family, taken);
  }
  acknowledged_.remove_absent(page_);
  return taken;
}

void Deltas::let_go() noexcept {
  by_family_.clear();
  changed_.clear();
}

void Deltas::take_family(const model::Family& family, std::vector<const model::Family*>& taken) {
  if (!is_total(family)) {
    // Where jobs disagree about a type, a total is untyped for a while, a histogram as its numbers:
    // it has not left.
    const std::string_view name = family.info->name;
    for (const model::Point& point : family.points) {
      entry_of(name, point);
      if (family.info->type == model::Type::untyped && name.ends_with(kSum)) {
        entry_of(name.substr(0, name.size() - kSum.size()), point);
      }
    }
    taken.push_back(&family);
    return;
  }
  Changed changed{{family.info, {}}, {}};
  for (const model::Point& point : family.points) {
    take_point(family.info, point, changed);
  }
  if (!changed.open.empty()) {
    Changed& kept = changed_.emplace_back(std::move(changed));
    by_family_.emplace(&kept.family, &kept);
    taken.push_back(&kept.family);
  }
}

/// Of a series that is on this page.
Acknowledgements::Entry* Deltas::entry_of(std::string_view name, const model::Point& point) {
  key_ = name;
  key_ += '{';
  key_ += point.series->label_block();
  Acknowledgements::Entry* const entry = acknowledged_.find(key_);
  if (entry != nullptr) {
    entry->page = page_;
  }
  return entry;
}

void Deltas::take_point(const std::shared_ptr<const model::FamilyInfo>& info,
                        const model::Point& point, Changed& changed) {
  Acknowledgements::Entry* entry = entry_of(info->name, point);
  if (entry == nullptr) {
    entry = &acknowledged_.add(key_);
    entry->page = page_;
    if (!loss_.empty() && point.created_unix_ns < started_unix_ns_) {
      ++baselines_;
      set_baseline(*entry, info, point);
      return;
    }
  }
  model::Acknowledged& last = entry->acknowledged;
  Continuation is = Continuation::restarted;
  if (entry->known) {
    is = continuation(last, info, point);
  }
  if (is == Continuation::incomparable) {
    ++incomparable_;
    set_baseline(*entry, info, point);
    return;
  }
  const bool whole = is == Continuation::restarted;
  Value value = whole ? point.value : difference(point.value, last.value);
  if (is_nothing(value)) {
    return;
  }
  // An interval has a beginning: of a value whose own is not known, this agent's. Never before the
  // end of what was sent last, so that intervals do not overlap.
  const std::int64_t began = point.created_unix_ns != 0 ? point.created_unix_ns : started_unix_ns_;
  const std::int64_t start = whole ? std::max(began, last.unix_ns) : last.unix_ns;
  model::Point& sent =
      changed.family.points.emplace_back(model::Point{point.series, std::move(value), start, {}});
  std::copy_if(point.exemplars.begin(), point.exemplars.end(), std::back_inserter(sent.exemplars),
               [start](const model::Exemplar& one) { return one.unix_ns > start; });
  changed.open.push_back({entry, point.created_unix_ns, whole});
}

/// Acknowledged, though it was not sent: whether it was before is not known, and never to count
/// twice is worth more than never to miss.
void Deltas::set_baseline(Acknowledgements::Entry& entry,
                          const std::shared_ptr<const model::FamilyInfo>& info,
                          const model::Point& point) {
  entry.acknowledged.info = info;
  entry.acknowledged.value = point.value;
  entry.acknowledged.created_unix_ns = point.created_unix_ns;
  entry.acknowledged.unix_ns = unix_ns_;
  entry.known = true;
  acknowledged_.note_changed(entry);
}

void Deltas::acknowledge(std::span<const otlp::Encoded> points) noexcept {
  for (const otlp::Encoded& encoded : points) {
    const auto found = by_family_.find(encoded.family);
    if (found == by_family_.end()) {
      continue;  // Gauges: there is nothing to remember.
    }
    Changed& changed = *found->second;
    const std::ptrdiff_t index = encoded.point - changed.family.points.data();
    model::Point& sent = changed.family.points[static_cast<std::size_t>(index)];
    const Open& open = changed.open[static_cast<std::size_t>(index)];
    model::Acknowledged& last = open.entry->acknowledged;
    if (open.whole) {
      last.value = std::move(sent.value);
      last.info = changed.family.info;
    } else {
      add(last.value, sent.value);
    }
    last.created_unix_ns = open.created_unix_ns;
    // A wall clock may be set back; intervals are not.
    last.unix_ns = std::max(unix_ns_, sent.created_unix_ns);
    open.entry->known = true;
    acknowledged_.note_changed(*open.entry);
  }
}

std::string Deltas::take_notice() {
  std::string notice;
  if (baselines_ > 0) {
    notice = "OTLP deltas: what the receiver had acknowledged is lost (" + loss_ +
             "): " + std::to_string(baselines_) +
             " series that began before this agent are pushed from now on only";
  } else if (incomparable_ > 0) {
    notice = "OTLP deltas: " + std::to_string(incomparable_) +
             " series fell or changed their buckets without a restart; they are pushed from now "
             "on only";
  }
  baselines_ = 0;
  incomparable_ = 0;
  return notice;
}

}  // namespace shmx::push
