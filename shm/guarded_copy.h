// Copies out of a mapping that a stranger may truncate at any moment. A page that is gone raises
// SIGBUS; inside guarded() that becomes `false`. Only readers link this: the shim never installs a
// signal handler.
#ifndef SHM_EXPORTER_SHM_GUARDED_COPY_H
#define SHM_EXPORTER_SHM_GUARDED_COPY_H

#include <cstddef>
#include <cstdint>

#include "shm/layout.h"

namespace shmx {

/// The addresses at which a fault is expected.
struct GuardedRange {
  const void* begin;
  std::size_t bytes;
};

/// Runs body(context); returns false when it touched a page of the range that no longer exists (or
/// that the machine's memory lost). The body is left by a jump then, so it may own nothing that
/// needs a destructor. The first call installs the process's SIGBUS handler. Any other SIGBUS, of a
/// fault elsewhere or sent by a process, goes to the handler that was there before, and without one
/// does what it does by default: it ends the process.
bool guarded(GuardedRange range, void (*body)(void* context), void* context) noexcept;

/// Copies words upward, each by one acquire load: whatever was stored before a word that is seen,
/// in the order that the writer released, is seen at higher addresses.
inline void copy_words(const layout::Cell* from, std::uint64_t* to, std::size_t count) noexcept {
  for (std::size_t i = 0; i < count; ++i) {
    // Acquire: pairs with the release store of a bucket (cells.h, observe) and of directory_used
    // and extent_count (segment_file.cc).
    to[i] = from[i].load(std::memory_order_acquire);
  }
}

/// copy_words under guarded(), where only the source may vanish. From null, which is where a
/// gatekeeper sends what is out of range, only nothing can be copied.
bool guarded_copy(const layout::Cell* from, std::uint64_t* to, std::size_t count) noexcept;

}  // namespace shmx

#endif  // SHM_EXPORTER_SHM_GUARDED_COPY_H
