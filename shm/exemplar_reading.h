// An exemplar as a reader found it. A plain value.
#ifndef SHM_EXPORTER_SHM_EXEMPLAR_READING_H
#define SHM_EXPORTER_SHM_EXEMPLAR_READING_H

#include <cstdint>

#include "shm/span_context.h"

namespace shmx {

/// An observation of a series, and the span that made it.
struct ExemplarReading {
  std::uint32_t series = 0;      ///< index in SegmentReader::series()
  std::uint32_t first_cell = 0;  ///< the series'
  std::int64_t ticks = 0;        ///< what a counter was raised by, what a histogram observed
  std::int64_t unix_ns = 0;      ///< when, as its process says; at least 0
  SpanContext span{};            ///< a valid one
  friend bool operator==(const ExemplarReading&, const ExemplarReading&) = default;
};

}  // namespace shmx

#endif  // SHM_EXPORTER_SHM_EXEMPLAR_READING_H
