// How a segment grows: its extents, and that growth is taken in at once or not at all. What a read
// has appended before it failed is taken back. The directory's records are reader_records.cc's.
#include <algorithm>
#include <cstring>

#include "shm/guarded_copy.h"
#include "shm/reader.h"

namespace shmx {
namespace {

using layout::Cell;
using layout::Extent;
using layout::ExtentKind;
using layout::Header;

template <typename T>
void cut(std::vector<T>& all, std::size_t size) noexcept {
  all.erase(all.begin() + static_cast<std::ptrdiff_t>(size), all.end());
}

void keep_below(std::vector<std::uint32_t>& order, std::size_t size) noexcept {
  std::erase_if(order, [size](std::uint32_t index) { return index >= size; });
}

}  // namespace

// Takes back what was appended since it was made, unless it is kept.
class SegmentReader::Growth {
 public:
  explicit Growth(SegmentReader& reader) noexcept
      : reader_(reader),
        known_(reader.known_),
        stretches_(reader.stretches_.size()),
        parts_(reader.directory_.size()),
        families_(reader.families_.size()),
        series_(reader.series_.size()),
        exemplar_slots_(reader.exemplar_slots_.size()),
        cells_(reader.counts_mask_.size()),
        certificates_(reader.certificates_) {}
  Growth(const Growth&) = delete;
  Growth& operator=(const Growth&) = delete;
  ~Growth() {
    if (kept_) {
      return;
    }
    reader_.known_ = known_;
    cut(reader_.stretches_, stretches_);
    cut(reader_.directory_, parts_);
    cut(reader_.counts_mask_, cells_);
    keep_below(reader_.families_by_name_, families_);
    cut(reader_.families_, families_);
    keep_below(reader_.series_by_labels_, series_);
    cut(reader_.series_, series_);
    cut(reader_.exemplar_slots_, exemplar_slots_);
    reader_.certificates_ = certificates_;
    reader_.located_ = false;
  }

  void keep() noexcept { kept_ = true; }

