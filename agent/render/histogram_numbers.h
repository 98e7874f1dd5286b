// A histogram's samples as plain numbers, for where it cannot be shown as a histogram. Rare: each
// sample gets a series of its own.
#ifndef SHM_EXPORTER_AGENT_RENDER_HISTOGRAM_NUMBERS_H
#define SHM_EXPORTER_AGENT_RENDER_HISTOGRAM_NUMBERS_H

#include "agent/model/model.h"

namespace shmx::render {

/// Untyped families named like the samples; those of the family's histograms, and no others.
struct HistogramNumbers {
  model::Family buckets;
  model::Family sums;
  model::Family counts;
};
HistogramNumbers histogram_numbers(const model::Family& family);

}  // namespace shmx::render

#endif  // SHM_EXPORTER_AGENT_RENDER_HISTOGRAM_NUMBERS_H
