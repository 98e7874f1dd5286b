// The writing end of the chain: makes lines of what happened. No I/O, no clock; a plain value, so
// that a write that fails is undone by going back to the copy.
#ifndef SHM_EXPORTER_AGENT_AUDIT_CHAIN_H
#define SHM_EXPORTER_AGENT_AUDIT_CHAIN_H

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "agent/audit/digest.h"
#include "agent/audit/event.h"
#include "agent/audit/key.h"

namespace shmx::audit {

/// Where a chain is.
struct Position {
  std::uint64_t seq = 0;               ///< of the last record; 0: there is none
  Digest hash{};                       ///< of its line
  std::uint64_t unsigned_records = 0;  ///< since the last that is signed
};

class Chain {
 public:
  Chain(Position position, SigningKey key) : position_(position), key_(std::move(key)) {}

  const Position& position() const noexcept { return position_; }
  const SigningKey& key() const noexcept { return key_; }

  /// Each appends one record and its LF to `out`.
  void append(std::string& out, std::int64_t unix_ns, const Event& event);
  void start_file(std::string& out, std::int64_t unix_ns);
  void checkpoint(std::string& out, std::int64_t unix_ns);

  /// A record of the log itself, signed.
  void append_signed(std::string& out, std::int64_t unix_ns, std::string_view type, Fields fields);

  /// The old key endorses the new one, and the new one signs that it is there.
  void change_key(std::string& out, std::int64_t unix_ns, SigningKey key);

 private:
  void advance(std::string& out, const std::string& line, std::uint64_t unsigned_records);

  Position position_;
  SigningKey key_;
};

}  // namespace shmx::audit

#endif  // SHM_EXPORTER_AGENT_AUDIT_CHAIN_H
