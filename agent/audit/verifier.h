// Checks a chain line by line: what each says, that it follows the one before, and who signed. The
// agent reads its own log back with it, and shmtool everyone's. Bounded memory, no I/O.
#ifndef SHM_EXPORTER_AGENT_AUDIT_VERIFIER_H
#define SHM_EXPORTER_AGENT_AUDIT_VERIFIER_H

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/audit/chain.h"
#include "agent/audit/key.h"
#include "agent/audit/record.h"
#include "shm/result.h"

namespace shmx::audit {

/// What has been verified so far.
struct Verified {
  std::uint64_t records = 0;
  std::uint64_t first_seq = 0;
  Digest first_prev{};
  std::string first_time{};
  std::string last_time{};
  Position last{};
  std::uint64_t signatures = 0;
  std::vector<std::string> key_ids{};  ///< that signed, in turn
  std::uint64_t recovered = 0;         ///< records `recovered`
  std::uint64_t lost = 0;              ///< by the records `lost`
  std::uint64_t removal_seq = 0;       ///< the record of the removal of what was before the first
};

class Verifier {
 public:
  /// `trusted`: ids of the keys with which what is left of a chain may begin. None: it is taken
  /// from the first record.
  explicit Verifier(std::vector<std::string> trusted) : trusted_(std::move(trusted)) {}

  /// A file begins with the next line.
  void begin_file() noexcept { file_begins_ = true; }

  /// The next line, without its LF. Error: what is wrong; nothing may be taken after one.
  Result<bool> take(std::string_view line);

  const Verified& verified() const noexcept { return verified_; }

  /// That signs what comes next; none before the first record.
  const std::optional<PublicKey>& key() const noexcept { return key_; }

 private:
  Result<bool> check_place(const Record& record) const;
  Result<bool> take_first_key(const Record& record);
  Result<bool> check_signature(const Record& record, std::string_view line) const;
  Result<bool> take_own(const Record& record);
  Result<bool> take_key_change(const Record& record);
  void note_removal(const Record& record);
  void count(const Record& record, std::string_view line);

  std::vector<std::string> trusted_;
  std::optional<PublicKey> key_;
  bool file_begins_ = true;
  Verified verified_;
};

}  // namespace shmx::audit

#endif  // SHM_EXPORTER_AGENT_AUDIT_VERIFIER_H
