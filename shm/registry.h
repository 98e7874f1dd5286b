// The process's registry: which families and series it has, in private memory, and the segment that
// publishes them. The segment is created at the first count or the first request to publish, again
// in a forked child at its first count, and again later when it could not be created; the registry
// is what it is created from. All functions are thread-safe, never throw, keep errno, and may be
// called before main; none may be called from a signal handler. One registry per copy of the shim
// (hidden symbols): nothing is shared between two libraries that both link it.
#ifndef SHM_EXPORTER_SHM_REGISTRY_H
#define SHM_EXPORTER_SHM_REGISTRY_H

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shm/descriptor.h"
#include "shm/histogram_shape.h"
#include "shm/layout.h"

namespace shmx {

/// Where segments go when nothing else is said.
inline constexpr std::string_view kDefaultDirectory = "/run/shm-exporter/segments";

/// Series per process unless ProcessOptions says otherwise: a service of 100 methods with all
/// histograms, labelled by a few tenants, stays below; a label with ids in it hits the limit early.
inline constexpr std::uint32_t kDefaultMaxSeries = kMaxSeries;

/// Bytes per segment unless ProcessOptions says otherwise.
inline constexpr std::uint64_t kDefaultMaxSegmentBytes = std::uint64_t{32} << 20;

/// What holds for the whole process. Empty or 0 means the default.
struct ProcessOptions {
  std::string service{};         ///< the job; else OTEL_SERVICE_NAME, else the executable's name
  std::string directory{};       ///< else SHM_EXPORTER_DIR (secure_getenv), else kDefaultDirectory
  std::uint32_t max_series = 0;  ///< at most kMaxSeries: the agent takes no more
  std::uint64_t max_segment_bytes = 0;
  /// A PEM file with the certificate chain that the process's server presents to its clients; else
  /// SHM_EXPORTER_CERTIFICATE_CHAIN_FILE (secure_getenv); else none. Its certificates, and nothing
  /// else of it, are published for the agent, which compares them with what it expects of the job.
  /// It is read when the segment is created: what the process presented when it began to count.
  /// One that rotates says so by republish_certificates(). Any problem with it is counted
  /// (Loss::certificates_left_out), told once, and changes nothing else.
  std::string certificate_chain_file{};
  /// The job where neither `service` nor OTEL_SERVICE_NAME says it, instead of the executable's
  /// name: for interpreters, whose own name says nothing.
  std::string fallback_service{};
  /// Called once per kind of problem, with a sentence, on the thread that met it, outside of the
  /// registry's lock but perhaps within an RPC or a bridge's publication: it may count, but must
  /// neither make an RPC nor throw. Default: one line on stderr.
  std::function<void(std::string_view)> on_problem{};
};

/// Sets the process's options. Before the first count: fields that are already set keep their first
/// value. Returns false when a field was set to something else before or the segment already exists
/// (reported once through on_problem).
bool configure(const ProcessOptions& options) noexcept;

/// A family in the registry; `id` indexes the registry, not the directory. Invalid when refused.
struct FamilyHandle {
  std::uint32_t id = UINT32_MAX;
  bool valid() const noexcept { return id != UINT32_MAX; }
};

/// Declares a family, with its overflow series. The same descriptor again gives the same handle;
/// the same name with other buckets is another family of that name (the agent merges them); the
/// same name with another kind, mode, unit or resolution is refused (counted, reported). Exemplars
/// are for the series that are declared after the first descriptor that wants them.
FamilyHandle register_family(const FamilyDescriptor& descriptor) noexcept;

/// The shape of a histogram family (shm/histogram_shape.h), which lives as long as the process;
/// null for anything else.
const HistogramShape* histogram_shape(FamilyHandle family) noexcept;

/// Where a series' cells begin: 0 means dropped (counted), and counting into it is harmless.
struct SeriesHandle {
  std::uint32_t first_cell = 0;
  bool overflow = false;            ///< the family's overflow series: a limit was reached
  std::uint32_t exemplar_slot = 0;  ///< the first of its exemplars; 0: it has none
};

/// Declares a series; the same labels again (in any order) give the same cells. With a segment it
/// is published before this returns.
SeriesHandle register_series(FamilyHandle family, Labels labels) noexcept;

/// Creates the segment now if there is none, so that registered series show with value 0.
void publish() noexcept;

/// All chains that a process publishes one after the other: some 500 usual ones, or four months of
/// a new one every day that are as large as may be. The directory has 8 MiB.
inline constexpr std::size_t kMaxCertificateRecordBytes = std::size_t{2} << 20;

/// Reads certificate_chain_file again, and publishes it if it is another chain: for a server that
/// has replaced its certificate. Each chain needs room in the segment for good,
/// kMaxCertificateRecordBytes in all; what is beyond is counted as left out.
void republish_certificates() noexcept;

/// While one is alive on a thread, the problems that the thread meets are kept; they are told when
/// the last one has gone. For whoever holds a lock over a registration, declared before that lock:
/// a callback may wait for a thread that waits for the lock (Python's do, for the interpreter's).
class ProblemsLater {
 public:
  ProblemsLater() noexcept;
  ~ProblemsLater();
  ProblemsLater(const ProblemsLater&) = delete;
  ProblemsLater& operator=(const ProblemsLater&) = delete;
};

/// What was lost so far in this process, by layout::Loss. A forked child starts from 0.
std::array<std::uint64_t, layout::kLossCount> losses() noexcept;

/// Counts a loss.
void count_loss(layout::Loss loss, std::uint64_t n = 1) noexcept;

/// The segment's path, empty when there is none. For tests and tools.
std::string segment_path();

}  // namespace shmx

#endif  // SHM_EXPORTER_SHM_REGISTRY_H
