// See spans.h.
#include "agent/render/spans.h"

namespace shmx::render {
namespace {

constexpr std::int32_t kLongestFilledGap = 2;

}  // namespace

void Spans::assign(const NativeBuckets& native, std::span<const model::Ticks> cells) {
  spans.clear();
  counts.clear();
  std::int32_t next = 0;
  for (std::uint32_t i = 0; i < cells.size(); ++i) {
    if (cells[i] == 0) {
      continue;
    }
    const std::int32_t index = i < native.count ? native.first_index + static_cast<std::int32_t>(i)
                                                : overflow_index(native.schema);
    const std::int32_t gap = index - next;
    if (spans.empty() || gap > kLongestFilledGap) {
      spans.push_back({gap, 0});
    } else {
      counts.insert(counts.end(), static_cast<std::size_t>(gap), 0);
      spans.back().length += static_cast<std::uint32_t>(gap);
    }
    counts.push_back(cells[i]);
    ++spans.back().length;
    next = index + 1;
  }
}

}  // namespace shmx::render
