// What the shim lost: totals in private memory from the first moment on, mirrored into the segment
// once there is one. Lock-free.
#ifndef SHM_EXPORTER_SHM_LOSSES_H
#define SHM_EXPORTER_SHM_LOSSES_H

#include "shm/layout.h"

namespace shmx {

/// Mirrors all totals, now and from now on, into a segment's losses[]; null stops that.
void mirror_losses(layout::Cell* segment_losses) noexcept;

/// In a forked child: the totals so far are the parent's.
void reset_losses_in_child() noexcept;

}  // namespace shmx

#endif  // SHM_EXPORTER_SHM_LOSSES_H
