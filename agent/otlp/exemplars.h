// Exemplars, with the trace and the span in the fields that OTLP has for them.
#ifndef SHM_EXPORTER_AGENT_OTLP_EXEMPLARS_H
#define SHM_EXPORTER_AGENT_OTLP_EXEMPLARS_H

#include <cstddef>
#include <span>

#include "agent/model/model.h"
#include "agent/render/backward_writer.h"

namespace shmx::otlp {

/// No encoding of them is longer.
std::size_t max_exemplars_bytes(std::span<const model::Exemplar> exemplars) noexcept;

/// Writes each as the field of this number. What is in a label trace_id or span_id and is not an
/// id (32 and 16 hexadecimal digits) is in the filtered attributes, as are the other labels.
void write_exemplars(unsigned field, std::span<const model::Exemplar> exemplars,
                     render::BackwardWriter& out) noexcept;

}  // namespace shmx::otlp

#endif  // SHM_EXPORTER_AGENT_OTLP_EXEMPLARS_H
