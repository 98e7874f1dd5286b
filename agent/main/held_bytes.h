// How much memory pages may take that clients have not read yet. A client that reads slowly keeps
// its page until its response is sent or cut; without a bound, enough of them would keep as many
// pages as they ask for.
#ifndef SHM_EXPORTER_AGENT_MAIN_HELD_BYTES_H
#define SHM_EXPORTER_AGENT_MAIN_HELD_BYTES_H

#include <atomic>
#include <cstddef>
#include <memory>

namespace shmx {

class HeldBytes {
 public:
  explicit HeldBytes(std::size_t limit);

  /// Counts the memory, once, for as long as anybody keeps what is returned, which keeps `owner`.
  /// Null when that would be too much: nothing is counted then. One page is never too much, however
  /// large: a host that has such pages is scraped by one client at a time. One thread at a time;
  /// what is returned may go on any thread, and outlive this.
  std::shared_ptr<const void> hold(std::shared_ptr<const void> owner, std::size_t bytes);

  std::size_t held() const noexcept;

 private:
  std::size_t limit_;
  std::shared_ptr<std::atomic<std::size_t>> held_;
};

}  // namespace shmx

#endif  // SHM_EXPORTER_AGENT_MAIN_HELD_BYTES_H
