// The plain values that every stage of the agent exchanges: families with points. No stage has a
// metric model of its own; aggregate and self produce these, render (and later push and feed)
// consume them. Everything here is immutable once it is in a Snapshot, so snapshots are shared by
// pointer.
#ifndef SHM_EXPORTER_AGENT_MODEL_MODEL_H
#define SHM_EXPORTER_AGENT_MODEL_MODEL_H

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "shm/descriptor.h"
#include "shm/native_buckets.h"

namespace shmx::model {

/// Totals are kept in ticks of the family's resolution; 128 bits hold the sum of any number of
/// processes without wrapping.
using Ticks = __int128;

enum class Type { counter, gauge, histogram, untyped };

/// Appends text as text 0.0.4 and OpenMetrics both want it in label values (backslash, newline and
/// double quote escaped).
void append_escaped(std::string& out, std::string_view value);

/// Appends `a="b",c="d"` with the values escaped; nothing without labels.
void append_label_block(std::string& out, const Labels& labels);

/// A series' labels and what is derived from them once.
class Series {
 public:
  /// `labels` in ascending order of their names.
  explicit Series(Labels labels);
  Series(const Series&) = delete;
  Series& operator=(const Series&) = delete;
  ~Series();

  const Labels& labels() const noexcept { return labels_; }

  /// As append_label_block() has it.
  const std::string& label_block() const noexcept { return label_block_; }

  /// The labels as protobuf has them in a Metric: fields `label` of LabelPair messages. Made when
  /// it is first asked for, since not every agent is. Thread-safe.
  const std::string& label_pairs() const {
    // Acquire: pairs with the release that published the block.
    const std::string* const made = label_pairs_.load(std::memory_order_acquire);
    return made != nullptr ? *made : make_label_pairs();
  }

 private:
  const std::string& make_label_pairs() const;

  Labels labels_;
  std::string label_block_;
  mutable std::atomic<const std::string*> label_pairs_ = nullptr;  // Owned; set once.
};

/// What a family is, apart from its points.
struct FamilyInfo {
  std::string name;  ///< as exposed in text 0.0.4: a counter's with _total
  std::string help;
  std::string unit;
  Type type = Type::untyped;
  std::uint64_t ticks_per_unit = 1;
  std::vector<double> bounds;             ///< histogram: finite, ascending, +Inf not included
  std::optional<NativeBuckets> native{};  ///< histogram: with exponential buckets
  /// Whose points these are, all of them. Empty: no tenants are defined, or it is the agent's own.
  std::string tenant{};

  /// Whether a histogram's values have classic buckets.
  bool is_classic() const noexcept { return has_classic_buckets(bounds, native); }
};

struct CounterValue {
  Ticks ticks = 0;
};

/// Gauges, and untyped values.
struct GaugeValue {
  double value = 0;
};

/// Both kinds of buckets hold the same observations: where there are both, their sums are equal.
struct HistogramValue {
  std::vector<Ticks> buckets;   ///< per bucket, not cumulative; bounds.size() + 1, or none at all
  Ticks sum = 0;                ///< in ticks
  std::vector<Ticks> native{};  ///< in the order of shm/native_buckets.h, or none at all

  Ticks observations() const noexcept {
    Ticks count = 0;
    for (const Ticks bucket : native.empty() ? buckets : native) {
      count += bucket;
    }
    return count;
  }
};

/// One of the observations, and where more is known of it (OpenMetrics: exemplar).
struct Exemplar {
  Labels labels;             ///< trace_id and span_id, mostly
  double value = 0;          ///< in units
  std::int64_t unix_ns = 0;  ///< when it was observed; 0: unknown
};

struct Point {
  std::shared_ptr<const Series> series;
  std::variant<CounterValue, GaugeValue, HistogramValue> value;
  /// When a counter or a histogram was 0, in ns since 1970; 0: unknown (OpenMetrics: _created).
  std::int64_t created_unix_ns = 0;
  /// Of a counter at most one; of a histogram at most one per bucket, by ascending value. Which
  /// bucket an exemplar belongs to, its value says.
  std::vector<Exemplar> exemplars{};
};

struct Family {
  std::shared_ptr<const FamilyInfo> info;
  std::vector<Point> points;
};

/// One consistent epoch: what a scrape shows. Families in the order they are rendered. Neighbours
/// of one name are one family on the page (one HELP, one TYPE: the first one's), split because they
/// are of other tenants, bounds or resolutions; apart from that each name is there once. Within a
/// name each label set is there once. Tenants' types may disagree about a name, and one's histogram
/// may have samples of the name of another's family: whoever joins them on a page settles that
/// (model::Page).
struct Snapshot {
  std::vector<Family> families;
};

/// The one conversion from ticks to the family's unit, for every output: correctly rounded at both
/// steps and so monotonic, so a total that grows never shows a fall by an ulp.
inline double to_units(Ticks ticks, std::uint64_t ticks_per_unit) noexcept {
  return static_cast<double>(ticks) / static_cast<double>(ticks_per_unit);
}

}  // namespace shmx::model

#endif  // SHM_EXPORTER_AGENT_MODEL_MODEL_H
