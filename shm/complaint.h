// The one line on stderr of a process whose metrics have a problem, when nobody asked to be told.
// It must never be the problem itself: no signal, no waiting, no byte into a file that is no
// stderr.
#ifndef SHM_EXPORTER_SHM_COMPLAINT_H
#define SHM_EXPORTER_SHM_COMPLAINT_H

#include <string_view>

namespace shmx {

/// Notes which file descriptor 2 is now. To be called once, when the library is loaded: an
/// application that closes its descriptors may have anything there later.
void remember_stderr() noexcept;

/// Writes the line if descriptor 2 is still that file and takes it at once. Any thread.
void complain(std::string_view problem) noexcept;

}  // namespace shmx

#endif  // SHM_EXPORTER_SHM_COMPLAINT_H
