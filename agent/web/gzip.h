// Whole bodies to gzip, by libdeflate. Which client gets it is content_coding.h's business.
#ifndef SHM_EXPORTER_AGENT_WEB_GZIP_H
#define SHM_EXPORTER_AGENT_WEB_GZIP_H

#include <cstddef>
#include <memory>
#include <string_view>

#include "agent/web/http.h"

struct libdeflate_compressor;

namespace shmx::web {

/// Below this a body is not worth its compression: it fits the first packets either way.
inline constexpr std::size_t kSmallestGzipBytes = 1024;

/// One thread at a time.
class Gzip {
 public:
  /// Throws std::bad_alloc.
  Gzip();

  /// The bytes as one gzip member, in memory no larger than it. Throws std::bad_alloc.
  Body compress(std::string_view bytes);

 private:
  struct Free {
    void operator()(libdeflate_compressor* compressor) const noexcept;
  };
  std::unique_ptr<libdeflate_compressor, Free> compressor_;
};

}  // namespace shmx::web

#endif  // SHM_EXPORTER_AGENT_WEB_GZIP_H
