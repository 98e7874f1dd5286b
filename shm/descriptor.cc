#include "shm/descriptor.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

namespace shmx {
namespace {

using layout::FamilyRecord;
using layout::LabelRecord;
using layout::NativeRecord;
using layout::RecordHeader;
using layout::RecordType;
using layout::SeriesRecord;

bool is_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

bool is_name(std::string_view name, bool colons) noexcept {
  if (name.empty() || name.size() > layout::kMaxNameBytes || is_digit(name[0])) {
    return false;
  }
  for (const char c : name) {
    if (!is_letter(c) && !is_digit(c) && !(colons && c == ':')) {
      return false;
    }
  }
  return true;
}

// The length of the well-formed UTF-8 sequence at the start of `s`, 0 when there is none
// (Unicode 15, table 3-7).
std::size_t utf8_sequence(std::string_view s) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
  const auto follows = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xbf) {
    return i < s.size() && byte(i) >= low && byte(i) <= high;
  };
  const unsigned lead = byte(0);
  if (lead == 0) {
    return 0;  // Well-formed, but Prometheus refuses a whole page that holds one.
  }
  if (lead < 0x80) {
    return 1;
  }
  if (lead >= 0xc2 && lead <= 0xdf) {
    return follows(1) ? 2 : 0;
  }
  if (lead >= 0xe0 && lead <= 0xef) {
    const unsigned low = lead == 0xe0 ? 0xa0 : 0x80;
    const unsigned high = lead == 0xed ? 0x9f : 0xbf;
    return follows(1, low, high) && follows(2) ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    const unsigned low = lead == 0xf0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xf4 ? 0x8f : 0xbf;
    return follows(1, low, high) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

Flaw of_shape(std::string expected) {
  return {Flaw::Part::shape, std::move(expected)};
}

Flaw of_name(std::string expected) {
  return {Flaw::Part::name, std::move(expected)};
}

Flaw of_bounds(std::string expected) {
  return {Flaw::Part::bounds, std::move(expected)};
}

Flaw too_many_bounds() {
  return of_bounds("expected at most " + std::to_string(layout::kMaxBounds) + " bucket bounds");
}

Flaw too_many_labels() {
  return of_shape("expected at most " + std::to_string(layout::kMaxLabels) + " labels");
}

Flaw check_bounds(const std::vector<double>& bounds) {
  if (bounds.size() > layout::kMaxBounds) {
    return too_many_bounds();
  }
  double before = -std::numeric_limits<double>::infinity();
  for (const double bound : bounds) {
    // Written so that NaN is refused by the second half already: it is above nothing.
    if (!std::isfinite(bound) || !(bound > before)) {
      return of_bounds("expected finite bucket bounds in strictly ascending order");
    }
    before = bound;
  }
  return {};
}

Flaw check(const NativeBuckets& native) {
  if (native.schema < kMinNativeSchema || native.schema > kMaxNativeSchema) {
    return of_bounds("expected a schema of -4 to 8");
  }
  if (native.count == 0 || native.count > layout::kMaxNativeBuckets) {
    return of_bounds("expected 1 to " + std::to_string(layout::kMaxNativeBuckets) +
                     " exponential buckets");
  }
  return is_valid(native) ? Flaw{}
                          : of_bounds("expected exponential buckets between 2^-1008 and 2^1008");
}

// The largest resolution: a tick of a picosecond.
constexpr std::uint64_t kMaxTicksPerUnit = 1'000'000'000'000;

Flaw check(const FamilyDescriptor& family) {
  if (!is_metric_name(family.name)) {
    return of_name("expected a metric name [a-zA-Z_:][a-zA-Z0-9_:]* of at most 256 bytes");
  }
  if (family.help.size() > layout::kMaxHelpBytes || !is_utf8(family.help)) {
    return of_name("expected a help text of at most 1024 bytes of UTF-8");
  }
  if (family.unit.size() > layout::kMaxUnitBytes ||
      (!family.unit.empty() && !is_metric_name(family.unit))) {
    return of_name("expected a unit [a-zA-Z_:][a-zA-Z0-9_:]* of at most 64 bytes");
  }
  if (!is_known(family.kind)) {
    return of_shape("expected a counter, a gauge or a histogram");
  }
  const bool is_gauge = family.kind == FamilyKind::gauge;
  if (is_gauge != (family.mode != GaugeMode::none) || family.mode > GaugeMode::in_flight) {
    return of_shape("expected a known mode on a gauge, and none on anything else");
  }
  if (family.admits_negative && family.kind != FamilyKind::histogram) {
    return of_shape("expected negative values to be admitted by histograms only");
  }
  if (family.ticks_per_unit == 0 || family.ticks_per_unit > kMaxTicksPerUnit) {
    return of_shape("expected a resolution of 1 to 10^12 ticks per unit");
  }
  if (family.kind != FamilyKind::histogram && !family.bounds.empty()) {
    return of_bounds("expected bucket bounds on histograms only");
  }
  if (family.native) {
    if (family.kind != FamilyKind::histogram || family.native->negative != family.admits_negative) {
      return of_bounds("expected exponential buckets on histograms only, for what they admit");
    }
    if (Flaw flaw = check(*family.native); !flaw.none()) {
      return flaw;
    }
  }
  return check_bounds(family.bounds);
}

Flaw check(const Labels& labels) {
  if (labels.size() > layout::kMaxLabels) {
    return too_many_labels();
  }
  std::size_t bytes = 0;
  const std::string* before = nullptr;
  for (const Label& label : labels) {
    if (!is_label_name(label.name)) {
      return of_name("expected a label name [a-zA-Z_][a-zA-Z0-9_]* of at most 256 bytes");
    }
    if (label.value.size() > layout::kMaxLabelValueBytes || !is_utf8(label.value)) {
      return of_name("expected a value of at most 512 bytes of UTF-8 for label " + label.name);
    }
    if (before != nullptr && !(*before < label.name)) {
      return of_name("expected each label name once, in ascending order");
    }
    before = &label.name;
    bytes += label.name.size() + label.value.size();
  }
  if (bytes > kMaxSeriesLabelBytes) {
    return of_shape("expected at most " + std::to_string(kMaxSeriesLabelBytes) +
                    " bytes of label names and values in all");
  }
  return {};
}

template <typename T>
void put(std::vector<std::byte>& out, std::size_t at, const T& value) {
  std::memcpy(out.data() + at, &value, sizeof(T));
}

void append(std::vector<std::byte>& out, std::string_view text) {
  const auto* const bytes = reinterpret_cast<const std::byte*>(text.data());
  out.insert(out.end(), bytes, bytes + text.size());
}

void finish_record(std::vector<std::byte>& out) {
  out.resize((out.size() + 7) / 8 * 8);
  const auto bytes = static_cast<std::uint32_t>(out.size());
  put(out, offsetof(RecordHeader, bytes), bytes);
}

// Takes parts off the front of a record, and says when there is not enough left.
class Cursor {
 public:
  explicit Cursor(std::span<const std::byte> bytes) noexcept : left_(bytes) {}

  template <typename T>
  bool take(T& out) noexcept {
    if (left_.size() < sizeof(T)) {
      return false;
    }
    std::memcpy(&out, left_.data(), sizeof(T));
    left_ = left_.subspan(sizeof(T));
    return true;
  }

  bool take(std::string& out, std::size_t bytes) {
    if (left_.size() < bytes) {
      return false;
    }
    out.assign(reinterpret_cast<const char*>(left_.data()), bytes);
    left_ = left_.subspan(bytes);
    return true;
  }

 private:
  std::span<const std::byte> left_;
};

Flaw too_short() {
  return of_shape("expected a record as long as its parts");
}

}  // namespace

bool is_known(FamilyKind kind) noexcept {
  return kind == FamilyKind::counter || kind == FamilyKind::gauge || kind == FamilyKind::histogram;
}

std::uint32_t classic_cells_of(const FamilyDescriptor& family) noexcept {
  return has_classic_buckets(family.bounds, family.native)
             ? static_cast<std::uint32_t>(family.bounds.size()) + 1
             : 0;
}

std::uint32_t cells_of(const FamilyDescriptor& family) noexcept {
  switch (family.kind) {
    case FamilyKind::counter:
      return 1;
    case FamilyKind::gauge:
      return family.mode == GaugeMode::most_recent ? 2 : 1;
    case FamilyKind::histogram:
      return classic_cells_of(family) + (family.native ? family.native->cells() : 0) + 1;
  }
  return 0;
}

std::optional<double> gauge_from_cell(std::uint64_t cell) noexcept {
  if (cell == 0) {
    return std::nullopt;
  }
  return std::bit_cast<double>(~cell);
}

std::uint64_t gauge_to_cell(double value) noexcept {
  // One NaN for all, so that no NaN's complement is 0.
  const double canonical = std::isnan(value) ? std::numeric_limits<double>::quiet_NaN() : value;
  return ~std::bit_cast<std::uint64_t>(canonical);
}

bool is_metric_name(std::string_view name) noexcept {
  return is_name(name, true);
}

bool is_label_name(std::string_view name) noexcept {
  return is_name(name, false);
}

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const std::size_t length = utf8_sequence(text);
    if (length == 0) {
      return false;
    }
    text.remove_prefix(length);
  }
  return true;
}

