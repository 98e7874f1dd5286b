#include "tests/agent/web/inflated.h"

#include <zlib.h>

#include <array>
#include <stdexcept>

namespace shmx::web {

std::string inflated(std::string_view compressed) {
  std::string input(compressed);
  std::string plain;
  std::array<char, 65536> chunk{};
  z_stream stream{};
  constexpr int kGzipOnly = 16;
  int status = inflateInit2(&stream, MAX_WBITS + kGzipOnly);
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  while (status == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream.avail_out = static_cast<uInt>(chunk.size());
    status = inflate(&stream, Z_NO_FLUSH);
    plain.append(chunk.data(), chunk.size() - stream.avail_out);
  }
  const bool whole = status == Z_STREAM_END && stream.avail_in == 0;
  inflateEnd(&stream);
  if (!whole) throw std::runtime_error("not a whole gzip member");
  return plain;
}

}  // namespace shmx::web
