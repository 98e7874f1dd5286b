// The one lock of all prometheus-cpp bridges of a process: held while a registry is collected, and
// by fork(), so that a child does not inherit a registry in the middle of a collection, whose locks
// nobody would release.
#ifndef SHM_EXPORTER_SHIM_PUBLICATION_LOCK_H
#define SHM_EXPORTER_SHIM_PUBLICATION_LOCK_H

#include <cstdint>

#include "shm/registry.h"

namespace shmx {

/// Holds the lock while it lives. Not taken (held() is false) by a thread that has it already (a
/// collectable that calls its own bridge), nor when there is no memory to notice forks.
class PublicationLock {
 public:
  PublicationLock() noexcept;
  PublicationLock(const PublicationLock&) = delete;
  PublicationLock& operator=(const PublicationLock&) = delete;
  ~PublicationLock();

  bool held() const noexcept { return held_; }

  /// How many forks lie between the first process and this one; changes in a child even while the
  /// lock is held, when the thread that holds it forks.
  static std::uint64_t process() noexcept;

 private:
  const ProblemsLater problems_later_;  ///< until the lock is free
  bool held_;
};

}  // namespace shmx

#endif  // SHM_EXPORTER_SHIM_PUBLICATION_LOCK_H