std::string family_problem(const FamilyDescriptor& family) {
  return check(family).expected;
}

std::string labels_problem(const Labels& labels) {
  return check(labels).expected;
}

std::vector<std::byte> encode(const FamilyDescriptor& family) {
  FamilyRecord record{};
  record.header.type = static_cast<std::uint16_t>(RecordType::family);
  record.header.flags = family.admits_negative ? layout::kFamilyAdmitsNegative : std::uint16_t{0};
  record.kind =
      family.native ? layout::kNativeHistogramKind : static_cast<std::uint16_t>(family.kind);
  record.mode = static_cast<std::uint16_t>(family.mode);
  record.bound_count = static_cast<std::uint32_t>(family.bounds.size());
  record.ticks_per_unit = family.ticks_per_unit;
  record.name_bytes = static_cast<std::uint16_t>(family.name.size());
  record.help_bytes = static_cast<std::uint16_t>(family.help.size());
  record.unit_bytes = static_cast<std::uint16_t>(family.unit.size());
  const std::size_t bounds_at = sizeof(record) + (family.native ? sizeof(NativeRecord) : 0);
  std::vector<std::byte> out(bounds_at + family.bounds.size() * sizeof(double));
  put(out, 0, record);
  if (const auto& native = family.native) {
    put(out, sizeof(record), NativeRecord{native->schema, native->first_index, native->count, 0});
  }
  for (std::size_t i = 0; i < family.bounds.size(); ++i) {
    put(out, bounds_at + i * sizeof(double), family.bounds[i]);
  }
  append(out, family.name);
  append(out, family.help);
  append(out, family.unit);
  finish_record(out);
  return out;
}

