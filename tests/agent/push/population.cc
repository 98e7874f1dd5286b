#include "tests/agent/push/population.h"

#include <utility>
#include <variant>

#include "tests/agent/push/families.h"

namespace shmx::push {
namespace {

constexpr NativeBuckets kOctaves{0, 1, 3, false};
constexpr std::size_t kIds = 8;

decltype(model::Point::value) zero_of(const model::FamilyInfo& info) {
  if (info.type == model::Type::counter) {
    return model::CounterValue{};
  }
  const std::size_t classic = info.is_classic() ? info.bounds.size() + 1 : 0;
  return model::HistogramValue{std::vector<model::Ticks>(classic), 0,
                               std::vector<model::Ticks>(info.native ? info.native->cells() : 0)};
}

}  // namespace

Population::Population(std::uint32_t seed, unsigned max_shift)
    : random_(seed),
      max_shift_(max_shift),
      infos_{counter_info("calls_total"), counter_info("orders_total"),
             histogram_info("wait", {1, 2, 4}), histogram_info("size", {}, kOctaves),
             histogram_info("both", {1, 8}, kOctaves)} {
  for (std::size_t family = 0; family < infos_.size(); ++family) {
    for (std::size_t id = 0; id < kIds; ++id) {
      begin(std::to_string(id), family, 1);
    }
  }
}

std::uint64_t Population::below(std::uint64_t bound) {
  return random_() % bound;
}

void Population::begin(const std::string& id, std::size_t family, std::int64_t unix_ns) {
  members_.insert_or_assign(
      {family, id}, Member{family, point(id, {}, 0).series, zero_of(*infos_[family]), unix_ns});
}

void Population::grow(Member& member) {
  if (auto* const counter = std::get_if<model::CounterValue>(&member.value)) {
    counter->ticks += static_cast<model::Ticks>(below(1000)) << below(max_shift_ + 1);
    return;
  }
  auto& histogram = std::get<model::HistogramValue>(member.value);
  for (std::uint64_t observations = below(5); observations > 0; --observations) {
    for (auto* const cells : {&histogram.buckets, &histogram.native}) {
      if (!cells->empty()) {
        ++(*cells)[below(cells->size())];
      }
    }
    histogram.sum += static_cast<model::Ticks>(below(1000));
  }
}

void Population::grow() {
  for (auto& [key, member] : members_) {
    if (below(3) == 0) {
      grow(member);
    }
  }
}

std::vector<std::string> Population::live(std::int64_t unix_ns) {
  std::vector<std::string> anew;
  for (std::size_t family = 0; family < infos_.size(); ++family) {
    for (std::size_t i = 0; i < kIds; ++i) {
      const std::string id = std::to_string(i);
      const bool there = members_.contains({family, id});
      switch (below(there ? 30 : 5)) {
        case 0:
          begin(id, family, unix_ns);
          anew.push_back(infos_[family]->name + "{id=\"" + id + "\",job=\"shop\"");
          break;
        case 1:
          members_.erase({family, id});
          break;
        default:
          break;
      }
    }
  }
  grow();
  return anew;
}

std::vector<model::Family> Population::page() const {
  std::vector<model::Family> families;
  for (const auto& info : infos_) {
    families.push_back({info, {}});
  }
  for (const auto& [key, member] : members_) {
    families[member.family].points.push_back({member.series, member.value, member.created});
  }
  families.push_back({gauge_info("level"), {point("", model::GaugeValue{1}, 0)}});
  return families;
}

}  // namespace shmx::push
