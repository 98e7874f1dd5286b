// What may be wrong with a file, its header and its extents; see corruptions.h.
#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <tuple>
#include <utility>

#include "tests/shm/corruptions.h"

namespace shmx::test {
namespace {

using enum Corruption::Seen;
using layout::Extent;
using layout::ExtentKind;
using layout::kMaxCells;
using layout::kMaxDirectoryBytes;
using layout::kMaxShards;
using layout::kPageBytes;
using layout::kWordsPerPage;

Extent& extent(Image& image, std::size_t number) {
  return image.header().extents[number];
}

void set_service(Image& image, std::string_view name) {
  image.header().service_bytes = static_cast<std::uint32_t>(name.size());
  std::memcpy(image.header().service, name.data(), name.size());
}

// Extents that are right one by one, without their pages.
void declare_extents(Image& image, std::initializer_list<Extent> extents) {
  std::size_t number = 0;
  for (const Extent& e : extents) {
    extent(image, number++) = e;
  }
  image.publish_extents(number);
}

// The smallest cells, then far more of them than there are bytes.
void declare_a_huge_segment(Image& image) {
  constexpr std::uint64_t kCellsBytes = std::uint64_t{kMaxShards} * kMaxCells * 8;
  declare_extents(image, {{4096, ExtentKind::directory, 0, 0, 0, kWordsPerPage, 0},
                          {8192, ExtentKind::cells, 0, kMaxShards, 0, kMaxCells, 0},
                          {8192 + kCellsBytes, ExtentKind::directory, 0, 0, kWordsPerPage,
                           kMaxDirectoryBytes / 8 - kWordsPerPage, 0}});
}

void grow_by(Image& image, std::uint32_t first_shard, std::uint32_t shard_count,
             std::uint32_t first_word, std::uint32_t word_count = kWordsPerPage) {
  const std::uint32_t number =
      image.append_extent(ExtentKind::cells, first_shard, shard_count, first_word, word_count);
  image.publish_extents(number + 1);
}

void untouched(Image& /*image*/) {}

constexpr std::string_view kService = "a service name of 1 to 256 bytes";
constexpr std::string_view kServiceText = "UTF-8 in the service name";
constexpr std::string_view kVersion = "expected layout version 1.x, found ";
constexpr std::string_view kCount = "extents at offset 456, found";
constexpr std::string_view kOffset = "expected it at file offset";
constexpr std::string_view kPages = "a positive number of whole pages";
constexpr std::string_view kKind = "expected a kind of 1 or 2";
constexpr std::string_view kContinue = "expected it to continue the directory";
constexpr std::string_view kNoShard = "expected a directory of no shard";
constexpr std::string_view kShards = "expected 1 to 64 shards";
constexpr std::string_view kMore = "expected more cells of every shard, or all cells of new shards";

}  // namespace

std::vector<Corruption> header_and_file_corruptions() {
  using enum Refusal;
  return {
      {"magic_of_something_else", not_a_segment, "expected the magic SHMX",
       [](Image& i) { i.header().magic[3] = 'Y'; }},
      {"magic_of_zeros", not_a_segment, "expected the magic SHMX",
       [](Image& i) { std::memset(i.header().magic, 0, 4); }},
      {"major_next", version, kVersion, [](Image& i) { i.header().major = layout::kMajor + 1; }},
      {"major_zero", version, kVersion, [](Image& i) { i.header().major = 0; }},
      {"major_largest", version, kVersion, [](Image& i) { i.header().major = UINT16_MAX; }},
      {"header_larger", header, "a header of 4096 bytes",
       [](Image& i) { i.header().header_bytes = 8192; }},
      {"header_of_no_bytes", header, "a header of 4096 bytes",
       [](Image& i) { i.header().header_bytes = 0; }},
      {"service_empty", header, kService, [](Image& i) { i.header().service_bytes = 0; }},
      {"service_too_long", header, kService, [](Image& i) { i.header().service_bytes = 257; }},
      {"service_length_huge", header, kService,
       [](Image& i) { i.header().service_bytes = UINT32_MAX; }},
      {"service_not_utf8", name, kServiceText, [](Image& i) { set_service(i, "ima\xffge"); }},
      {"service_with_nul", name, kServiceText,
       [](Image& i) { set_service(i, std::string_view("im\0ge", 5)); }},
      {"service_cut_in_a_character", name, kServiceText,
       [](Image& i) { set_service(i, "\xe2\x82"); }},
      {"file_empty", truncated, " bytes, found 0", untouched, by_both,
       [](const UniqueFd& fd) { std::ignore = ftruncate(fd.get(), 0); }},
      {"file_shorter_than_a_header", truncated, "expected at least 4096 bytes, found 4095",
       untouched, by_a_new_reader,
       [](const UniqueFd& fd) { std::ignore = ftruncate(fd.get(), 4095); }},
      {"file_shorter_than_it_was", truncated, "expected at least 16384 bytes, found 16383",
       untouched, by_a_known_reader,
       [](const UniqueFd& fd) { std::ignore = ftruncate(fd.get(), 16383); }},
      {"file_shorter_than_its_extents", truncated, "expected at least 16384 bytes, found 12288",
       untouched, by_a_new_reader,
       [](const UniqueFd& fd) { std::ignore = ftruncate(fd.get(), 12288); }},
      {"file_too_large", too_large, "bytes, found 76550144", untouched, by_both,
       [](const UniqueFd& fd) { std::ignore = ftruncate(fd.get(), 76'550'144); }},
      {"file_of_a_tebibyte", too_large, "bytes, found 1099511627776", untouched, by_both,
       [](const UniqueFd& fd) { std::ignore = ftruncate(fd.get(), off_t{1} << 40); }},
      {"file_with_a_hole_at_its_end", sparse, "without holes", untouched, by_both,
       [](const UniqueFd& fd) { std::ignore = ftruncate(fd.get(), 20480); }},
      {"file_with_a_hole_punched", sparse, "without holes", untouched, by_both,
       [](const UniqueFd& fd) {
         std::ignore = fallocate(fd.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 12288, 4096);
       }},
  };
}

std::vector<Corruption> extent_corruptions() {
  using enum Refusal;
  return {
      {"too_many_extents", extents, kCount,
       [](Image& i) { i.publish_extents(layout::kMaxExtents + 1); }, by_both},
      {"extent_count_huge", extents, kCount, [](Image& i) { i.publish_extents(UINT64_MAX); },
       by_both},
      {"extents_taken_back", extents, kCount, [](Image& i) { i.publish_extents(1); },
       by_a_known_reader},
      {"extent_of_unused_kind", extents, kKind,
       [](Image& i) {
         grow_by(i, 0, 2, kWordsPerPage);
         extent(i, 2).kind = ExtentKind::unused;
       },
       by_both},
      {"extent_of_unknown_kind", extents, kKind,
       [](Image& i) { extent(i, 1).kind = static_cast<ExtentKind>(7); }},
      {"extent_of_nothing", extents, kOffset, [](Image& i) { i.publish_extents(3); }, by_both},
      {"extent_over_the_header", extents, kOffset, [](Image& i) { extent(i, 0).file_offset = 0; }},
      {"extent_unaligned", extents, kOffset, [](Image& i) { extent(i, 0).file_offset += 4; }},
      {"extents_with_a_gap", extents, kOffset,
       [](Image& i) { extent(i, 1).file_offset += kPageBytes; }},
      {"extents_overlap", extents, kOffset,
       [](Image& i) { extent(i, 1).file_offset -= kPageBytes; }},
      {"extents_in_another_order", extents, kOffset,
       [](Image& i) { std::swap(extent(i, 0), extent(i, 1)); }},
      {"extent_offset_wraps", extents, kOffset,
       [](Image& i) { extent(i, 1).file_offset = UINT64_MAX - 4095; }},
      {"extent_empty", extents, kPages, [](Image& i) { extent(i, 1).word_count = 0; }},
      {"extent_not_whole_pages", extents, kPages, [](Image& i) { extent(i, 1).word_count -= 1; }},
      {"extent_of_4_gibi_words", extents, kPages,
       [](Image& i) { extent(i, 0).word_count = UINT32_MAX; }},
      {"directory_with_a_gap", extents, kContinue, [](Image& i) { extent(i, 0).first_word = 512; }},
      {"directory_twice", extents, kContinue,
       [](Image& i) {
         i.append_extent(ExtentKind::directory, 0, 0, 0, kWordsPerPage);
         i.publish_extents(3);
       },
       by_both},
      {"directory_with_a_shard_count", extents, kNoShard,
       [](Image& i) { extent(i, 0).shard_count = 1; }},
      {"directory_with_a_first_shard", extents, kNoShard,
       [](Image& i) { extent(i, 0).first_shard = 1; }},
      {"directory_beyond_its_limit", extents, "expected a directory of at most 8388608 bytes",
       [](Image& i) { extent(i, 0).word_count = kMaxDirectoryBytes / 8 + kWordsPerPage; }},
      {"directory_beyond_its_limit_in_steps", extents,
       "expected a directory of at most 8388608 bytes",
       [](Image& i) {
         declare_extents(i, {{4096, ExtentKind::directory, 0, 0, 0, kMaxDirectoryBytes / 8, 0},
                             {4096 + kMaxDirectoryBytes, ExtentKind::directory, 0, 0,
                              kMaxDirectoryBytes / 8, kWordsPerPage, 0}});
       }},
      {"cells_of_no_shards", extents, kShards, [](Image& i) { extent(i, 1).shard_count = 0; }},
      {"cells_of_too_many_shards", extents, kShards,
       [](Image& i) { extent(i, 1).shard_count = 65; }},
      {"cells_of_4_gibi_shards", extents, kShards,
       [](Image& i) { extent(i, 1).shard_count = UINT32_MAX; }},
      {"more_shards_than_there_may_be", extents, kShards, [](Image& i) { grow_by(i, 2, 63, 0); },
       by_both},
      {"first_shard_wraps", extents, kShards,
       [](Image& i) { extent(i, 1).first_shard = UINT32_MAX; }},
      {"cells_of_a_shard_that_is_missing", extents, kMore,
       [](Image& i) { extent(i, 1).first_shard = 1; }},
      {"cells_with_a_gap", extents, kMore, [](Image& i) { extent(i, 1).first_word = 512; }},
      {"cells_twice", extents, kMore, [](Image& i) { grow_by(i, 0, 2, 0); }, by_both},
      {"cells_of_one_shard_only", extents, kMore, [](Image& i) { grow_by(i, 0, 1, kWordsPerPage); },
       by_both},
      {"cells_of_more_shards_than_before", extents, kMore,
       [](Image& i) { grow_by(i, 0, 3, kWordsPerPage); }, by_both},
      {"new_shards_with_a_gap", extents, kMore, [](Image& i) { grow_by(i, 3, 1, 0); }, by_both},
      {"new_shards_that_start_late", extents, kMore,
       [](Image& i) { grow_by(i, 2, 1, kWordsPerPage); }, by_both},
      {"new_shards_with_fewer_cells", extents, kMore,
       [](Image& i) {
         grow_by(i, 0, 2, kWordsPerPage);
         grow_by(i, 2, 1, 0);
       },
       by_both},
      {"new_shards_with_more_cells", extents, kMore,
       [](Image& i) { grow_by(i, 2, 1, 0, 2 * kWordsPerPage); }, by_both},
      {"cells_beyond_their_limit", extents, "expected at most 131072 cells",
       [](Image& i) { extent(i, 1).word_count = kMaxCells + kWordsPerPage; }},
      {"cells_beyond_their_limit_in_steps", extents, "expected at most 131072 cells",
       [](Image& i) {
         i.header().extent_count = 3;
         extent(i, 2) = {16384, ExtentKind::cells, 0, 2, kWordsPerPage, kMaxCells, 0};
       },
       by_both},
      {"extents_beyond_the_file", truncated, "expected at least 24576 bytes, found 16384",
       [](Image& i) {
         grow_by(i, 0, 2, kWordsPerPage);
         i.bytes().resize(16384);
       },
       by_both},
      {"extents_far_beyond_the_file", truncated, "expected at least 75501568 bytes, found 16384",
       declare_a_huge_segment},
  };
}

}  // namespace shmx::test
