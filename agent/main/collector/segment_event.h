// What becomes of a segment, told to whoever keeps records. Plain values; path, job and whatever
// else a process has chosen may hold any bytes.
#ifndef SHM_EXPORTER_AGENT_MAIN_COLLECTOR_SEGMENT_EVENT_H
#define SHM_EXPORTER_AGENT_MAIN_COLLECTOR_SEGMENT_EVENT_H

#include <cstdint>
#include <string>

namespace shmx {

struct SegmentEvent {
  enum class What { admitted, refused, quarantined, retired, identity_mismatch };
  What what = What::admitted;
  std::string path{};
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint32_t owner = 0;  ///< uid, as the kernel says
  std::string tenant{};     ///< empty: none are defined
  std::string job{};        ///< as it claims; empty: unknown
  std::uint32_t pid = 0;    ///< as it claims; 0: unknown
  std::string reason{};     ///< of a refusal, a quarantine or a mismatch
  std::string detail{};     ///< of a mismatch: expected and presented
  std::string digest{};     ///< retired or quarantined: of what is kept (final_values.h)
};

}  // namespace shmx

#endif  // SHM_EXPORTER_AGENT_MAIN_COLLECTOR_SEGMENT_EVENT_H
