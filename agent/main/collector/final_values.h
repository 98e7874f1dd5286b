// What a segment left behind, as a digest that anybody with the same values can recompute.
#ifndef SHM_EXPORTER_AGENT_MAIN_COLLECTOR_FINAL_VALUES_H
#define SHM_EXPORTER_AGENT_MAIN_COLLECTOR_FINAL_VALUES_H

#include <string>
#include <string_view>
#include <vector>

#include "agent/aggregate/aggregator.h"

namespace shmx {

/// SHA-256 in lower-case hexadecimal over the job and, per series in the given order, the family's
/// name, the labels as on a page, how many cells there are, and the cells: a counter's one; a
/// histogram's classic buckets, native buckets and sum. A text is preceded by its size; sizes and
/// cells are 64 bits, the least significant byte first. Empty when OpenSSL has no memory for it.
std::string digest_of(std::string_view job, const std::vector<aggregate::FinalSeries>& series);

}  // namespace shmx

#endif  // SHM_EXPORTER_AGENT_MAIN_COLLECTOR_FINAL_VALUES_H
