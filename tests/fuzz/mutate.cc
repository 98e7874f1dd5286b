#include "tests/fuzz/mutate.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <random>
#include <span>
#include <vector>

#include "shm/certificate_text.h"
#include "shm/descriptor.h"
#include "shm/layout.h"

// libFuzzer's own mutator.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace shmx::fuzz {
namespace {

using layout::Extent;
using layout::Header;

/// A field of the layout: where it is in its struct, and how long.
struct Field {
  std::size_t at;
  std::size_t bytes;
};
#define SHMX_FIELD(type, member)                 \
  Field {                                        \
    offsetof(type, member), sizeof(type::member) \
  }

constexpr std::array kHeaderFields = {
    SHMX_FIELD(Header, magic),          SHMX_FIELD(Header, major),
    SHMX_FIELD(Header, minor),          SHMX_FIELD(Header, header_bytes),
    SHMX_FIELD(Header, service_bytes),  SHMX_FIELD(Header, start_time_unix_ns),
    SHMX_FIELD(Header, directory_used), SHMX_FIELD(Header, extent_count),
};
constexpr std::array kExtentFields = {
    SHMX_FIELD(Extent, file_offset), SHMX_FIELD(Extent, kind),
    SHMX_FIELD(Extent, first_shard), SHMX_FIELD(Extent, shard_count),
    SHMX_FIELD(Extent, first_word),  SHMX_FIELD(Extent, word_count),
};
constexpr std::array kRecordFields = {
    SHMX_FIELD(layout::RecordHeader, bytes),
    SHMX_FIELD(layout::RecordHeader, type),
    SHMX_FIELD(layout::RecordHeader, flags),
};
constexpr std::array kFamilyFields = {
    SHMX_FIELD(layout::FamilyRecord, kind),        SHMX_FIELD(layout::FamilyRecord, mode),
    SHMX_FIELD(layout::FamilyRecord, bound_count), SHMX_FIELD(layout::FamilyRecord, ticks_per_unit),
    SHMX_FIELD(layout::FamilyRecord, name_bytes),  SHMX_FIELD(layout::FamilyRecord, help_bytes),
    SHMX_FIELD(layout::FamilyRecord, unit_bytes),
};
constexpr std::array kNativeFields = {
    SHMX_FIELD(layout::NativeRecord, schema),
    SHMX_FIELD(layout::NativeRecord, first_index),
    SHMX_FIELD(layout::NativeRecord, count),
};
constexpr std::array kSeriesFields = {
    SHMX_FIELD(layout::SeriesRecord, family),
    SHMX_FIELD(layout::SeriesRecord, first_cell),
    SHMX_FIELD(layout::SeriesRecord, cell_count),
    SHMX_FIELD(layout::SeriesRecord, label_count),
};
constexpr std::array kExemplarsFields = {
    SHMX_FIELD(layout::ExemplarsRecord, series),
    SHMX_FIELD(layout::ExemplarsRecord, slot_count),
};
constexpr std::array kCertificatesFields = {
    SHMX_FIELD(layout::CertificatesRecord, text_bytes),
    SHMX_FIELD(layout::CertificatesRecord, reserved),
};
#undef SHMX_FIELD

/// The bytes of one input, changed in place. Offsets that the bytes themselves claim are taken for
/// hints: whatever is not within the input is not touched.
class Mutation {
 public:
  Mutation(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned int seed)
      : data_(data), size_(size), max_size_(max_size), random_(seed) {}

  std::size_t run() {
    switch (below(13)) {
      case 0:
        change(0, kHeaderFields);
        break;
      case 1:
        change(an_extent(), kExtentFields);
        break;
      case 2:
        change(a_record(), kRecordFields);
        break;
      case 3:
        change(a_record(), kFamilyFields);
        break;
      case 4:
        change(a_record(), kSeriesFields);
        break;
      case 5:
        change_bytes_of(a_record());
        break;
      case 6:
        change_a_cell();
        break;
      case 7:
        append_record();
        break;
      case 8:
        append_extent();
        break;
      case 9:
        change(a_record(), kExemplarsFields);
        break;
      case 10:
        change(a_record() + sizeof(layout::FamilyRecord), kNativeFields);
        break;
      case 11:
        change(a_record(), kCertificatesFields);
        break;
      default:
        return LLVMFuzzerMutate(data_, size_, max_size_);
    }
    return size_;
  }

