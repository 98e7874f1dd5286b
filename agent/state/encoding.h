// Lists of labels, buckets and ticks as bytes of one column, and back. Decoding trusts nothing:
// whatever is not exactly what encoding gives is no value.
#ifndef SHM_EXPORTER_AGENT_STATE_ENCODING_H
#define SHM_EXPORTER_AGENT_STATE_ENCODING_H

#include <optional>
#include <vector>

#include "agent/model/model.h"
#include "agent/state/database.h"
#include "shm/descriptor.h"

namespace shmx::state {

/// Per label its name and its value, each as its size (32 bits) and its bytes.
Bytes encode_labels(const Labels& labels);
std::optional<Labels> decode_labels(const Bytes& bytes);

/// Of a histogram's descriptor: its native buckets, if it has some, in 16 bytes; its bounds, 8
/// bytes each.
Bytes encode_buckets(const FamilyDescriptor& family);
bool decode_buckets(const Bytes& bytes, bool native, FamilyDescriptor& family);

/// 16 bytes each, two's complement, as this machine orders bytes: a state never leaves its host.
Bytes encode_ticks(const std::vector<model::Ticks>& ticks);
std::optional<std::vector<model::Ticks>> decode_ticks(const Bytes& bytes);

}  // namespace shmx::state

#endif  // SHM_EXPORTER_AGENT_STATE_ENCODING_H
