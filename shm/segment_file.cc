#include "shm/segment_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/interprocess/exceptions.hpp>
#include <boost/interprocess/mapped_region.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>
#include <utility>

namespace shmx {
namespace {

using layout::Cell;
using layout::Extent;
using layout::ExtentKind;
using layout::Header;

// The reserved address range: header, directory, then the shards at equal distances, so that a
// cell's address is its shard's base plus its index, for ever, however the file grew. Reserved
// addresses cost no memory.
constexpr std::uint64_t kShardStride = std::uint64_t{layout::kMaxCells} * sizeof(Cell);
constexpr std::uint64_t kDirectoryAt = layout::kHeaderBytes;
constexpr std::uint64_t kShardsAt = kDirectoryAt + layout::kMaxDirectoryBytes;
constexpr std::uint64_t kRangeBytes = kShardsAt + layout::kMaxShards * kShardStride;

// The first allocation: header, 16 KiB of directory (about 100 series), a page of cells for the
// shared shard and for the first private one.
constexpr std::uint64_t kFirstDirectoryBytes = 4 * layout::kPageBytes;
constexpr std::uint32_t kFirstCells = layout::kWordsPerPage;
constexpr std::uint32_t kFirstShards = 2;
static_assert(layout::kHeaderBytes + kFirstDirectoryBytes +
                  std::uint64_t{kFirstShards} * kFirstCells * sizeof(Cell) <=
              std::uint64_t{256} << 10);

// Growth by half: 16 steps from the first page of cells to kMaxCells, 16 from the first directory
// to its largest, and one extent per shard stay within the table.
static_assert(16 + 16 + layout::kMaxShards <= layout::kMaxExtents);

// A newborn that the agent removed before it was locked is born again this many times.
constexpr int kBirths = 3;

Error failed(const char* call, const std::string& path, int code, const char* advice = "") {
  return {std::string(call) + " " + path + ": " + std::strerror(code) + advice, code};
}

constexpr std::uint64_t whole_pages(std::uint64_t bytes) {
  return (bytes + layout::kPageBytes - 1) / layout::kPageBytes * layout::kPageBytes;
}

// As many words as there are in whole pages.
constexpr std::uint32_t whole_words(std::uint32_t words) {
  return static_cast<std::uint32_t>(whole_pages(std::uint64_t{words} * sizeof(Cell)) /
                                    sizeof(Cell));
}

// Random bytes as 32 hexadecimal digits.
Result<std::string> random_name() {
  std::array<unsigned char, 16> bytes;
  if (::getrandom(bytes.data(), bytes.size(), GRND_NONBLOCK) !=
      static_cast<ssize_t>(bytes.size())) {
    return failed("getrandom", "", errno);
  }
  std::string name;
  for (const unsigned char byte : bytes) {
    constexpr const char* kDigits = "0123456789abcdef";
    name += kDigits[byte >> 4];
    name += kDigits[byte & 15];
  }
  return name;
}

// A file under its first name; removed again unless it is kept.
struct Newborn {
  explicit Newborn(std::string name)
      : path(std::move(name)),
        fd(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)) {}
  Newborn(const Newborn&) = delete;
  Newborn& operator=(const Newborn&) = delete;
  ~Newborn() {
    if (fd.valid() && !keep) {
      ::unlink(path.c_str());
    }
  }

  std::string path;
  UniqueFd fd;
  bool keep = false;
};

// Allocates [offset, offset + bytes) for good: a store into a hole of a full tmpfs would be a
// SIGBUS in the service, a write beyond RLIMIT_FSIZE a SIGXFSZ.
Result<bool> allocate(int fd, std::uint64_t offset, std::uint64_t bytes, const std::string& path) {
  struct rlimit limit {};
  if (::getrlimit(RLIMIT_FSIZE, &limit) != 0) {
    return failed("getrlimit", path, errno);
  }
  if (limit.rlim_cur != RLIM_INFINITY && offset + bytes > limit.rlim_cur) {
    return failed("fallocate", path, EFBIG, " (RLIMIT_FSIZE is too low)");
  }
  int code = EINTR;
  while (code == EINTR) {
    code = ::posix_fallocate(fd, static_cast<off_t>(offset), static_cast<off_t>(bytes));
  }
  if (code != 0) {
    return failed("fallocate", path, code);
  }
  return true;
}

}  // namespace

