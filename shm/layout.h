// The segment's layout, version 1.2: what a writer (a service's process) puts into its file and
// what a reader (the agent) may find there. Nothing but the bytes is described here; who may write
// what, and when, is in the state machine below and in the files that are named there.
//
//   offset  page 0: the header                                       written by
//   ------  -----------------------------------------------------    -----------------------------
//        0  magic "SHMX" | major | minor    (frozen for ever)        birth
//        8  header_bytes | reserved                                  birth
//       16  uuid (16 random bytes)                                   birth
//       32  start_time_unix_ns                                       birth
//       40  pid | service_bytes                                      birth
//       48  service (256 bytes, UTF-8)                               birth
//      304  losses[16]: what the shim dropped, by cause              any thread, fetch_add / max
//      432  reserved to 448
//      448  directory_used (bytes)                                   registration, release
//      456  extent_count                                             growth, release
//      464  reserved to 512
//      512  extents[112], 32 bytes each                              growth, before extent_count
//     4096  the extents' pages, in the order of the table
//
// EXTENTS. After the header the file is a row of extents without gaps; an extent is a run of whole
// pages that holds either a stretch of the directory or a stretch of cells of some shards:
//
//   kind directory   bytes [first_word*8, (first_word+word_count)*8) of the directory
//   kind cells       for each shard in [first_shard, first_shard+shard_count), in that order, the
//                    cells [first_word, first_word+word_count)
//
// So the directory and every shard are contiguous for whoever maps the extents where they belong,
// although the file grew in steps. Extents never overlap in what they hold, never move, never
// shrink.
//
// DIRECTORY. Append-only records, each with its own length (a multiple of 8), so that a reader
// skips record types and family kinds that it does not know. A family record declares a family; a
// series record names its family by ordinal (the how-many-th family record it is, unknown kinds
// counted) and says which cells are its own. Bytes at and beyond directory_used are never read.
//
// SHARDS AND CELLS. A shard is an array of 64-bit cells, indexed alike in every shard; a series'
// value is the sum of its cells over all shards. Shard 0 is shared by every thread that has no
// shard of its own (fetch_add); each other shard is written by one thread at a time, the one that
// leases it (plain load and store). Cell 0 belongs to nobody: index 0 means "no series". Shards are
// never zeroed.
//
//   counter          1 cell            ticks, 0 .. 2^63-1
//   gauge            1 cell            the complement of a double's bits, in shard 0 only; 0 is a
//                                      gauge that this process never set (inherited through a fork)
//   gauge mostrecent 2 cells           the same, then its time in ns since 1970, in shard 0 only
//   gauge in_flight  1 cell            a two's complement integer; only the sum has meaning
//   histogram        bounds+1 cells    observations per bucket (not cumulative), the last is +Inf's
//                    then 1 cell       the sum in ticks (two's complement if it admits negatives)
//   native histogram bounds+1 cells    the same, if it has bounds; else none
//                    then the cells    observations per exponential bucket: zero's, the positive
//                                      ones by ascending index, what is above them; if it admits
//                                      negatives, these by ascending index of their magnitude,
//                                      what is below them (shm/native_buckets.h). With bounds,
//                                      each observation is here first and then in those cells
//                    then 1 cell       the sum in ticks, as above
//
// A tick is 1/ticks_per_unit of the family's unit: integers add exactly and in any order.
//
// STATES OF A SEGMENT. There is no state field: names and locks are the state, since the kernel
// keeps them truthful when a process is killed.
//
//   from               who     does                                           to
//   -----------------  ------  ---------------------------------------------  -----------------
//   (none)             writer  creates ".<random>", O_EXCL                    newborn, unlocked
//   newborn, unlocked  writer  locks (OFD), maps, initialises                 newborn, locked
//   newborn, unlocked  agent   unlinks; the writer starts again               (none)
//   newborn, locked    writer  renames to "<random>.shmx"                     live
//   live               writer  appends records, then releases directory_used  live
//   live               writer  extends the file, fills an Extent, then
//                              releases extent_count                          live
//   live               kernel  frees the lock: the last mapping is gone       dead
//   dead               agent   reads once more, folds, unlinks                (none)
//
// EXEMPLARS (1.1). An exemplars record follows the record of a series and holds slots, each 64
// bytes at a multiple of 64 bytes of the directory: the only bytes of the directory that change
// after they were published. A slot has the latest observation of some buckets, with the span that
// made it. Its writers are all threads: whoever makes `sequence` odd, by compare-and-swap from
// even, writes, and makes it even again by release; who finds it odd leaves its exemplar out. A
// reader takes what it copied if `sequence` was the same even number before and after.
//
// CERTIFICATES (1.2). A certificates record has the chain that the process presents to its clients,
// the public part alone, as PEM text: blocks of CERTIFICATE and nothing else. The last such record
// of the directory holds. The agent compares it with what its policy expects of the job.
//
// VERSIONS. 1.1 adds native histograms and exemplars, 1.2 certificates. A new minor may add record
// types, family kinds, flags and fields in reserved bytes (which are zero until then); a reader of
// the same major reads what it knows. Anything else is a new major.
#ifndef SHM_EXPORTER_SHM_LAYOUT_H
#define SHM_EXPORTER_SHM_LAYOUT_H

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace shmx::layout {

/// A counter's cell, a bucket, a sum, a gauge: everything that changes is one of these.
using Cell = std::atomic<std::uint64_t>;
static_assert(sizeof(Cell) == 8 && Cell::is_always_lock_free);

inline constexpr char kMagic[4] = {'S', 'H', 'M', 'X'};
inline constexpr std::uint16_t kMajor = 1;
inline constexpr std::uint16_t kMinor = 2;

/// Extents start at multiples of this and are as long as a multiple of it, on every machine.
inline constexpr std::uint64_t kPageBytes = 4096;
inline constexpr std::uint64_t kHeaderBytes = kPageBytes;

/// Shard 0 is the shared one; 63 threads at once have one of their own. More would cost memory in
/// every process (a shard is as large as all its cells) and buy little: machines with more than 63
/// threads counting at the same instant lose some speed, no counts.
inline constexpr std::uint32_t kMaxShards = 64;

/// Cells per shard: 10,000 histograms of 11 bounds, or 131,071 counters.
inline constexpr std::uint32_t kMaxCells = 131072;

/// Bytes of descriptors: 10,000 series at about 800 bytes.
inline constexpr std::uint64_t kMaxDirectoryBytes = std::uint64_t{8} << 20;

/// No segment is larger than its parts at their largest.
inline constexpr std::uint64_t kMaxSegmentBytes =
    kHeaderBytes + kMaxDirectoryBytes + std::uint64_t{kMaxShards} * kMaxCells * sizeof(Cell);

/// A counter, a bucket or a sum never exceeds this: the writer saturates, the reader refuses.
inline constexpr std::uint64_t kCellMax = (std::uint64_t{1} << 63) - 1;

inline constexpr std::size_t kMaxServiceBytes = 256;
inline constexpr std::size_t kMaxNameBytes = 256;        ///< family and label names
inline constexpr std::size_t kMaxHelpBytes = 1024;       ///< help texts
inline constexpr std::size_t kMaxUnitBytes = 64;         ///< units
inline constexpr std::size_t kMaxLabelValueBytes = 512;  ///< label values
inline constexpr std::size_t kMaxLabels = 32;            ///< label pairs of one series
inline constexpr std::size_t kMaxBounds =
    256;  ///< bucket bounds of one histogram, +Inf not counted

/// Positive exponential buckets of one histogram, those outside of the range not counted: schema 3
/// over 256 octaves, or schema 8 over 8.
inline constexpr std::uint32_t kMaxNativeBuckets = 2048;

/// One process's certificates as text: four of 4096-bit RSA keys, or ten of P-256 ones.
inline constexpr std::size_t kMaxCertificateBytes = std::size_t{16} * 1024;

/// What the shim lost, and why; losses[] is indexed by it. Appended to, never reordered.
enum class Loss : std::uint32_t {
  observations_dropped = 0,     ///< increments and observations with nowhere to go
  registrations_dropped = 1,    ///< series or families refused (limit, conflict, no memory)
  overflow_series = 2,          ///< series that were put into their family's overflow series
  values_refused = 3,           ///< NaN, infinite or negative where that is not allowed
  values_saturated = 4,         ///< increments cut because the cell is full
  shards_shared = 5,            ///< threads that count in the shared shard: no shard was to be had
  attach_failures = 6,          ///< attempts to create the segment that failed
  growth_failures = 7,          ///< attempts to extend the segment that failed
  label_values_overflowed = 8,  ///< label values beyond a label's limit, counted under "overflow"
  certificates_left_out = 9,    ///< certificates, or files of them, that could not be published
};
inline constexpr std::size_t kLossCount = 16;

enum class ExtentKind : std::uint32_t { unused = 0, directory = 1, cells = 2 };

/// A run of pages of the file. All fields are written before extent_count is released over it.
struct Extent {
  std::uint64_t file_offset;  ///< the end of the extent before, kHeaderBytes for the first
  ExtentKind kind;
  std::uint32_t first_shard;  ///< 0 for the directory
  std::uint32_t shard_count;  ///< 0 for the directory
  std::uint32_t first_word;   ///< where in the directory, or in each shard: in units of 8 bytes
  std::uint32_t word_count;   ///< a multiple of kPageBytes / 8
  std::uint32_t reserved;
};
static_assert(sizeof(Extent) == 32);
static_assert(offsetof(Extent, file_offset) == 0);
static_assert(offsetof(Extent, kind) == 8);
static_assert(offsetof(Extent, first_shard) == 12);
static_assert(offsetof(Extent, shard_count) == 16);
static_assert(offsetof(Extent, first_word) == 20);
static_assert(offsetof(Extent, word_count) == 24);
static_assert(offsetof(Extent, reserved) == 28);

inline constexpr std::uint32_t kMaxExtents = 112;
inline constexpr std::uint32_t kWordsPerPage = kPageBytes / 8;

/// The first page of the file.
struct Header {
  char magic[4];
  std::uint16_t major;
  std::uint16_t minor;
  std::uint32_t header_bytes;
  std::uint32_t reserved0;
  std::uint8_t uuid[16];
  std::uint64_t start_time_unix_ns;  ///< when the segment was created, CLOCK_REALTIME
  std::uint32_t pid;                 ///< shown, never used to decide anything
  std::uint32_t service_bytes;
  char service[kMaxServiceBytes];  ///< the job
  Cell losses[kLossCount];
  std::uint8_t reserved1[16];
  Cell directory_used;  ///< release by the writer, acquire by the reader
  Cell extent_count;    ///< release by the writer, acquire by the reader
  std::uint8_t reserved2[48];
  Extent extents[kMaxExtents];
};
static_assert(std::is_standard_layout_v<Header>);
static_assert(offsetof(Header, magic) == 0);
static_assert(offsetof(Header, major) == 4);
static_assert(offsetof(Header, minor) == 6);
static_assert(offsetof(Header, header_bytes) == 8);
static_assert(offsetof(Header, reserved0) == 12);
static_assert(offsetof(Header, uuid) == 16);
static_assert(offsetof(Header, start_time_unix_ns) == 32);
static_assert(offsetof(Header, pid) == 40);
static_assert(offsetof(Header, service_bytes) == 44);
static_assert(offsetof(Header, service) == 48);
static_assert(offsetof(Header, losses) == 304);
static_assert(offsetof(Header, reserved1) == 432);
static_assert(offsetof(Header, directory_used) == 448);
static_assert(offsetof(Header, extent_count) == 456);
static_assert(offsetof(Header, reserved2) == 464);
static_assert(offsetof(Header, extents) == 512);
static_assert(sizeof(Header) == kHeaderBytes);

/// A record's first 8 bytes.
struct RecordHeader {
  std::uint32_t bytes;  ///< of the whole record, this header included; a multiple of 8
  std::uint16_t type;   ///< RecordType; others are skipped
  std::uint16_t flags;
};
static_assert(sizeof(RecordHeader) == 8);
static_assert(offsetof(RecordHeader, type) == 4 && offsetof(RecordHeader, flags) == 6);

enum class RecordType : std::uint16_t { family = 1, series = 2, exemplars = 3, certificates = 4 };

inline constexpr std::uint16_t kFamilyAdmitsNegative = 1;  ///< a histogram whose sum may fall
inline constexpr std::uint16_t kSeriesOverflow = 1;        ///< collects what exceeded a limit

/// The kinds of a family; others are skipped with their series.
enum class FamilyKind : std::uint16_t { counter = 1, gauge = 2, histogram = 3 };

/// The kind, in a record, of a histogram that has exponential buckets, perhaps beside classic ones
/// (since 1.1). In memory it is a histogram with FamilyDescriptor::native.
inline constexpr std::uint16_t kNativeHistogramKind = 4;

/// How a gauge's values in several processes become one.
enum class GaugeMode : std::uint16_t {
  none = 0,         ///< not a gauge
  sum = 1,          ///< added up over live processes
  min = 2,          ///< the smallest of the live ones
  max = 3,          ///< the largest of the live ones
  most_recent = 4,  ///< the one that was set last
  all = 5,          ///< each, with a label pid
  in_flight = 6,    ///< sharded integers, added up over live processes, at least 0
};

/// Followed by: of a native histogram a NativeRecord; double bounds[bound_count]; the bytes of
/// name, help, unit; zeros up to a multiple of 8.
struct FamilyRecord {
  RecordHeader header;
  std::uint16_t kind;  ///< FamilyKind
  std::uint16_t mode;  ///< GaugeMode
  std::uint32_t bound_count;
  std::uint64_t ticks_per_unit;  ///< 1 for counts and bytes, 1e9 for seconds
  std::uint16_t name_bytes;
  std::uint16_t help_bytes;
  std::uint16_t unit_bytes;
  std::uint16_t reserved;
};
static_assert(sizeof(FamilyRecord) == 32);
static_assert(offsetof(FamilyRecord, kind) == 8 && offsetof(FamilyRecord, mode) == 10);
static_assert(offsetof(FamilyRecord, bound_count) == 12);
static_assert(offsetof(FamilyRecord, ticks_per_unit) == 16);
static_assert(offsetof(FamilyRecord, name_bytes) == 24);
static_assert(offsetof(FamilyRecord, help_bytes) == 26);
static_assert(offsetof(FamilyRecord, unit_bytes) == 28);
static_assert(offsetof(FamilyRecord, reserved) == 30);

/// Which exponential buckets a native histogram has (shm/native_buckets.h).
struct NativeRecord {
  std::int32_t schema;       ///< -4..8
  std::int32_t first_index;  ///< of the first bucket above zero's
  std::uint32_t count;       ///< positive buckets, 1..kMaxNativeBuckets
  std::uint32_t reserved;
};
static_assert(sizeof(NativeRecord) == 16);
static_assert(offsetof(NativeRecord, schema) == 0 && offsetof(NativeRecord, first_index) == 4);
static_assert(offsetof(NativeRecord, count) == 8 && offsetof(NativeRecord, reserved) == 12);

/// Followed by: LabelRecord labels[label_count]; each label's name and value bytes in the same
/// order; zeros up to a multiple of 8. Labels are in strictly ascending order of their names.
struct SeriesRecord {
  RecordHeader header;
  std::uint32_t family;  ///< ordinal among the family records
  std::uint32_t first_cell;
  std::uint32_t cell_count;
  std::uint32_t label_count;
};
static_assert(sizeof(SeriesRecord) == 24);
static_assert(offsetof(SeriesRecord, family) == 8 && offsetof(SeriesRecord, first_cell) == 12);
static_assert(offsetof(SeriesRecord, cell_count) == 16 &&
              offsetof(SeriesRecord, label_count) == 20);

struct LabelRecord {
  std::uint16_t name_bytes;
  std::uint16_t value_bytes;
};
static_assert(sizeof(LabelRecord) == 4);

/// The latest observation of some buckets. All words are written and read as Cells.
struct ExemplarSlot {
  std::uint64_t sequence;     ///< 0: never written; odd: being written
  std::uint64_t ticks;        ///< the observed value in ticks, two's complement
  std::uint64_t unix_ns;      ///< when, CLOCK_REALTIME
  std::uint8_t trace_id[16];  ///< as W3C Trace Context has it
  std::uint8_t span_id[8];
  std::uint64_t reserved[2];
};
static_assert(sizeof(ExemplarSlot) == 64);
static_assert(offsetof(ExemplarSlot, sequence) == 0 && offsetof(ExemplarSlot, ticks) == 8);
static_assert(offsetof(ExemplarSlot, unix_ns) == 16 && offsetof(ExemplarSlot, trace_id) == 24);
static_assert(offsetof(ExemplarSlot, span_id) == 40 && offsetof(ExemplarSlot, reserved) == 48);

/// Slots of one series: a counter has 1, a histogram with bounds one per classic bucket; one with
/// native buckets alone this many at most, shared by neighbouring buckets.
inline constexpr std::uint32_t kMaxNativeExemplars = 16;

/// Followed by: zeros up to a multiple of 64 bytes of the directory; slot_count slots.
struct ExemplarsRecord {
  RecordHeader header;
  std::uint32_t series;      ///< ordinal among the series records, those of unknown kinds counted
  std::uint32_t slot_count;  ///< 1..kMaxBounds + 1
};
static_assert(sizeof(ExemplarsRecord) == 16);
static_assert(offsetof(ExemplarsRecord, series) == 8);
static_assert(offsetof(ExemplarsRecord, slot_count) == 12);

/// Followed by: the text; zeros up to a multiple of 8.
struct CertificatesRecord {
  RecordHeader header;
  std::uint32_t text_bytes;  ///< 1..kMaxCertificateBytes
  std::uint32_t reserved;
};
static_assert(sizeof(CertificatesRecord) == 16);
static_assert(offsetof(CertificatesRecord, text_bytes) == 8);
static_assert(offsetof(CertificatesRecord, reserved) == 12);

/// The largest family record fits the check "bytes <= kMaxRecordBytes" with room for a later minor.
inline constexpr std::uint32_t kMaxRecordBytes = 64 * 1024;
static_assert(sizeof(FamilyRecord) + sizeof(NativeRecord) + kMaxBounds * 8 + kMaxNameBytes +
                  kMaxHelpBytes + kMaxUnitBytes <
              kMaxRecordBytes);
static_assert(sizeof(ExemplarsRecord) + sizeof(ExemplarSlot) +
                  (kMaxBounds + 1) * sizeof(ExemplarSlot) <
              kMaxRecordBytes);
static_assert(sizeof(SeriesRecord) + kMaxLabels * (4 + kMaxNameBytes + kMaxLabelValueBytes) <
              kMaxRecordBytes);
static_assert(sizeof(CertificatesRecord) + kMaxCertificateBytes < kMaxRecordBytes);

}  // namespace shmx::layout

#endif  // SHM_EXPORTER_SHM_LAYOUT_H
