// Addresses of the feed as users write them, for the server and the client. Text to values only:
// nothing is resolved, bound or connected here.
#ifndef SHM_EXPORTER_AGENT_FEED_ADDRESS_H
#define SHM_EXPORTER_AGENT_FEED_ADDRESS_H

#include <cstdint>
#include <string>
#include <string_view>

#include "shm/result.h"

namespace shmx::feed {

struct Address {
  std::string path{};      ///< of a unix socket; empty: TCP
  std::string host{};      ///< of TCP, without brackets; empty: every address of the host
  std::uint16_t port = 0;  ///< of TCP; 0: the kernel chooses

  bool is_unix() const noexcept { return !path.empty(); }

  /// Whether only this host can reach it. `localhost` is taken at its word.
  bool is_local() const noexcept;
};

/// `unix:/PATH`, `HOST:PORT`, `[IPV6]:PORT`, `:PORT`.
Result<Address> parse_address(std::string_view text);

/// As parse_address() reads it.
std::string to_text(const Address& address);

/// The longest path of a unix socket (sun_path, less its terminating 0).
extern const std::size_t kMaxSocketPathBytes;

}  // namespace shmx::feed

#endif  // SHM_EXPORTER_AGENT_FEED_ADDRESS_H