Cell* SegmentFile::shard(std::uint32_t index) const noexcept {
  return reinterpret_cast<Cell*>(base_ + kShardsAt + index * kShardStride);
}

std::uint64_t SegmentFile::newborn_bytes(std::uint64_t directory_bytes,
                                         std::uint32_t cells) noexcept {
  const std::uint64_t shard_bytes = whole_pages(std::uint64_t{cells} * sizeof(Cell));
  return layout::kHeaderBytes + std::max(whole_pages(directory_bytes), kFirstDirectoryBytes) +
         kFirstShards * shard_bytes;
}

Result<bool> SegmentFile::create(const Birth& birth, std::span<const std::byte> directory,
                                 std::uint32_t cells) {
  Result<bool> result = true;
  for (int i = 0; i < kBirths; ++i) {
    result = create_once(birth, directory, cells);
    if (result) {
      return result;
    }
    abandon();
    // Only the rename's ENOENT is the agent's doing; a missing directory would be ENOENT for ever.
    if (result.error().code != ENOENT || ::access(birth.directory.c_str(), F_OK) != 0) {
      return result;
    }
  }
  return result;
}

Result<bool> SegmentFile::create_once(const Birth& birth, std::span<const std::byte> directory,
                                      std::uint32_t cells) {
  const auto name = random_name();
  if (!name) {
    return name.error();
  }
  path_ = birth.directory + "/" + name.value() + ".shmx";
  Newborn newborn(birth.directory + "/." + name.value());
  if (!newborn.fd.valid()) {
    return failed("open", newborn.path, errno);
  }
  auto result = initialise(newborn.fd, birth, directory, cells);
  if (result && ::rename(newborn.path.c_str(), path_.c_str()) != 0) {
    result = failed("rename", newborn.path, errno);
  }
  newborn.keep = result.ok();
  return result;
}