 private:
  SegmentReader& reader_;
  Known known_;
  std::size_t stretches_;
  std::size_t parts_;
  std::size_t families_;
  std::size_t series_;
  std::size_t exemplar_slots_;
  std::size_t cells_;
  std::shared_ptr<const std::string> certificates_;
  bool kept_ = false;
};

SegmentReader::Status SegmentReader::grow(const UniqueFd& fd, const Published& published) {
  Growth growth(*this);
  located_ = false;
  if (auto status = read_extents(fd, published.extent_count); !status) {
    return status;
  }
  if (auto status = read_directory(published.directory_used); !status) {
    return status;
  }
  if (auto status = read_cells(); !status) {
    return status;
  }
  growth.keep();
  return true;
}

SegmentReader::Status SegmentReader::read_extents(const UniqueFd& fd, std::uint64_t count) {
  if (count < known_.extents || count > layout::kMaxExtents) {
    return refuse(Refusal::extents, "expected " + std::to_string(known_.extents) + " to " +
                                        std::to_string(layout::kMaxExtents) +
                                        " extents at offset 456, found " + std::to_string(count));
  }
  constexpr std::size_t kWords = sizeof(Extent) / sizeof(Cell);
  std::array<std::uint64_t, layout::kMaxExtents * kWords> words;
  const std::size_t fresh = count - known_.extents;
  const Cell* const from =
      words_at(offsetof(Header, extents) + known_.extents * sizeof(Extent), fresh * kWords);
  if (fresh != 0 && !guarded_copy(from, words.data(), fresh * kWords)) {
    return vanished();
  }
  for (std::size_t i = 0; i < fresh; ++i) {
    Extent extent;
    std::memcpy(&extent, words.data() + i * kWords, sizeof(extent));
    if (auto status = accept_extent(extent); !status) {
      return status;
    }
  }
  if (known_.file_bytes <= region_.get_size()) {
    return true;
  }
  return map(fd);  // The file has grown; map() checks that it is as large as the extents say. When
                   // the kernel has no memory for it, the next read tries again.
}

SegmentReader::Status SegmentReader::accept_extent(const Extent& extent) {
  const auto which = [this] { return "extent " + std::to_string(known_.extents); };
  if (extent.file_offset != known_.file_bytes) {
    return refuse(Refusal::extents, which() + ": expected it at file offset " +
                                        std::to_string(known_.file_bytes) + ", found " +
                                        std::to_string(extent.file_offset));
  }
  if (extent.word_count == 0 || extent.word_count % layout::kWordsPerPage != 0) {
    return refuse(Refusal::extents, which() + ": expected a positive number of whole pages");
  }
  Status status = true;
  if (extent.kind == ExtentKind::directory) {
    status = accept_directory(extent);
  } else if (extent.kind == ExtentKind::cells) {
    status = accept_cells(extent);
  } else {
    status = refuse(Refusal::extents, "expected a kind of 1 or 2");
  }
  if (!status) {
    return refuse(status.error().reason, which() + ": " + status.error().detail);
  }
  if (known_.file_bytes > max_bytes_) {
    return refuse(Refusal::too_large,
                  which() + ": expected at most " + std::to_string(max_bytes_) + " bytes in all");
  }
  ++known_.extents;
  return true;
}

SegmentReader::Status SegmentReader::accept_directory(const Extent& extent) {
  const std::uint64_t bytes = std::uint64_t{extent.word_count} * sizeof(Cell);
  if (extent.shard_count != 0 || extent.first_shard != 0) {
    return refuse(Refusal::extents, "expected a directory of no shard");
  }
  if (std::uint64_t{extent.first_word} * sizeof(Cell) != known_.directory_bytes) {
    return refuse(Refusal::extents, "expected it to continue the directory");
  }
  if (bytes > layout::kMaxDirectoryBytes - known_.directory_bytes) {
    return refuse(Refusal::extents, "expected a directory of at most " +
                                        std::to_string(layout::kMaxDirectoryBytes) + " bytes");
  }
  directory_.push_back({extent.file_offset, known_.directory_bytes, bytes});
  known_.directory_bytes += bytes;
  known_.file_bytes += bytes;
  return true;
}

SegmentReader::Status SegmentReader::accept_cells(const Extent& extent) {
  if (extent.shard_count == 0 || extent.shard_count > layout::kMaxShards ||
      extent.first_shard > layout::kMaxShards - extent.shard_count) {
    return refuse(Refusal::extents,
                  "expected 1 to " + std::to_string(layout::kMaxShards) + " shards");
  }
  const bool more_cells = extent.first_shard == 0 && extent.first_word == known_.cells &&
                          (known_.shards == 0 || extent.shard_count == known_.shards);
  const bool more_shards = known_.shards != 0 && extent.first_shard == known_.shards &&
                           extent.first_word == 0 && extent.word_count == known_.cells;
  if (!more_cells && !more_shards) {
    return refuse(Refusal::extents,
                  "expected more cells of every shard, or all cells of new shards");
  }
  if (more_cells && extent.word_count > layout::kMaxCells - known_.cells) {
    return refuse(Refusal::extents,
                  "expected at most " + std::to_string(layout::kMaxCells) + " cells of a shard");
  }
  const std::uint64_t bytes = std::uint64_t{extent.word_count} * sizeof(Cell);
  for (std::uint32_t i = 0; i < extent.shard_count; ++i) {
    stretches_.push_back({extent.file_offset + i * bytes, extent.first_word, extent.word_count});
  }
  known_.shards = std::max(known_.shards, extent.first_shard + extent.shard_count);
  known_.cells = std::max(known_.cells, extent.first_word + extent.word_count);
  known_.file_bytes += extent.shard_count * bytes;
  return true;
}

}  // namespace shmx
