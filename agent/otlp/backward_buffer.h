// Memory that grows at its beginning, for a BackwardWriter. Kept from one message to the next.
#ifndef SHM_EXPORTER_AGENT_OTLP_BACKWARD_BUFFER_H
#define SHM_EXPORTER_AGENT_OTLP_BACKWARD_BUFFER_H

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include "agent/render/backward_writer.h"

namespace shmx::otlp {

class BackwardBuffer {
 public:
  /// The bytes from here to the end.
  std::size_t size() const noexcept { return static_cast<std::size_t>(end() - out_.at()); }
  std::string_view written() const noexcept { return {out_.at(), size()}; }

  /// Where the writer was when so much was written.
  const char* at(std::size_t size) const noexcept { return end() - size; }

  /// Forgets what was written after there were so many bytes.
  void rewind(std::size_t size) noexcept { out_ = render::BackwardWriter(end() - size); }

  /// The writer, with room for so many bytes. Valid until the next call, or rewind().
  render::BackwardWriter& writer(std::size_t room) {
    const std::size_t needed = size() + room + render::kSlackBytes;
    if (needed > capacity_) {
      grow(needed);
    }
    return out_;
  }

 private:
  /// A small host's message fits.
  static constexpr std::size_t kFirstBytes = std::size_t{64} << 10;

  char* end() const noexcept { return bytes_.get() + capacity_; }

  void grow(std::size_t needed) {
    const std::size_t capacity = std::max({needed, 2 * capacity_, kFirstBytes});
    auto bytes = std::make_unique_for_overwrite<char[]>(capacity);
    const std::string_view kept = written();
    char* const begin = bytes.get() + capacity - kept.size();
    if (!kept.empty()) {
      std::memcpy(begin, kept.data(), kept.size());
    }
    bytes_ = std::move(bytes);
    capacity_ = capacity;
    out_ = render::BackwardWriter(begin);
  }

  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
  render::BackwardWriter out_{nullptr};
};

}  // namespace shmx::otlp

#endif  // SHM_EXPORTER_AGENT_OTLP_BACKWARD_BUFFER_H
