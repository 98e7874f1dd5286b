// The time that segments carry: shown to people, never used to decide anything.
#ifndef SHM_EXPORTER_SHM_CLOCK_H
#define SHM_EXPORTER_SHM_CLOCK_H

#include <cstdint>
#include <ctime>

namespace shmx {

/// Nanoseconds since 1970, CLOCK_REALTIME. Any thread.
inline std::uint64_t unix_time_ns() noexcept {
  struct timespec now {};
  clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace shmx

#endif  // SHM_EXPORTER_SHM_CLOCK_H