Result<bool> SegmentFile::initialise(const UniqueFd& fd, const Birth& birth,
                                     std::span<const std::byte> directory, std::uint32_t cells) {
  struct stat file {};
  if (::fchmod(fd.get(), 0640) != 0) {  // Whatever the umask: the agent reads by the group.
    return failed("fchmod", path_, errno);
  }
  if (::fstat(fd.get(), &file) != 0) {
    return failed("fstat", path_, errno);
  }
  identity_ = {file.st_dev, file.st_ino};
  max_bytes_ = std::min(birth.max_bytes, layout::kMaxSegmentBytes);
  if (!lock_segment(fd.get())) {
    return failed("fcntl(F_OFD_SETLK)", path_, errno);
  }
  if (auto done = allocate(fd.get(), 0, layout::kHeaderBytes, path_); !done) {
    return done;
  }
  void* const range =
      ::mmap(nullptr, kRangeBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (range == MAP_FAILED) {
    return failed("mmap", path_, errno);
  }
  base_ = static_cast<std::byte*>(range);
  directory_ = base_ + kDirectoryAt;
  if (auto done = map(fd, 0, layout::kHeaderBytes, base_); !done) {
    return done;
  }
  header_ = new (base_) Header;  // No initialiser: the file's bytes are zeros already.
  file_bytes_ = layout::kHeaderBytes;
  if (::getrandom(header_->uuid, sizeof(header_->uuid), GRND_NONBLOCK) !=
      static_cast<ssize_t>(sizeof(header_->uuid))) {
    return failed("getrandom", "", errno);
  }
  std::memcpy(header_->magic, layout::kMagic, sizeof(layout::kMagic));
  header_->major = layout::kMajor;
  header_->minor = layout::kMinor;
  header_->header_bytes = layout::kHeaderBytes;
  header_->start_time_unix_ns = birth.start_time_unix_ns;
  header_->pid = birth.pid;
  header_->service_bytes = static_cast<std::uint32_t>(birth.service.size());
  std::memcpy(header_->service, birth.service.data(), birth.service.size());
  shards_ = kFirstShards;
  if (auto done = reserve_in(fd, std::max<std::uint64_t>(directory.size(), kFirstDirectoryBytes),
                             std::max(cells, kFirstCells));
      !done) {
    return done;
  }
  append(directory);
  return true;
}

Result<UniqueFd> SegmentFile::reopen() const {
  UniqueFd fd(::open(path_.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC));
  if (!fd.valid()) {
    return failed("open", path_, errno);
  }
  struct stat file {};
  if (::fstat(fd.get(), &file) != 0) {
    return failed("fstat", path_, errno);
  }
  if (file.st_dev != identity_.device || file.st_ino != identity_.inode) {
    return Error{path_ + " is another file than it was", ENOENT};
  }
  return fd;
}

Result<bool> SegmentFile::reserve(std::uint64_t directory_bytes, std::uint32_t cells) {
  if (directory_bytes <= directory_capacity_ && cells <= cells_) {
    return true;
  }
  const auto fd = reopen();
  if (!fd) {
    return fd.error();
  }
  return reserve_in(fd.value(), directory_bytes, cells);
}

Result<bool> SegmentFile::reserve_in(const UniqueFd& fd, std::uint64_t directory_bytes,
                                     std::uint32_t cells) {
  if (directory_bytes > directory_capacity_) {
    if (auto done = grow_directory(fd, directory_bytes); !done) {
      return done;
    }
  }
  return cells > cells_ ? grow_cells(fd, cells) : Result<bool>(true);
}

Result<bool> SegmentFile::grow_directory(const UniqueFd& fd, std::uint64_t bytes) {
  if (bytes > layout::kMaxDirectoryBytes) {
    return Error{"the segment's directory is full (" + std::to_string(layout::kMaxDirectoryBytes) +
                     " bytes)",
                 ENOSPC};
  }
  std::uint64_t wanted = std::min(whole_pages(directory_capacity_ + directory_capacity_ / 2),
                                  layout::kMaxDirectoryBytes);
  if (wanted < bytes || file_bytes_ + (wanted - directory_capacity_) > max_bytes_) {
    wanted = whole_pages(bytes);
  }
  Extent extent{};
  extent.kind = ExtentKind::directory;
  extent.first_word = static_cast<std::uint32_t>(directory_capacity_ / sizeof(Cell));
  extent.word_count = static_cast<std::uint32_t>((wanted - directory_capacity_) / sizeof(Cell));
  auto done = extend(fd, extent);
  if (done) {
    directory_capacity_ = wanted;
  }
  return done;
}

Result<bool> SegmentFile::grow_cells(const UniqueFd& fd, std::uint32_t cells) {
  if (cells > layout::kMaxCells) {
    return Error{"the segment's cells are used up (" + std::to_string(layout::kMaxCells) + ")",
                 ENOSPC};
  }
  std::uint32_t wanted = std::min(whole_words(cells_ + cells_ / 2), layout::kMaxCells);
  if (wanted < cells ||
      file_bytes_ + std::uint64_t{shards_} * (wanted - cells_) * sizeof(Cell) > max_bytes_) {
    wanted = whole_words(cells);
  }
  Extent extent{};
  extent.kind = ExtentKind::cells;
  extent.shard_count = shards_;
  extent.first_word = cells_;
  extent.word_count = wanted - cells_;
  auto done = extend(fd, extent);
  if (done) {
    cells_ = wanted;
  }
  return done;
}

Result<bool> SegmentFile::add_shard() {
  if (shards_ == layout::kMaxShards) {
    return Error{"all shards are in use", EAGAIN};
  }
  const auto fd = reopen();
  if (!fd) {
    return fd.error();
  }
  Extent extent{};
  extent.kind = ExtentKind::cells;
  extent.first_shard = shards_;
  extent.shard_count = 1;
  extent.word_count = cells_;
  auto done = extend(fd.value(), extent);
  if (done) {
    ++shards_;
  }
  return done;
}

// Allocates, maps, fills the table's entry, and only then publishes it.
Result<bool> SegmentFile::extend(const UniqueFd& fd, Extent extent) {
  const std::uint64_t bytes = std::uint64_t{extent.word_count} * sizeof(Cell);
  const std::uint64_t copies = std::max<std::uint32_t>(extent.shard_count, 1);
  if (extents_ == layout::kMaxExtents || hole_.begin != nullptr) {
    return Error{"the segment cannot grow any more", ENOSPC};
  }
  if (file_bytes_ + copies * bytes > max_bytes_) {
    return Error{"the segment would exceed " + std::to_string(max_bytes_) + " bytes", EFBIG};
  }
  if (auto done = allocate(fd.get(), file_bytes_, copies * bytes, path_); !done) {
    return done;
  }
  for (std::uint64_t i = 0; i < copies; ++i) {
    std::byte* const room = extent.kind == ExtentKind::directory
                                ? directory_
                                : base_ + kShardsAt + (extent.first_shard + i) * kShardStride;
    std::byte* const at = room + std::uint64_t{extent.first_word} * sizeof(Cell);
    if (auto done = map(fd, file_bytes_ + i * bytes, bytes, at); !done) {
      return done;
    }
  }
  extent.file_offset = file_bytes_;
  header_->extents[extents_] = extent;
  ++extents_;
  file_bytes_ += copies * bytes;
  // Release: pairs with the reader's acquire of extent_count; the entry and the allocation are
  // before it.
  header_->extent_count.store(extents_, std::memory_order_release);
  return true;
}

Result<bool> SegmentFile::map(const UniqueFd& fd, std::uint64_t offset, std::uint64_t bytes,
                              std::byte* at) {
  using boost::interprocess::mapped_region;
  try {
    // Its destructor is never run: abandon() gives the whole range back in one call, for between
    // two another thread may have been given what the first one freed.
    alignas(mapped_region) std::byte storage[sizeof(mapped_region)];
    new (storage)
        mapped_region(fd, boost::interprocess::read_write,
                      static_cast<boost::interprocess::offset_t>(offset), bytes, at, MAP_FIXED);
    return true;
  } catch (const boost::interprocess::interprocess_exception& e) {
    // The kernel may have taken the reservation away before it failed, and another thread may own
    // these addresses now: never touch them again.
    hole_ = {at, bytes};
    return Error{"mmap " + path_ + ": " + e.what(), e.get_native_error()};
  }
}

void SegmentFile::append(std::span<const std::byte> records) noexcept {
  if (records.empty()) {
    return;
  }
  std::memcpy(directory_ + directory_used_, records.data(), records.size());
  directory_used_ += records.size();
  // Release: pairs with the reader's acquire of directory_used; the records' bytes are before it.
  header_->directory_used.store(directory_used_, std::memory_order_release);
}

void SegmentFile::abandon() noexcept {
  if (base_ != nullptr) {
    std::byte* const end = base_ + kRangeBytes;
    if (hole_.begin != nullptr) {
      ::munmap(base_, static_cast<std::size_t>(hole_.begin - base_));
      std::byte* const after = hole_.begin + hole_.bytes;
      ::munmap(after, static_cast<std::size_t>(end - after));
    } else {
      ::munmap(base_, kRangeBytes);
    }
  }
  base_ = nullptr;
  hole_ = {};
  header_ = nullptr;
  directory_ = nullptr;
  path_.clear();
  file_bytes_ = max_bytes_ = directory_used_ = directory_capacity_ = 0;
  cells_ = shards_ = extents_ = 0;
}

}  // namespace shmx
