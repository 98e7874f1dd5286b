// Compresses straight into the memory that is sent.
#include "agent/web/gzip.h"

#include <libdeflate.h>

#include <cstdlib>
#include <new>
#include <utility>

namespace shmx::web {
namespace {

/// Of a page of 126 KB, level 1 leaves 7.4 % at 1,200 MB/s, level 2 7.1 % at 700 MB/s and level 6
/// 6.7 % at 370 MB/s; the time is the collector's, and the bytes are few either way.
constexpr int kLevel = 1;

}  // namespace

void Gzip::Free::operator()(libdeflate_compressor* compressor) const noexcept {
  libdeflate_free_compressor(compressor);
}

Gzip::Gzip() : compressor_(libdeflate_alloc_compressor(kLevel)) {
  if (!compressor_) throw std::bad_alloc();
}

Body Gzip::compress(std::string_view bytes) {
  // malloc and not new: what the compressed bytes leave over of the worst case, which is most of
  // it and was never touched, goes back without a copy.
  const std::size_t most = libdeflate_gzip_compress_bound(compressor_.get(), bytes.size());
  std::unique_ptr<void, decltype(&std::free)> memory(std::malloc(most), &std::free);
  if (!memory) throw std::bad_alloc();
  const std::size_t size =
      libdeflate_gzip_compress(compressor_.get(), bytes.data(), bytes.size(), memory.get(), most);
  // A failure to shrink leaves the block as it was.
  if (void* const shrunk = std::realloc(memory.get(), size)) {
    static_cast<void>(memory.release());
    memory.reset(shrunk);
  }
  const std::string_view compressed(static_cast<const char*>(memory.get()), size);
  return {std::shared_ptr<const void>(std::move(memory)), compressed};
}

}  // namespace shmx::web
