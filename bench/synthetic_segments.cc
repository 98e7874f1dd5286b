#include "bench/synthetic_segments.h"

#include <cstdio>
#include <cstdlib>

#include "shm/descriptor.h"

namespace shmx::bench {
namespace {

FamilyDescriptor started() {
  FamilyDescriptor family;
  family.name = "grpc_server_started_total";
  family.help = "RPCs started.";
  return family;
}

FamilyDescriptor handling() {
  FamilyDescriptor family;
  family.kind = FamilyKind::histogram;
  family.name = "grpc_server_handling_seconds";
  family.help = "Handling time.";
  family.unit = "seconds";
  family.ticks_per_unit = 1'000'000'000;
  family.bounds = {.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10};
  return family;
}

void add(std::vector<std::byte>& image, const std::vector<std::byte>& record) {
  image.insert(image.end(), record.begin(), record.end());
}

}  // namespace

SyntheticSegments::SyntheticSegments(const std::string& directory, const std::string& job,
                                     std::uint32_t count, std::uint32_t series,
                                     std::uint32_t threads)
    : directory_(directory), job_(job), threads_(threads) {
  const FamilyDescriptor families[] = {started(), handling()};
  add(image_, encode(families[0]));
  add(image_, encode(families[1]));
  for (std::uint32_t i = 0; i < series; ++i) {
    const std::uint32_t family = i % 4 == 0 ? 1 : 0;
    SeriesDescriptor one{family, cells_, cells_of(families[family]), false, {}};
    one.labels = {{"grpc_method", "Method" + std::to_string(i)},
                  {"grpc_service", "shop.v1.Orders"},
                  {"grpc_type", "unary"}};
    add(image_, encode(one));
    cells_ += one.cell_count;
    samples_ += family == 0 ? 1 : families[1].bounds.size() + 3;
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    segments_.push_back(born());
  }
}

std::unique_ptr<SegmentFile> SyntheticSegments::born() const {
  auto segment = std::make_unique<SegmentFile>();
  auto done = segment->create({directory_, job_, 1, 1, layout::kMaxSegmentBytes}, image_, cells_);
  while (done && segment->shard_count() < threads_) {
    done = segment->add_shard();
  }
  if (!done) {
    std::fprintf(stderr, "segment: %s\n", done.error().message.c_str());
    std::abort();
  }
  return segment;
}

void SyntheticSegments::end(std::uint32_t first, std::uint32_t count) noexcept {
  for (std::uint32_t i = first; i < first + count; ++i) {
    segments_[i]->abandon();  // The last mapping goes, and the lock with it.
  }
}

void SyntheticSegments::restart(std::uint32_t first, std::uint32_t count) {
  end(first, count);
  for (std::uint32_t i = first; i < first + count; ++i) {
    segments_[i] = born();
  }
}

void SyntheticSegments::count_everywhere() noexcept {
  for (const auto& segment : segments_) {
    for (std::uint32_t shard = 0; shard < threads_; ++shard) {
      layout::Cell* const cells = segment->shard(shard);
      for (std::uint32_t cell = 1; cell < cells_; ++cell) {
        // Relaxed: nobody reads at this moment.
        cells[cell].store(cells[cell].load(std::memory_order_relaxed) + cell,
                          std::memory_order_relaxed);
      }
    }
  }
}

}  // namespace shmx::bench