 private:
  std::uint64_t below(std::uint64_t n) { return random_() % n; }

  template <typename T>
  T get(std::size_t at) const {
    T value{};
    if (at <= size_ && sizeof(T) <= size_ - at) {
      std::memcpy(&value, data_ + at, sizeof(T));
    }
    return value;
  }

  void put(std::size_t at, const void* from, std::size_t bytes) {
    if (at <= size_ && bytes <= size_ - at) {
      std::memcpy(data_ + at, from, bytes);
    }
  }

  /// A number that hurts: at a limit or beside one, near what was there, or anything.
  std::uint64_t number(std::uint64_t before) {
    static constexpr std::array<std::uint64_t, 20> kLimits = {0,
                                                              1,
                                                              2,
                                                              3,
                                                              4,
                                                              8,
                                                              32,
                                                              64,
                                                              256,
                                                              512,
                                                              4096,
                                                              0x7fff,
                                                              0xffff,
                                                              0x10000,
                                                              layout::kMaxCells,
                                                              1U << 31,
                                                              UINT32_MAX,
                                                              layout::kMaxDirectoryBytes,
                                                              layout::kCellMax,
                                                              UINT64_MAX};
    switch (below(4)) {
      case 0:
        return before + below(17) - 8;
      case 1:
        return before ^ (std::uint64_t{1} << below(64));
      case 2:
        return kLimits.at(below(kLimits.size())) + below(3) - 1;
      default:
        return random_();
    }
  }

  template <std::size_t kCount>
  void change(std::size_t base, const std::array<Field, kCount>& fields) {
    const Field field = fields.at(below(kCount));
    const std::uint64_t value = number(get<std::uint64_t>(base + field.at));
    put(base + field.at, &value, std::min(field.bytes, sizeof value));
  }

  std::size_t an_extent() { return offsetof(Header, extents) + below(4) * sizeof(Extent); }

  /// Where a byte of the directory is, if it is in its first extent.
  std::size_t directory_at(std::uint64_t byte) const {
    return static_cast<std::size_t>(
        get<std::uint64_t>(offsetof(Header, extents) + offsetof(Extent, file_offset)) + byte);
  }

  std::size_t a_record() {
    std::size_t at = directory_at(0);
    for (std::uint64_t skip = below(8); skip > 0; --skip) {
      const std::size_t next = at + get<std::uint32_t>(at);
      at = next < size_ ? next : at;
    }
    return at;
  }

  void change_bytes_of(std::size_t record) {
    const std::size_t bytes = get<std::uint32_t>(record);
    if (record < size_ && bytes > sizeof(layout::RecordHeader) && bytes <= size_ - record) {
      const std::size_t from = sizeof(layout::RecordHeader);
      LLVMFuzzerMutate(data_ + record + from, bytes - from, bytes - from);
    }
  }

  void change_a_cell() {
    const auto cells = get<Extent>(offsetof(Header, extents) + sizeof(Extent));
    const std::size_t at = static_cast<std::size_t>(cells.file_offset) +
                           (below(2) * cells.word_count + below(20)) * sizeof(layout::Cell);
    const std::uint64_t value = number(get<std::uint64_t>(at));
    put(at, &value, sizeof value);
  }

  std::string a_name() {
    static constexpr std::array<const char*, 10> kNames = {
        "hits_total", "wait_seconds", "wait_seconds_count", "level", "up", "le", "job", "kind",
        "",           "\xff"};
    std::string name = kNames.at(below(kNames.size()));
    return below(2) == 0 ? name : name + std::to_string(below(100));
  }

  std::vector<std::byte> a_family() {
    FamilyDescriptor family;
    family.kind = static_cast<FamilyKind>(1 + below(4));
    family.mode = static_cast<GaugeMode>(family.kind == FamilyKind::gauge ? below(8) : 0);
    family.name = a_name();
    family.help = a_name();
    family.admits_negative = family.kind == FamilyKind::histogram && below(2) == 0;
    for (std::uint64_t n = family.kind == FamilyKind::histogram ? below(4) : 0; n > 0; --n) {
      family.bounds.push_back(static_cast<double>(below(4)));
    }
    if (below(4) != 0) {
      std::sort(family.bounds.begin(), family.bounds.end());
    }
    if (family.kind == FamilyKind::histogram && below(2) == 0) {
      family.native = NativeBuckets{static_cast<std::int32_t>(below(15)) - 5,
                                    static_cast<std::int32_t>(below(8)) - 4,
                                    static_cast<std::uint32_t>(below(5)), family.admits_negative};
    }
    return encode(family);
  }

