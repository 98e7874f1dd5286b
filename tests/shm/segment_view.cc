#include "tests/shm/segment_view.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <numeric>

namespace shmx::test {
namespace {

std::uint32_t shards_of(const UniqueFd& fd) {
  // Allocated as a vector, for a header is too large to be copied as a value.
  std::vector<std::byte> page(sizeof(layout::Header));
  EXPECT_EQ(pread(fd.get(), page.data(), page.size(), 0), std::ssize(page));
  const auto& header = *reinterpret_cast<const layout::Header*>(page.data());
  std::uint32_t shards = 0;
  // Relaxed: only how much there is; the file is not being read for its values.
  for (std::uint64_t i = 0; i < header.extent_count.load(std::memory_order_relaxed); ++i) {
    const layout::Extent& extent = header.extents[i];
    shards = std::max(shards, extent.first_shard + extent.shard_count);
  }
  return shards;
}

SegmentView view_of(const std::string& path) {
  SegmentView view;
  view.path = path;
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  struct stat file {};
  EXPECT_EQ(fstat(fd.get(), &file), 0) << path;
  view.file_bytes = static_cast<std::uint64_t>(file.st_size);
  view.lock = segment_lock_state(fd.get());
  auto segment = SegmentReader::open(fd, layout::kMaxSegmentBytes);
  if (segment.ok()) {
    if (const auto read = segment.value().read(fd); !read.ok()) {
      ADD_FAILURE() << path << ": " << to_string(read.error().reason) << ": "
                    << read.error().detail;
      return view;
    }
  } else {
    ADD_FAILURE() << path << ": " << to_string(segment.error().reason) << ": "
                  << segment.error().detail;
    return view;
  }
  const SegmentReader& reader = segment.value();
  view.shards = shards_of(fd);
  view.claims = reader.claims();
  view.losses = reader.losses();
  if (reader.certificates() != nullptr) {
    view.certificates = *reader.certificates();
  }
  for (const SeriesDescriptor& series : reader.series()) {
    const auto cells = reader.cells().subspan(series.first_cell, series.cell_count);
    view.series.push_back({reader.families()[series.family],
                           series.labels,
                           series.overflow,
                           {cells.begin(), cells.end()}});
  }
  for (const ExemplarReading& exemplar : reader.exemplars()) {
    view.series[exemplar.series].exemplars.push_back(exemplar);
  }
  return view;
}

}  // namespace

std::uint64_t SeriesView::count() const {
  const auto first = cells.begin() + (family.native ? classic_cells_of(family) : 0);
  return std::accumulate(first, cells.end() - 1, std::uint64_t{0});
}

std::vector<std::uint64_t> SeriesView::classic() const {
  return {cells.begin(), cells.begin() + classic_cells_of(family)};
}

std::vector<std::uint64_t> SeriesView::native() const {
  return {cells.begin() + classic_cells_of(family), cells.end() - 1};
}

const SeriesView* SegmentView::find(std::string_view name, const Labels& labels) const {
  const auto found = std::find_if(series.begin(), series.end(), [&](const SeriesView& s) {
    return s.family.name == name && !s.overflow && s.labels == labels;
  });
  return found == series.end() ? nullptr : &*found;
}

const SeriesView* SegmentView::overflow_of(std::string_view name) const {
  const auto found = std::find_if(series.begin(), series.end(), [&](const SeriesView& s) {
    return s.family.name == name && s.overflow;
  });
  return found == series.end() ? nullptr : &*found;
}

std::uint64_t SegmentView::value(std::string_view name, const Labels& labels) const {
  const SeriesView* const found = find(name, labels);
  if (found == nullptr) {
    ADD_FAILURE() << path << " has no such series of " << name;
    return 0;
  }
  return found->cells[0];
}

std::uint64_t SegmentView::family_total(std::string_view name) const {
  std::uint64_t total = 0;
  for (const SeriesView& s : series) {
    total += s.family.name == name ? s.cells[0] : 0;
  }
  return total;
}

std::vector<std::string> files_in(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    names.push_back(entry.path().filename().string());
  }
  return names;
}

std::vector<SegmentView> read_segments(const std::string& directory) {
  std::vector<SegmentView> views;
  for (const std::string& name : files_in(directory)) {
    if (name.front() != '.' && name.ends_with(".shmx")) {
      views.push_back(view_of(std::string(directory).append("/").append(name)));
    } else {
      ADD_FAILURE() << directory << " holds " << name;
    }
  }
  return views;
}

SegmentView only_segment(const std::string& directory) {
  const auto views = read_segments(directory);
  EXPECT_EQ(views.size(), 1U);
  return views.empty() ? SegmentView() : views.front();
}

SegmentView segment_of(const std::string& directory, int pid) {
  for (const SegmentView& view : read_segments(directory)) {
    if (view.claims.pid == static_cast<std::uint32_t>(pid)) {
      return view;
    }
  }
  ADD_FAILURE() << "no segment of process " << pid;
  return {};
}

}  // namespace shmx::test
