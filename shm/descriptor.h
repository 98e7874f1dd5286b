// Families and series as plain values, and their encoding as directory records (shm/layout.h).
// Encoding trusts its caller; decoding trusts nobody. No I/O and no shared memory here.
#ifndef SHM_EXPORTER_SHM_DESCRIPTOR_H
#define SHM_EXPORTER_SHM_DESCRIPTOR_H

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shm/layout.h"
#include "shm/native_buckets.h"

namespace shmx {

using layout::FamilyKind;
using layout::GaugeMode;

/// One label of a series.
struct Label {
  std::string name;
  std::string value;
  // clang-tidy 14 takes the 0 in a defaulted <=> for a pointer.
  friend auto operator<=>(const Label&, const Label&) = default;  // NOLINT(modernize-use-nullptr)
};

/// Labels in ascending order of their names, each name once.
using Labels = std::vector<Label>;

/// What a family is, apart from its series.
struct FamilyDescriptor {
  FamilyKind kind = FamilyKind::counter;
  GaugeMode mode = GaugeMode::none;
  bool admits_negative = false;      ///< a histogram that takes negative observations
  std::uint64_t ticks_per_unit = 1;  ///< resolution: a cell counts 1/ticks_per_unit of the unit
  std::string name;                  ///< as exposed: a counter's with _total
  std::string help;
  std::string unit;            ///< "seconds", "bytes", or empty
  std::vector<double> bounds;  ///< histogram: finite, strictly ascending, +Inf not included
  /// A histogram with exponential buckets, beside its classic ones if it has bounds. `kind` is
  /// histogram, too: only records tell them apart.
  std::optional<NativeBuckets> native{};
  /// A writer's: its series get room for exemplars. Not in the family's record, since each series'
  /// own record of them says it.
  bool exemplars = false;
  friend bool operator==(const FamilyDescriptor&, const FamilyDescriptor&) = default;
};

/// Series of one segment, the overflow series (one per family) not counted: more is refused as a
/// whole by the reader, and by the writer one by one. With 200 series in a usual service, a label
/// with ids in it is noticed here, and a stranger cannot make the agent keep more.
inline constexpr std::uint32_t kMaxSeries = 10'000;

/// Families of one segment. Families are written by programmers, and hundreds are many.
inline constexpr std::uint32_t kMaxFamilies = 4'096;

/// Bytes of one series' label names and values together: a page repeats them on each sample of the
/// series, of which a histogram has up to kMaxBounds + 3.
inline constexpr std::size_t kMaxSeriesLabelBytes = 4'096;

/// A series and its cells.
struct SeriesDescriptor {
  std::uint32_t family = 0;      ///< ordinal of its family record
  std::uint32_t first_cell = 0;  ///< never 0 in a published series
  std::uint32_t cell_count = 0;
  bool overflow = false;  ///< collects what exceeded a limit
  Labels labels;
};

/// How many cells the classic buckets of a series have; those of its native buckets follow.
std::uint32_t classic_cells_of(const FamilyDescriptor& family) noexcept;

/// Whether a histogram has classic buckets: one without bounds has +Inf's alone, unless it has
/// native ones instead.
inline bool has_classic_buckets(const std::vector<double>& bounds,
                                const std::optional<NativeBuckets>& native) noexcept {
  return !bounds.empty() || !native;
}

/// How many cells a series of this family has.
std::uint32_t cells_of(const FamilyDescriptor& family) noexcept;

/// Whether a name is a valid metric name, [a-zA-Z_:][a-zA-Z0-9_:]*, within kMaxNameBytes.
bool is_metric_name(std::string_view name) noexcept;

/// Whether a name is a valid label name, [a-zA-Z_][a-zA-Z0-9_]*, within kMaxNameBytes.
bool is_label_name(std::string_view name) noexcept;

/// Whether the bytes are well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms) without
/// NUL, which Prometheus' text parser takes for the end of its input.
bool is_utf8(std::string_view text) noexcept;

/// Why a family or a series may not be published, or empty when it may. Both sides apply it: the
/// writer before it encodes, the reader after it decoded.
std::string family_problem(const FamilyDescriptor& family);
std::string labels_problem(const Labels& labels);

std::vector<std::byte> encode(const FamilyDescriptor& family);
std::vector<std::byte> encode(const SeriesDescriptor& series);

/// What is wrong with a record.
struct Flaw {
  /// Where it is: in lengths and numbers, in a name or a text, or in the bucket bounds.
  enum class Part { shape, name, bounds };
  Part part = Part::shape;
  std::string expected{};  ///< what was expected instead; empty when nothing is wrong

  bool none() const noexcept { return expected.empty(); }
};

/// Decodes one record's bytes (its RecordHeader included; size == header.bytes). `out` is complete
/// when nothing is wrong. A family of an unknown kind decodes to its kind alone, so that its
/// ordinal is kept.
Flaw decode(std::span<const std::byte> record, FamilyDescriptor& out);
Flaw decode(std::span<const std::byte> record, SeriesDescriptor& out);

/// A gauge's cell holds the complement of its double's bits, so that 0 is "never set": a forked
/// child's gauges are there before it has set them, and must not be taken for 0 by min or max.
std::optional<double> gauge_from_cell(std::uint64_t cell) noexcept;
std::uint64_t gauge_to_cell(double value) noexcept;

/// The one label of a family's overflow series, which collects what exceeded a limit
/// (OpenTelemetry's otel.metric.overflow).
inline constexpr std::string_view kOverflowLabel = "otel_metric_overflow";

/// Whether this release knows the kind.
bool is_known(FamilyKind kind) noexcept;

}  // namespace shmx

#endif  // SHM_EXPORTER_SHM_DESCRIPTOR_H
