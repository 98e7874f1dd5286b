// The writer's side of one segment file: birth, growth, appending to the directory. Knows nothing
// of metrics, threads or forks: its owner (registry.cc) calls it under the registration lock.
// Everything fails by value; what was there before a failure stays valid and mapped.
#ifndef SHM_EXPORTER_SHM_SEGMENT_FILE_H
#define SHM_EXPORTER_SHM_SEGMENT_FILE_H

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "shm/file.h"
#include "shm/layout.h"
#include "shm/result.h"

namespace shmx {

class SegmentFile {
 public:
  /// What a segment says of its process.
  struct Birth {
    std::string directory;
    std::string service;  ///< 1..kMaxServiceBytes bytes of UTF-8
    std::uint64_t start_time_unix_ns = 0;
    std::uint32_t pid = 0;
    std::uint64_t max_bytes = 0;  ///< the file never grows beyond
  };

  SegmentFile() = default;
  SegmentFile(const SegmentFile&) = delete;
  SegmentFile& operator=(const SegmentFile&) = delete;
  ~SegmentFile() { abandon(); }

  bool exists() const noexcept { return header_ != nullptr; }
  const std::string& path() const noexcept { return path_; }

  /// How large create() makes a segment with this directory and these cells.
  static std::uint64_t newborn_bytes(std::uint64_t directory_bytes, std::uint32_t cells) noexcept;

  /// Creates the segment with this directory and room for cells [0, cells), under its final name.
  /// Descriptors: opened and closed within. The lock stays with the mapping.
  Result<bool> create(const Birth& birth, std::span<const std::byte> directory,
                      std::uint32_t cells);

  /// Makes room for this many bytes of directory and cells per shard, in all. Reopens the file by
  /// its name and makes sure that it is still the same.
  Result<bool> reserve(std::uint64_t directory_bytes, std::uint32_t cells);

  /// Adds a shard with all cells; its index is shard_count() - 1 afterwards.
  Result<bool> add_shard();

  /// Publishes records; their bytes must have been reserved.
  void append(std::span<const std::byte> records) noexcept;

  std::uint32_t shard_count() const noexcept { return shards_; }
  layout::Cell* shard(std::uint32_t index) const noexcept;
  layout::Cell* losses() const noexcept { return header_->losses; }
  layout::Cell* directory() const noexcept { return reinterpret_cast<layout::Cell*>(directory_); }

  /// In a forked child: unmaps everything, so that the parent's lock and shards are the parent's
  /// alone, and forgets it. The file is the parent's and stays.
  void abandon() noexcept;

 private:
  /// The part of the address range that a failed mmap(MAP_FIXED) may have lost to somebody else.
  struct Hole {
    std::byte* begin = nullptr;
    std::size_t bytes = 0;
  };
  struct Identity {
    dev_t device = 0;
    ino_t inode = 0;
  };

  Result<bool> create_once(const Birth& birth, std::span<const std::byte> directory,
                           std::uint32_t cells);
  Result<bool> initialise(const UniqueFd& fd, const Birth& birth,
                          std::span<const std::byte> directory, std::uint32_t cells);
  Result<UniqueFd> reopen() const;
  Result<bool> reserve_in(const UniqueFd& fd, std::uint64_t directory_bytes, std::uint32_t cells);
  Result<bool> grow_directory(const UniqueFd& fd, std::uint64_t bytes);
  Result<bool> grow_cells(const UniqueFd& fd, std::uint32_t cells);
  Result<bool> extend(const UniqueFd& fd, layout::Extent extent);
  Result<bool> map(const UniqueFd& fd, std::uint64_t offset, std::uint64_t bytes, std::byte* at);

  std::byte* base_ = nullptr;  ///< of the reserved address range
  Hole hole_;
  layout::Header* header_ = nullptr;
  std::byte* directory_ = nullptr;
  std::string path_;
  Identity identity_;
  std::uint64_t file_bytes_ = 0;  ///< the end of the last published extent
  std::uint64_t max_bytes_ = 0;
  std::uint64_t directory_used_ = 0;
  std::uint64_t directory_capacity_ = 0;
  std::uint32_t cells_ = 0;
  std::uint32_t shards_ = 0;
  std::uint32_t extents_ = 0;
};

}  // namespace shmx

#endif  // SHM_EXPORTER_SHM_SEGMENT_FILE_H
