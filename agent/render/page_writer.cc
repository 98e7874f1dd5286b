// The rare half of page_writer.h: a full chunk.
#include "agent/render/page_writer.h"

namespace shmx::render {
namespace {

/// Large enough to make appending rare, small enough to stay in a second-level cache.
constexpr std::size_t kChunkBytes = std::size_t{64} << 10;

}  // namespace

PageWriter::PageWriter(std::string& page)
    : page_(page),
      capacity_(kChunkBytes),
      chunk_(std::make_unique_for_overwrite<char[]>(capacity_)),
      cursor_(chunk_.get()),
      end_(chunk_.get() + capacity_) {}

void PageWriter::flush() {
  page_.append(chunk_.get(), static_cast<std::size_t>(cursor_ - chunk_.get()));
  cursor_ = chunk_.get();
}

void PageWriter::make_room(std::size_t bytes) {
  flush();
  if (bytes > capacity_) {
    capacity_ = bytes;
    chunk_ = std::make_unique_for_overwrite<char[]>(capacity_);
    cursor_ = chunk_.get();
    end_ = cursor_ + capacity_;
  }
}

void PageWriter::write(std::string_view bytes) {
  advance(put(room(bytes.size()), bytes));
}

}  // namespace shmx::render
