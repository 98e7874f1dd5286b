#include "agent/model/remedies.h"

#include <algorithm>
#include <array>

namespace shmx::model {
namespace {

struct Remedy {
  std::string_view reason;
  std::string_view sentence;
};

constexpr std::string_view kRemoveIt =
    "Remove it: nothing but segments belongs into a segment directory.";
constexpr std::string_view kBroken =
    "Restart its process with an intact version of the shim; shmtool dump FILE says how far the "
    "file "
    "can be read.";

constexpr std::array kRemedies = {
    // Files that are no candidates, in the order of scan::FileRefusal.
    Remedy{"directory", kRemoveIt},
    Remedy{"fifo", kRemoveIt},
    Remedy{"symlink", "Remove it: a segment has to be in the directory itself."},
    Remedy{"special_file", kRemoveIt},
    Remedy{"foreign_name", kRemoveIt},
    Remedy{"mount_point", "Unmount what is mounted on it."},
    Remedy{"hard_link", "Remove this name: the segment is served under its other one."},
    Remedy{
        "permission",
        "Let the agent's user read it: the directory has to be setgid and of the agent's group."},
    Remedy{"leased",
           "End the process that holds a lease on the file; the agent looks again by itself."},
    Remedy{"budget",
           "Run fewer processes, or raise the limits of live segments: LimitNOFILE of the agent's "
           "unit, vm.max_map_count, or max_segments of the tenant."},
    // Content that is no segment's, in the order of Refusal.
    Remedy{"io",
           "See the agent's log: it may lack descriptors or memory (LimitNOFILE, MemoryMax); it "
           "looks again by itself."},
    Remedy{"not_a_segment", kRemoveIt},
    Remedy{"version",
           "Upgrade whichever is older, the agent or the shim of the process: it reads segments of "
           "its own and of the previous major version."},
    Remedy{"truncated",
           "Restart its process: somebody has shortened the file, or copied it in part."},
    Remedy{"sparse",
           "Restart its process on a tmpfs: the file has holes, as copies and other file systems "
           "make them."},
    Remedy{"too_large", "Have its process declare fewer series: a segment is limited in size."},
    Remedy{"header", kBroken},
    Remedy{"extents", kBroken},
    Remedy{"record", kBroken},
    Remedy{"name",
           "Correct the name, unit or label that its process declares: Prometheus knows no such."},
    Remedy{"bounds", "Correct the bucket bounds that its process declares: finite and ascending."},
    Remedy{"cells", kBroken},
    Remedy{"value", "Restart its process: a counter or bucket is beyond what a process can count."},
    Remedy{
        "decreased",
        "Restart its process: a counter went down, so something else has written to its segment."},
    // What the policy does not allow.
    Remedy{"claim", "Add the job to the jobs of the tenant, or run the process as another job."},
    Remedy{"not_presented",
           "Name the certificate chain that the server presents in the shim's options, or remove "
           "the job from service_identities."},
};

}  // namespace

std::string_view remedy_of(std::string_view reason) noexcept {
  const auto* const found = std::ranges::find(kRemedies, reason, &Remedy::reason);
  return found != kRemedies.end() ? found->sentence : "See the agent's log for what was found.";
}

}  // namespace shmx::model