std::vector<std::byte> encode(const SeriesDescriptor& series) {
  SeriesRecord record{};
  record.header.type = static_cast<std::uint16_t>(RecordType::series);
  record.header.flags = series.overflow ? layout::kSeriesOverflow : std::uint16_t{0};
  record.family = series.family;
  record.first_cell = series.first_cell;
  record.cell_count = series.cell_count;
  record.label_count = static_cast<std::uint32_t>(series.labels.size());
  std::vector<std::byte> out(sizeof(record) + series.labels.size() * sizeof(LabelRecord));
  put(out, 0, record);
  for (std::size_t i = 0; i < series.labels.size(); ++i) {
    const Label& label = series.labels[i];
    put(out, sizeof(record) + i * sizeof(LabelRecord),
        LabelRecord{static_cast<std::uint16_t>(label.name.size()),
                    static_cast<std::uint16_t>(label.value.size())});
  }
  for (const Label& label : series.labels) {
    append(out, label.name);
    append(out, label.value);
  }
  finish_record(out);
  return out;
}

Flaw decode(std::span<const std::byte> record, FamilyDescriptor& out) {
  Cursor cursor(record);
  FamilyRecord fixed{};
  if (!cursor.take(fixed)) {
    return too_short();
  }
  out = FamilyDescriptor{};
  const bool has_native = fixed.kind == layout::kNativeHistogramKind;
  out.kind = has_native ? FamilyKind::histogram : static_cast<FamilyKind>(fixed.kind);
  if (!is_known(out.kind)) {
    return {};
  }
  out.mode = static_cast<GaugeMode>(fixed.mode);
  out.admits_negative = (fixed.header.flags & layout::kFamilyAdmitsNegative) != 0;
  out.ticks_per_unit = fixed.ticks_per_unit;
  if (has_native) {
    NativeRecord native{};
    if (!cursor.take(native)) {
      return too_short();
    }
    out.native = {native.schema, native.first_index, native.count, out.admits_negative};
  }
  if (fixed.bound_count > layout::kMaxBounds) {
    return too_many_bounds();
  }
  out.bounds.resize(fixed.bound_count);
  for (double& bound : out.bounds) {
    if (!cursor.take(bound)) {
      return too_short();
    }
  }
  if (!cursor.take(out.name, fixed.name_bytes) || !cursor.take(out.help, fixed.help_bytes) ||
      !cursor.take(out.unit, fixed.unit_bytes)) {
    return too_short();
  }
  return check(out);
}

Flaw decode(std::span<const std::byte> record, SeriesDescriptor& out) {
  Cursor cursor(record);
  SeriesRecord fixed{};
  if (!cursor.take(fixed)) {
    return too_short();
  }
  out = SeriesDescriptor{};
  out.family = fixed.family;
  out.first_cell = fixed.first_cell;
  out.cell_count = fixed.cell_count;
  out.overflow = (fixed.header.flags & layout::kSeriesOverflow) != 0;
  if (fixed.label_count > layout::kMaxLabels) {
    return too_many_labels();
  }
  std::vector<LabelRecord> lengths(fixed.label_count);
  for (LabelRecord& length : lengths) {
    if (!cursor.take(length)) {
      return too_short();
    }
  }
  out.labels.resize(fixed.label_count);
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    if (!cursor.take(out.labels[i].name, lengths[i].name_bytes) ||
        !cursor.take(out.labels[i].value, lengths[i].value_bytes)) {
      return too_short();
    }
  }
  return check(out.labels);
}

}  // namespace shmx
