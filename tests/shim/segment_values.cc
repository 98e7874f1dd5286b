// Reads segments through the reader that the agent uses, and writes down what they say.
#include "tests/shim/segment_values.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <span>

#include "shm/file.h"
#include "shm/layout.h"
#include "shm/reader.h"
#include "shm/registry.h"

namespace shmx::test {
namespace {

UniqueFd open_segment(const std::string& path) {
  return UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
}

double in_units(std::uint64_t ticks, const FamilyDescriptor& family) {
  return static_cast<double>(ticks) / static_cast<double>(family.ticks_per_unit);
}

double gauge_value(std::uint64_t cell, const FamilyDescriptor& family) {
  return family.mode == GaugeMode::in_flight ? static_cast<double>(static_cast<std::int64_t>(cell))
                                             : gauge_from_cell(cell).value_or(0);
}

double total(std::span<const std::uint64_t> buckets) {
  double count = 0;
  for (const std::uint64_t bucket : buckets) {
    count += static_cast<double>(bucket);
  }
  return count;
}

void add_series(SegmentView& view, const FamilyDescriptor& family, const Labels& labels,
                std::span<const std::uint64_t> cells) {
  switch (family.kind) {
    case FamilyKind::counter:
      view.values[notation(family.name, labels)] += in_units(cells[0], family);
      return;
    case FamilyKind::gauge:
      view.values[notation(family.name, labels)] += gauge_value(cells[0], family);
      return;
    case FamilyKind::histogram: {
      // Of the classic buckets, if there are any: those of both kinds are compared by the tests.
      const std::string name = notation(family.name + "_count", labels);
      const std::size_t classic = classic_cells_of(family);
      const double of_native = total(cells.subspan(classic, cells.size() - 1 - classic));
      view.values[name] += classic == 0 ? of_native : total(cells.first(classic));
      if (family.native) {
        view.native[family.name] = *family.native;
        view.native_counts[name] += of_native;
      }
      view.sums[notation(family.name + "_sum", labels)] += in_units(cells.back(), family);
      view.bounds[family.name] = family.bounds;
      return;
    }
  }
}

/// Takes the test's label away; whether the series is the test's.
bool strip_test(Labels& labels, std::string_view test) {
  const auto found = std::find_if(labels.begin(), labels.end(), [&](const Label& label) {
    return label.name == kTestLabel && label.value == test;
  });
  if (found == labels.end()) {
    return false;
  }
  labels.erase(found);
  return true;
}

template <typename Wanted>
SegmentView read_wanted(const std::string& path, Wanted wanted) {
  SegmentView view;
  const UniqueFd fd = open_segment(path);
  if (!fd.valid()) {
    return view;
  }
  auto reader = SegmentReader::open(fd, layout::kMaxSegmentBytes);
  if (!reader.ok()) {
    ADD_FAILURE() << path << ": " << reader.error().detail;
    return view;
  }
  if (const auto read = reader->read(fd); !read.ok()) {
    ADD_FAILURE() << path << ": " << read.error().detail;
    return view;
  }
  for (const SeriesDescriptor& series : reader->series()) {
    Labels labels = series.labels;
    if (!wanted(labels)) {
      continue;
    }
    const FamilyDescriptor& family = reader->families()[series.family];
    add_series(view, family, labels, reader->cells().subspan(series.first_cell, series.cell_count));
    for (const ExemplarReading& exemplar : reader->exemplars()) {
      if (exemplar.first_cell == series.first_cell) {
        view.exemplars[notation(family.name, labels)].push_back(exemplar);
      }
    }
  }
  return view;
}

/// Lives until the process ends; afterwards the shim counts into an unlinked file, which is
/// harmless.
struct OwnDirectory {
  OwnDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "shmx-conf-XXXXXX").string();
    path = ::mkdtemp(pattern.data()) == nullptr ? std::string() : pattern;
  }
  OwnDirectory(const OwnDirectory&) = delete;
  OwnDirectory& operator=(const OwnDirectory&) = delete;
  ~OwnDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::string path;
};

}  // namespace

SegmentView read_segment(const std::string& path, std::string_view test) {
  return read_wanted(path, [&](Labels& labels) { return strip_test(labels, test); });
}

Samples read_everything(const std::string& path) {
  return read_wanted(path, [](const Labels&) { return true; }).values;
}

Samples nonzero(Samples values) {
  std::erase_if(values, [](const auto& entry) { return entry.second == 0; });
  return values;
}

std::vector<std::string> families(const Samples& values) {
  std::set<std::string> names;
  for (const auto& [name, value] : values) {
    names.insert(name.substr(0, name.find('{')));
  }
  return {names.begin(), names.end()};
}

std::string notation(std::string_view family, Labels labels) {
  std::sort(labels.begin(), labels.end());
  std::string text(family);
  char separator = '{';
  for (const Label& label : labels) {
    text += separator + label.name + "=\"" + label.value + '"';
    separator = ',';
  }
  return separator == '{' ? text : text + '}';
}

const std::string& segment_directory() {
  static const OwnDirectory directory;
  EXPECT_NE(directory.path, "");
  return directory.path;
}

SegmentView own(std::string_view test) {
  return read_segment(segment_path(), test);
}

std::optional<std::string> find_segment(const std::string& directory, int pid) {
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().filename().string().starts_with(".")) {
      continue;  // a newborn
    }
    const UniqueFd fd = open_segment(entry.path());
    if (!fd.valid()) {
      continue;
    }
    const auto reader = SegmentReader::open(fd, layout::kMaxSegmentBytes);
    if (reader.ok() && reader->claims().pid == static_cast<std::uint32_t>(pid)) {
      return entry.path().string();
    }
  }
  return std::nullopt;
}

}  // namespace shmx::test
