// What a status shows and /metrics does not: which processes and files are behind the numbers.
// Plain values, of all tenants; who may see what of them is decided where a status is made. Names
// and claims may hold any bytes.
#ifndef SHM_EXPORTER_AGENT_STATUS_CENSUS_H
#define SHM_EXPORTER_AGENT_STATUS_CENSUS_H

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace shmx::status {

/// A segment that is read, or that was.
struct Process {
  enum class State {
    live,
    degraded,  ///< it lives, and its shim has lost something
    folding,   ///< it is gone, its counts are in the totals and not yet in the state
  };
  std::string tenant{};           ///< empty: none are defined
  std::string job{};              ///< as it claims
  std::uint32_t pid = 0;          ///< as it claims
  std::uint32_t uid = 0;          ///< the owner of its segment, as the kernel says
  double start_time_seconds = 0;  ///< since 1970, as it claims; 0: it does not say
  std::string layout{};           ///< version of the segment, as "1.2"
  std::uint64_t series = 0;       ///< that it adds to
  State state = State::live;
  std::string identity_mismatch{};  ///< reason, where its job is to present a certificate
};

/// A file in a segment directory that is not served.
struct Problem {
  enum class State { refused, quarantined, unread };
  std::string tenant{};
  std::string file{};  ///< its path, as shown_path() has it
  State state = State::refused;
  std::string reason{};  ///< of those of agent/read/advice.h
  std::string detail{};
  std::string remedy{};
  std::uint32_t uid = 0;  ///< its owner
  std::string job{};      ///< as it claims; empty: unknown
  std::uint32_t pid = 0;  ///< as it claims; 0: unknown
};

/// How many series a job has.
struct JobSize {
  std::string tenant{};
  std::string job{};
  std::string uid{};  ///< as the label of its series; empty: they have none
  std::uint64_t series = 0;
};

struct Census {
  std::vector<Process> processes{};  ///< by admission
  std::vector<Problem> problems{};
  std::uint64_t problems_unnamed = 0;  ///< refused files that are only counted
  std::vector<JobSize> jobs{};
};

/// How much of a segment's random name is shown.
inline constexpr std::size_t kShownNameDigits = 8;

/// `directory`/`name`. The random bits of a segment's name appear on no page: of them the first
/// ones are shown, with which it can be found.
std::string shown_path(std::string_view directory, std::string_view name);

}  // namespace shmx::status

#endif  // SHM_EXPORTER_AGENT_STATUS_CENSUS_H