  std::vector<std::byte> a_series() {
    SeriesDescriptor series;
    series.family = static_cast<std::uint32_t>(below(6));
    series.first_cell = static_cast<std::uint32_t>(7 + below(20));
    series.cell_count = static_cast<std::uint32_t>(below(5) == 0 ? below(12) : 1);
    series.overflow = below(3) == 0;
    for (std::uint64_t n = below(4); n > 0; --n) {
      series.labels.push_back({a_name(), a_name()});
    }
    if (below(4) != 0) {
      std::sort(series.labels.begin(), series.labels.end());
    }
    return encode(series);
  }

  /// Slots are at multiples of their size; here they say whatever comes.
  std::vector<std::byte> exemplars_at(std::uint64_t used) {
    const auto slots = static_cast<std::uint32_t>(below(5));
    const std::uint64_t padding =
        (-used - sizeof(layout::ExemplarsRecord)) % sizeof(layout::ExemplarSlot);
    std::vector<std::byte> record(sizeof(layout::ExemplarsRecord) + padding +
                                  slots * sizeof(layout::ExemplarSlot));
    const layout::ExemplarsRecord fixed{
        {static_cast<std::uint32_t>(record.size()),
         static_cast<std::uint16_t>(layout::RecordType::exemplars), 0},
        static_cast<std::uint32_t>(2 + below(4)),
        slots};
    std::memcpy(record.data(), &fixed, sizeof fixed);
    for (std::size_t i = sizeof fixed; i < record.size(); ++i) {
      record[i] = static_cast<std::byte>(below(4));
    }
    return record;
  }

  std::vector<std::byte> certificates() {
    std::string text = "-----BEGIN CERTIFICATE-----\n" + std::string(4 * below(18), 'M');
    text += below(4) == 0 ? a_name() : "\n";
    return encode_certificates(text + "-----END CERTIFICATE-----\n");
  }

  void append_record() {
    const auto used = get<std::uint64_t>(offsetof(Header, directory_used));
    const std::vector<std::byte> record = below(4) == 0   ? a_family()
                                          : below(3) == 0 ? a_series()
                                          : below(2) == 0 ? exemplars_at(used)
                                                          : certificates();
    put(directory_at(used), record.data(), record.size());
    const std::uint64_t now = used + record.size();
    put(offsetof(Header, directory_used), &now, sizeof now);
  }

  void append_extent() {
    const auto count = get<std::uint64_t>(offsetof(Header, extent_count));
    if (count >= layout::kMaxExtents || size_ + layout::kPageBytes > max_size_) {
      return;
    }
    const auto kind = static_cast<layout::ExtentKind>(1 + below(2));
    const bool cells = kind == layout::ExtentKind::cells;
    const Extent extent{size_ / layout::kPageBytes * layout::kPageBytes,
                        kind,
                        static_cast<std::uint32_t>(cells ? below(4) : 0),
                        static_cast<std::uint32_t>(cells ? below(3) : 0),
                        static_cast<std::uint32_t>(below(3) * layout::kWordsPerPage),
                        layout::kWordsPerPage,
                        0};
    const std::size_t grown = std::min<std::size_t>(
        max_size_, size_ + std::max<std::size_t>(1, extent.shard_count) * layout::kPageBytes);
    std::memset(data_ + size_, 0, grown - size_);
    size_ = grown;
    put(offsetof(Header, extents) + count * sizeof(Extent), &extent, sizeof extent);
    const std::uint64_t now = count + 1;
    put(offsetof(Header, extent_count), &now, sizeof now);
  }

  std::uint8_t* data_;
  std::size_t size_;
  std::size_t max_size_;
  std::mt19937_64 random_;
};

}  // namespace

std::size_t mutate(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned int seed) {
  return Mutation(data, size, max_size, seed).run();
}

}  // namespace shmx::fuzz
