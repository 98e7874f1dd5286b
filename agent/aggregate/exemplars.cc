#include "agent/aggregate/exemplars.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string>

namespace shmx::aggregate {
namespace {

std::string hex(std::span<const std::uint8_t> bytes) {
  return fmt::format("{:02x}", fmt::join(bytes, ""));
}

}  // namespace

void Exemplars::keep(std::uint32_t bucket, const ExemplarReading& exemplar,
                     std::int64_t latest_unix_ns) {
  const auto [kept, is_new] = latest_.try_emplace(bucket, exemplar);
  const std::int64_t before = kept->second.unix_ns;
  if (!is_new && (before < exemplar.unix_ns || before > latest_unix_ns)) {
    kept->second = exemplar;
  }
}

void Exemplars::show(std::uint64_t ticks_per_unit, std::vector<model::Exemplar>& shown) const {
  shown.clear();
  for (const auto& [bucket, exemplar] : latest_) {
    shown.push_back(
        {{{"span_id", hex(exemplar.span.span_id)}, {"trace_id", hex(exemplar.span.trace_id)}},
         model::to_units(exemplar.ticks, ticks_per_unit),
         exemplar.unix_ns});
  }
  std::sort(shown.begin(), shown.end(),
            [](const model::Exemplar& a, const model::Exemplar& b) { return a.value < b.value; });
}

}  // namespace shmx::aggregate
