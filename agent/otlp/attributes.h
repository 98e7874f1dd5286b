// Labels as attributes: KeyValue messages of the OpenTelemetry protocol.
#ifndef SHM_EXPORTER_AGENT_OTLP_ATTRIBUTES_H
#define SHM_EXPORTER_AGENT_OTLP_ATTRIBUTES_H

#include <cstddef>
#include <string_view>

#include "agent/model/model.h"
#include "agent/render/backward_writer.h"

namespace shmx::otlp {

/// A field's tag and length, or tag and number, take no more.
inline constexpr std::size_t kMaxFieldBytes = 2 * render::kMaxVarintBytes;

/// What an attribute takes besides its label's texts, and what it is longer where it is renamed.
inline constexpr std::size_t kMaxAttributeBytes = 6 * kMaxFieldBytes;

/// Writes it as the field of this number.
void write_attribute(unsigned field, std::string_view key, std::string_view value,
                     render::BackwardWriter& out) noexcept;

/// Which labels of a point are attributes, and how.
struct AttributeRules {
  bool without_pid = false;      ///< it is the resource's, as the job always is
  bool has_otel_labels = false;  ///< see MetricName
  bool without_tenant = false;   ///< it is the resource's; of the agent's own families it is not
};

/// The labels of a point. Its encoding is no longer than max_attributes_bytes().
void write_attributes(unsigned field, const Labels& labels, AttributeRules rules,
                      render::BackwardWriter& out) noexcept;

inline std::size_t max_attributes_bytes(const model::Series& series) noexcept {
  // The block holds all names and values.
  return series.label_block().size() + series.labels().size() * kMaxAttributeBytes;
}

}  // namespace shmx::otlp

#endif  // SHM_EXPORTER_AGENT_OTLP_ATTRIBUTES_H
