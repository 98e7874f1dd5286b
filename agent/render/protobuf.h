// Protobuf: io.prometheus.client.MetricFamily messages, each after its length.
#ifndef SHM_EXPORTER_AGENT_RENDER_PROTOBUF_H
#define SHM_EXPORTER_AGENT_RENDER_PROTOBUF_H

#include <span>
#include <string>

#include "agent/model/model.h"

namespace shmx::render {

/// Appends the families, in their order. `names` as append_text() takes them. A histogram has the
/// buckets that its family has, classic, native or both. Servers decide by a message's first series
/// which of them they take for all of it, so a name of which some series have native buckets is two
/// messages. Counts beyond 64 bits are saturated. Thread-safe on different strings.
void append_protobuf(std::span<const model::Family* const> families, std::string& page,
                     std::span<const std::string> names = {});

}  // namespace shmx::render

#endif  // SHM_EXPORTER_AGENT_RENDER_PROTOBUF_H
