// A segment's bytes, built by hand: right ones, and, by editing them, wrong ones. Shares nothing
// with the writer but shm/layout.h. Not a writer: it holds no lock, and nothing is published in any
// order.
#ifndef SHM_EXPORTER_TESTS_SHM_IMAGE_H
#define SHM_EXPORTER_TESTS_SHM_IMAGE_H

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "shm/descriptor.h"
#include "shm/file.h"
#include "shm/layout.h"
#include "shm/reader.h"
#include "shm/result.h"

namespace shmx::test {

class Image {
 public:
  /// A header without extents and without records.
  explicit Image(std::string_view service = "image");

  layout::Header& header() { return *reinterpret_cast<layout::Header*>(bytes_.data()); }

  /// Appends an extent's pages and its entry, without counting it. Returns its number.
  std::uint32_t append_extent(layout::ExtentKind kind, std::uint32_t first_shard,
                              std::uint32_t shard_count, std::uint32_t first_word,
                              std::uint32_t word_count);
  void publish_extents(std::uint64_t count);

  /// Where a byte of the directory is in the file, by the extents appended so far.
  std::byte& directory(std::uint64_t offset);
  layout::Cell& cell(std::uint32_t shard, std::uint32_t index);

  /// Writes a record's bytes at `at`, without publishing it.
  void write_record(std::uint64_t at, std::span<const std::byte> record);
  /// Writes a record at directory_used and publishes it.
  void append(std::span<const std::byte> record);
  void append(const FamilyDescriptor& family) { append(encode(family)); }
  void append(const SeriesDescriptor& series) { append(encode(series)); }
  /// The same of a record of exemplars, its slots empty. Returns where the first is, in bytes of
  /// the directory.
  std::uint64_t append_exemplars(std::uint32_t series, std::uint32_t slot_count);
  /// Writes a slot, which begins there.
  void write_slot(std::uint64_t at, const layout::ExemplarSlot& slot);

  std::vector<std::byte>& bytes() { return bytes_; }

  /// Writes the whole image over the file, which is never smaller afterwards.
  void write_to(const UniqueFd& fd) const;

 private:
  layout::Extent& extent(std::uint32_t number) { return header().extents[number]; }
  std::uint64_t offset_of(layout::ExtentKind kind, std::uint32_t shard, std::uint32_t word);

  std::vector<std::byte> bytes_;
  std::uint32_t extents_ = 0;
};

/// One page of directory, one of cells in each of two shards, and three families with one series
/// each: counter hits_total in cell 1, histogram wait_seconds (bounds 1 and 2, in milliseconds) in
/// cells 2 to 5, gauge level in cell 6.
Image small_image();
FamilyDescriptor counter_family(std::string name);
FamilyDescriptor histogram_family(std::string name, std::vector<double> bounds);
FamilyDescriptor gauge_family(std::string name, GaugeMode mode);
/// What a process would have put into a slot.
layout::ExemplarSlot full_slot(std::uint64_t ticks);
inline constexpr std::uint32_t kHitsCell = 1;
inline constexpr std::uint32_t kWaitCell = 2;
inline constexpr std::uint32_t kWaitSumCell = 5;
inline constexpr std::uint32_t kLevelCell = 6;

/// Creates a file, open for reading and writing.
UniqueFd create_file(const std::string& path);

/// Opens the file's segment and reads it once.
Result<SegmentReader, ReadError> read_segment(const UniqueFd& fd);

}  // namespace shmx::test

#endif  // SHM_EXPORTER_TESTS_SHM_IMAGE_H
