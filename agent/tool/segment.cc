// See segment.h.
#include "agent/tool/segment.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "agent/read/advice.h"
#include "shm/layout.h"

namespace shmx::tool {
namespace {

Error failed(std::string_view what, const std::string& path, std::string_view why, int code = 0) {
  return {fmt::format("cannot {} {}: {}", what, path, why), code};
}

Error refused(const std::string& path, const ReadError& error) {
  const read::Advice* const advice = read::find_advice(to_string(error.reason));
  return failed("read", path,
                fmt::format("{} ({})\n{}", error.detail, to_string(error.reason),
                            advice == nullptr ? "" : advice->remedy));
}

/// Why a path cannot be opened, and what to do.
Error cannot_open(const std::string& path, int code) {
  std::string_view expected = "expected a segment file, *.shmx; shmtool check segments lists them";
  if (code == EACCES) {
    expected = "expected to be its owner, shm-exporter or root: run shmtool as one of them (sudo)";
  }
  const std::string_view why = code == ELOOP ? "it is a symbolic link" : std::strerror(code);
  return failed("open", path, fmt::format("{}; {}", why, expected), code);
}

}  // namespace

std::span<const ExemplarReading> exemplars_of(const Segment& segment, std::size_t series) {
  const auto all = segment.reader.exemplars();
  const auto first = std::ranges::lower_bound(all, series, {}, &ExemplarReading::series);
  return {first, std::ranges::upper_bound(all, series, {}, &ExemplarReading::series)};
}

Result<Segment> load(const std::string& path) {
  // Nonblocking, so that a FIFO is refused below and not waited for.
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd.valid()) {
    return cannot_open(path, errno);
  }
  struct stat status {};
  if (fstat(fd.get(), &status) != 0) {
    return failed("open", path, std::strerror(errno), errno);
  }
  if (!S_ISREG(status.st_mode)) {
    return failed("read", path,
                  "not a regular file; expected a segment file, *.shmx (of a whole "
                  "directory: shmtool check segments)");
  }
  Result<SegmentReader, ReadError> reader = SegmentReader::open(fd, layout::kMaxSegmentBytes);
  if (!reader) {
    return refused(path, reader.error());
  }
  if (const auto read = reader->read(fd); !read) {
    return refused(path, read.error());
  }
  return Segment{path, static_cast<std::uint64_t>(status.st_size), segment_lock_state(fd.get()),
                 std::move(reader).value()};
}

}  // namespace shmx::tool
