#include "agent/audit/lines.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "agent/audit/format.h"

namespace shmx::audit {
namespace {

/// What one read asks for: a multiple of a page that hides the cost of the call.
constexpr std::size_t kReadBytes = std::size_t{128} << 10;

}  // namespace

Result<Lines> Lines::open(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));  // A pipe ends at once.
  if (!fd.valid()) return Error{"open " + path + ": " + std::strerror(errno), errno};
  return Lines(path, std::move(fd));
}

Result<std::optional<std::string_view>> Lines::next() {
  std::size_t searched = begin_;
  for (;;) {
    const std::size_t end = buffer_.find('\n', searched);
    const std::size_t line_bytes = (end == std::string::npos ? buffer_.size() : end) - begin_;
    if (line_bytes > kMaxLineBytes) {
      return Error{"line " + std::to_string(number_ + 1) + " is longer than any record"};
    }
    if (end != std::string::npos) {
      const std::string_view line = std::string_view(buffer_).substr(begin_, line_bytes);
      begin_ = end + 1;
      ++number_;
      bytes_ += line_bytes + 1;
      return std::optional(line);
    }
    buffer_.erase(0, begin_);
    begin_ = 0;
    searched = buffer_.size();
    auto more = read_more();
    if (!more) return more.error();
    if (!*more) return std::optional<std::string_view>();
  }
}

/// False at the end of the file.
Result<bool> Lines::read_more() {
  const std::size_t before = buffer_.size();
  buffer_.resize(before + kReadBytes);
  ssize_t bytes = -1;
  do {
    bytes = ::read(fd_.get(), buffer_.data() + before, kReadBytes);
  } while (bytes < 0 && errno == EINTR);
  buffer_.resize(before + (bytes > 0 ? static_cast<std::size_t>(bytes) : 0));
  if (bytes < 0) return Error{"read " + path_ + ": " + std::strerror(errno), errno};
  return bytes > 0;
}

}  // namespace shmx::audit
