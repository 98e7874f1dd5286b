// The one call from the counting side (shards.cc) into the registry.
#ifndef SHM_EXPORTER_SHM_ENTER_H
#define SHM_EXPORTER_SHM_ENTER_H

namespace shmx {

/// Makes sure that there is a segment and, when `with_shard`, that the calling thread is leased or
/// shared. Returns false when there is nowhere to count now; then it costs little until the next
/// attempt is due.
bool enter_segment(bool with_shard) noexcept;

}  // namespace shmx

#endif  // SHM_EXPORTER_SHM_ENTER_H
