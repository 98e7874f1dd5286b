// Bytes on their way to a page: a chunk that stays in the processor's cache, written through a bare
// cursor, and appended to the page when it is full. Knows nothing of formats.
#ifndef SHM_EXPORTER_AGENT_RENDER_PAGE_WRITER_H
#define SHM_EXPORTER_AGENT_RENDER_PAGE_WRITER_H

#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

namespace shmx::render {

class PageWriter {
 public:
  /// Appends to `page`, which must outlive the writer.
  explicit PageWriter(std::string& page);
  PageWriter(const PageWriter&) = delete;
  PageWriter& operator=(const PageWriter&) = delete;

  /// Whatever was written is on the page once this returns; destruction alone appends nothing.
  void flush();

  /// A cursor with room for `bytes`, valid until the next call. What is written behind it counts
  /// once advance() says where it ends.
  char* room(std::size_t bytes) {
    if (bytes > static_cast<std::size_t>(end_ - cursor_)) [[unlikely]] {
      make_room(bytes);
    }
    return cursor_;
  }
  void advance(char* end) noexcept { cursor_ = end; }

  /// For what is rare: makes room and writes.
  void write(std::string_view bytes);

 private:
  void make_room(std::size_t bytes);

  std::string& page_;
  std::size_t capacity_;
  std::unique_ptr<char[]> chunk_;
  char* cursor_;
  char* end_;
};

/// Copies to a cursor and returns where it ends. `bytes` may be empty, not null.
inline char* put(char* cursor, std::string_view bytes) noexcept {
  std::memcpy(cursor, bytes.data(), bytes.size());
  return cursor + bytes.size();
}

}  // namespace shmx::render

#endif  // SHM_EXPORTER_AGENT_RENDER_PAGE_WRITER_H
