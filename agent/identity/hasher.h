// bcrypt, on a thread of its own: one password takes some 50 to 300 ms, which no event loop may be
// kept waiting for.
#ifndef SHM_EXPORTER_AGENT_IDENTITY_HASHER_H
#define SHM_EXPORTER_AGENT_IDENTITY_HASHER_H

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace shmx::identity {

/// Thread-safe.
class Hasher {
 public:
  /// Passwords that wait. The last of them has its answer within a scrape's usual timeout of 10 s,
  /// at bcrypt's cost of 12.
  static constexpr std::size_t kMaxWaiting = 32;

  enum class Outcome { matches, differs, abandoned };

  struct Job {
    std::string password;               ///< without a NUL
    std::string hash;                   ///< as crypt(5) writes it, its setting with it
    std::function<void(Outcome)> done;  ///< called once, on the hasher's thread
  };

  Hasher();

  /// stop(), and waits for the hash that is being made. What still waits is told so on this thread.
  ~Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;

  /// False: too many wait already, or it was stopped; `done` is not called.
  bool add(Job job);

  /// Nothing more is taken or hashed. Does not wait.
  void stop();

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> waiting_;
  bool stopping_ = false;
  std::thread thread_;  ///< last: it uses the others
};

}  // namespace shmx::identity

#endif  // SHM_EXPORTER_AGENT_IDENTITY_HASHER_H
