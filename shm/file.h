// Descriptors, and the lock that tells whether a segment's writer lives.
#ifndef SHM_EXPORTER_SHM_FILE_H
#define SHM_EXPORTER_SHM_FILE_H

#include <boost/interprocess/detail/os_file_functions.hpp>
#include <utility>

namespace shmx {

/// Owns a file descriptor. Boost.Interprocess maps it as it is, without opening anything by name.
class UniqueFd {
 public:
  UniqueFd() noexcept = default;
  explicit UniqueFd(int fd) noexcept : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { reset(); }

  int get() const noexcept { return fd_; }
  bool valid() const noexcept { return fd_ >= 0; }
  void reset() noexcept;

  /// Boost.Interprocess' MemoryMappable concept.
  boost::interprocess::mapping_handle_t get_mapping_handle() const noexcept {
    return boost::interprocess::ipcdetail::mapping_handle_from_file_handle(fd_);
  }

 private:
  int fd_ = -1;
};

/// Takes the open-file-description lock on byte 0, which the mapping made from `fd` then keeps
/// until the last process that has it mapped is gone. Returns false with errno when it is taken.
bool lock_segment(int fd) noexcept;

enum class LockState {
  held,   ///< a process that can still store into the segment lives
  free,   ///< none does, and none ever will again
  error,  ///< the kernel did not say (errno)
};

/// Asks the kernel, through any descriptor of the file. Never blocks.
LockState segment_lock_state(int fd) noexcept;

}  // namespace shmx

#endif  // SHM_EXPORTER_SHM_FILE_H
