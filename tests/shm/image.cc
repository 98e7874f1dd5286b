#include "tests/shm/image.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>

namespace shmx::test {

using layout::Extent;
using layout::ExtentKind;

Image::Image(std::string_view service) : bytes_(layout::kHeaderBytes) {
  layout::Header& h = header();
  std::memcpy(h.magic, layout::kMagic, sizeof h.magic);
  h.major = layout::kMajor;
  h.minor = layout::kMinor;
  h.header_bytes = layout::kHeaderBytes;
  for (std::size_t i = 0; i < sizeof h.uuid; ++i) {
    h.uuid[i] = static_cast<std::uint8_t>(0xa0 + i);
  }
  h.start_time_unix_ns = 1'700'000'000'000'000'000;
  h.pid = 4711;
  h.service_bytes = static_cast<std::uint32_t>(service.size());
  std::memcpy(h.service, service.data(), service.size());
}

std::uint32_t Image::append_extent(ExtentKind kind, std::uint32_t first_shard,
                                   std::uint32_t shard_count, std::uint32_t first_word,
                                   std::uint32_t word_count) {
  const std::uint64_t offset = bytes_.size();
  const std::uint64_t rows = kind == ExtentKind::cells ? shard_count : 1;
  bytes_.resize(offset + rows * word_count * 8);
  extent(extents_) = Extent{offset, kind, first_shard, shard_count, first_word, word_count, 0};
  return extents_++;
}

void Image::publish_extents(std::uint64_t count) {
  header().extent_count = count;
}

std::uint64_t Image::offset_of(ExtentKind kind, std::uint32_t shard, std::uint32_t word) {
  for (std::uint32_t i = 0; i < extents_; ++i) {
    const Extent& e = extent(i);
    const bool has_shard = kind == ExtentKind::directory ||
                           (shard >= e.first_shard && shard < e.first_shard + e.shard_count);
    if (e.kind == kind && has_shard && word >= e.first_word && word < e.first_word + e.word_count) {
      const std::uint64_t row = kind == ExtentKind::directory ? 0 : shard - e.first_shard;
      return e.file_offset + (row * e.word_count + word - e.first_word) * 8;
    }
  }
  ADD_FAILURE() << "the image has no extent for word " << word << " of shard " << shard;
  return 0;
}

std::byte& Image::directory(std::uint64_t offset) {
  const auto word = static_cast<std::uint32_t>(offset / 8);
  return bytes_[offset_of(ExtentKind::directory, 0, word) + offset % 8];
}

layout::Cell& Image::cell(std::uint32_t shard, std::uint32_t index) {
  return *reinterpret_cast<layout::Cell*>(&bytes_[offset_of(ExtentKind::cells, shard, index)]);
}

void Image::write_record(std::uint64_t at, std::span<const std::byte> record) {
  for (std::size_t i = 0; i < record.size(); ++i) {
    directory(at + i) = record[i];
  }
}

void Image::append(std::span<const std::byte> record) {
  const std::uint64_t used = header().directory_used;
  write_record(used, record);
  header().directory_used = used + record.size();
}

std::uint64_t Image::append_exemplars(std::uint32_t series, std::uint32_t slot_count) {
  const std::uint64_t at = header().directory_used;
  const std::uint64_t first = (at + sizeof(layout::ExemplarsRecord) + 63) / 64 * 64;
  std::vector<std::byte> bytes(first - at + slot_count * sizeof(layout::ExemplarSlot));
  const layout::ExemplarsRecord record{
      {static_cast<std::uint32_t>(bytes.size()),
       static_cast<std::uint16_t>(layout::RecordType::exemplars), 0},
      series,
      slot_count};
  std::memcpy(bytes.data(), &record, sizeof record);
  append(bytes);
  return first;
}

void Image::write_slot(std::uint64_t at, const layout::ExemplarSlot& slot) {
  std::memcpy(&directory(at), &slot, sizeof slot);
}

layout::ExemplarSlot full_slot(std::uint64_t ticks) {
  return {2,
          ticks,
          1'700'000'000'000'000'000,
          {0x0a, 0xf7, 0x65, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13},
          {0xb7, 0xad, 1, 2, 3, 4, 5, 6},
          {}};
}

void Image::write_to(const UniqueFd& fd) const {
  ASSERT_EQ(pwrite(fd.get(), bytes_.data(), bytes_.size(), 0), static_cast<ssize_t>(bytes_.size()));
}

FamilyDescriptor counter_family(std::string name) {
  FamilyDescriptor family;
  family.kind = FamilyKind::counter;
  family.name = std::move(name);
  family.help = "Help of it.";
  return family;
}

FamilyDescriptor histogram_family(std::string name, std::vector<double> bounds) {
  FamilyDescriptor family;
  family.kind = FamilyKind::histogram;
  family.name = std::move(name);
  family.help = "Help of it.";
  family.unit = "seconds";
  family.ticks_per_unit = 1000;
  family.bounds = std::move(bounds);
  return family;
}

FamilyDescriptor gauge_family(std::string name, GaugeMode mode) {
  FamilyDescriptor family;
  family.kind = FamilyKind::gauge;
  family.mode = mode;
  family.name = std::move(name);
  family.help = "Help of it.";
  return family;
}

Image small_image() {
  Image image;
  image.append_extent(ExtentKind::directory, 0, 0, 0, layout::kWordsPerPage);
  image.append_extent(ExtentKind::cells, 0, 2, 0, layout::kWordsPerPage);
  image.publish_extents(2);
  image.append(counter_family("hits_total"));
  image.append(histogram_family("wait_seconds", {1, 2}));
  image.append(gauge_family("level", GaugeMode::sum));
  image.append(SeriesDescriptor{0, kHitsCell, 1, false, {{"kind", "retail"}}});
  image.append(SeriesDescriptor{1, kWaitCell, 4, false, {}});
  image.append(SeriesDescriptor{2, kLevelCell, 1, false, {}});
  return image;
}

UniqueFd create_file(const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
  EXPECT_TRUE(fd.valid()) << path;
  return fd;
}

Result<SegmentReader, ReadError> read_segment(const UniqueFd& fd) {
  auto reader = SegmentReader::open(fd, layout::kMaxSegmentBytes);
  if (reader.ok()) {
    if (auto read = reader->read(fd); !read.ok()) {
      return read.error();
    }
  }
  return reader;
}

}  // namespace shmx::test
