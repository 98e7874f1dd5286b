// See advice.h.
#include "agent/read/advice.h"

#include <algorithm>
#include <iterator>

#include "shm/layout.h"

namespace shmx::read {
namespace {

// What only a broken or hostile writer does: the shim checks itself before it publishes.
constexpr std::string_view kRebuild =
    "Rebuild the service with a current libshm-exporter-dev and restart it; if that does not help, "
    "find out which program of that user writes here, since no release of the shim writes this.";

constexpr Advice kRefusals[] = {
    // Of the file.
    {"directory", "is a directory",
     "Remove it: only processes' segments belong into a segment directory."},
    {"fifo", "is a FIFO", "Remove it: only processes' segments belong into a segment directory."},
    {"symlink", "is a symbolic link",
     "Remove it, and let the service publish in this directory itself (SHM_EXPORTER_DIR): links "
     "are never followed."},
    {"special_file", "is a socket or a device",
     "Remove it: only processes' segments belong into a segment directory."},
    {"foreign_name", "is not named like a segment",
     "Remove it, or move it elsewhere: only *.shmx files of the shim belong here."},
    {"mount_point", "has another file mounted on it",
     "Unmount it (findmnt shows by what): a service bind-mounts the directory, never single "
     "segments."},
    {"hard_link", "is another name of a segment that is served already",
     "Remove the second name: its counts are served once, under the first."},
    {"permission", "may not be read by the agent",
     "Make the directory setgid and of the agent's group again (for the default one: chown "
     "shm-exporter:shm-exporter, chmod 3733), then restart the service; its own group or umask "
     "does not matter."},
    {"leased", "is leased (fcntl F_SETLEASE) by some process",
     "End the process that holds the lease (its line in /proc/locks has LEASE); the agent tries "
     "again by itself."},
    {"sparse", "has holes",
     "Restart the service with a current libshm-exporter-dev: the shim allocates what it "
     "publishes, so a copy (cp --sparse) or a truncation of another program is the likely cause."},
    {"too_large", "is larger than a segment may be",
     "Lower the service's ProcessOptions::max_segment_bytes (or its series) and restart it; if it "
     "is no service's, remove the file."},
    {"budget", "is one more than the user or the host may have at once",
     "Find out why so many processes of that user publish at once; if they are meant to, raise "
     "the agent's LimitNOFILE and vm.max_map_count, or the tenant's max_segments in "
     "shm-exporter.yml."},
    {"io", "could not be read",
     "Look into the agent's log for the cause (memory, descriptors, the kernel); the agent tries "
     "again by itself."},
    // Of the content.
    {"not_a_segment", "does not begin as a segment does",
     "Remove it once you know which program wrote it: it is not the shim's."},
    {"version", "has a layout version that this agent does not read",
     "Bring the agent and the service to releases that go together: upgrade the shm-exporter "
     "package if the segment's layout is newer, else rebuild the service with a current "
     "libshm-exporter-dev."},
    {"truncated", "is shorter than what it describes",
     "Restart the service: something truncated its segment, and its later counts cannot be read."},
    {"header", "has an impossible header", kRebuild},
    {"extents", "describes its pages impossibly", kRebuild},
    {"record", "has a malformed description of a metric", kRebuild},
    {"name", "has an invalid name, unit or text", kRebuild},
    {"bounds", "has bucket bounds that are not finite and ascending", kRebuild},
    {"cells", "has series that share their cells, or have none", kRebuild},
    {"value", "has a value out of range", kRebuild},
    {"decreased", "has a counter that fell",
     "Restart the service; if it happens again, look for writes to memory that is not theirs "
     "(AddressSanitizer finds them), since no release of the shim lowers a counter."},
    // Of what it claims.
    {"claim", "claims a job that its tenant may not have",
     "Correct the service's name (OTEL_SERVICE_NAME), or add the job to the tenant's jobs in "
     "shm-exporter.yml and reload the agent."},
    {"reserved_family", "declares a family whose name only Prometheus or the agent writes",
     "Rename the metric in the service: up, target_info, ALERTS, scrape_* and shm_exporter_* are "
     "not a service's to write."},
    {"reserved_label", "declares a label that says whose a series is",
     "Rename the label in the service: job, instance, tenant, uid, pid, le, quantile, exported_* "
     "and __* are not a service's to set."},
};

// By layout::Loss.
constexpr LossAdvice kLosses[] = {
    {"counted where there was nothing to count in",
     "Look for the other losses of this process, which say why."},
    {"series or families were refused",
     "Remove labels with unbounded values, or raise ProcessOptions::max_series or "
     "max_segment_bytes; a name that is declared twice in different ways counts here too."},
    {"series went to their family's overflow series",
     "Remove labels with unbounded values, or raise ProcessOptions::max_series.", false},
    {"values were NaN, infinite, or negative where that is not allowed",
     "Correct what the service counts."},
    {"values were cut because their cell is full",
     "Lower the family's ticks_per_unit: 2^63 ticks are the most that a process can count."},
    {"threads share one shard",
     "Nothing is lost; fewer than 64 threads that count at once are faster.", false},
    {"attempts to create the segment failed before one succeeded",
     "Let the directory be there before the service starts (After=shm-exporter.socket); what was "
     "counted meanwhile is kept.",
     false},
    {"attempts to extend the segment failed",
     "Make room in the directory's tmpfs (size=), or raise the service's LimitFSIZE; if the "
     "directory was remounted, restart the service."},
    {"label values beyond their limit are counted as overflow",
     "Raise MetadataLabel::max_values if these values are not the peers' to choose.", false},
    {"certificates could not be published",
     "Let the service read the PEM file of SHM_EXPORTER_CERTIFICATE_CHAIN_FILE, of at most "
     "16 KiB."},
};
static_assert(std::size(kLosses) ==
              static_cast<std::size_t>(layout::Loss::certificates_left_out) + 1);

}  // namespace

std::span<const Advice> refusal_advice() noexcept {
  return kRefusals;
}

const Advice* find_advice(std::string_view reason) noexcept {
  const auto* const found = std::ranges::find(kRefusals, reason, &Advice::reason);
  return found == std::end(kRefusals) ? nullptr : found;
}

const LossAdvice* find_loss_advice(std::size_t loss) noexcept {
  return loss < std::size(kLosses) ? &kLosses[loss] : nullptr;
}

}  // namespace shmx::read
