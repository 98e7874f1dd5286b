// A hasher that hashes nothing until it is let go: what it is asked for meanwhile waits.
#ifndef SHM_EXPORTER_TESTS_AGENT_IDENTITY_HELD_HASHER_H
#define SHM_EXPORTER_TESTS_AGENT_IDENTITY_HELD_HASHER_H

#include <future>

#include "agent/identity/hasher.h"
#include "tests/agent/identity/bcrypt.h"

namespace shmx::testing {

class HeldHasher {
 public:
  /// Its thread is in the answer to a first job when this returns.
  explicit HeldHasher(identity::Hasher& hasher) {
    std::promise<void> held;
    hasher.add({"", bcrypt(""), [&held, gate = released_.get_future().share()](auto /*outcome*/) {
                  held.set_value();
                  gate.wait();
                }});
    held.get_future().wait();
  }
  ~HeldHasher() { release(); }
  HeldHasher(const HeldHasher&) = delete;
  HeldHasher& operator=(const HeldHasher&) = delete;

  void release() {
    if (!done_) released_.set_value();
    done_ = true;
  }

 private:
  std::promise<void> released_;
  bool done_ = false;
};

}  // namespace shmx::testing

#endif  // SHM_EXPORTER_TESTS_AGENT_IDENTITY_HELD_HASHER_H
