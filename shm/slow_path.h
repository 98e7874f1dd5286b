// What every way out of the hot path does first: the service must not notice that it was here.
#ifndef SHM_EXPORTER_SHM_SLOW_PATH_H
#define SHM_EXPORTER_SHM_SLOW_PATH_H

#include <pthread.h>

#include <cerrno>

namespace shmx {

/// Keeps errno, and keeps pthread_cancel from unwinding through a half-done registration.
class SlowPath {
 public:
  SlowPath() noexcept : errno_(errno) { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_); }
  SlowPath(const SlowPath&) = delete;
  SlowPath& operator=(const SlowPath&) = delete;
  ~SlowPath() {
    pthread_setcancelstate(cancel_, nullptr);
    errno = errno_;
  }

 private:
  int errno_;
  int cancel_ = PTHREAD_CANCEL_ENABLE;
};

}  // namespace shmx

#endif  // SHM_EXPORTER_SHM_SLOW_PATH_H
