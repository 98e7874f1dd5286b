// One record as values, and as the line that stands for them (format.h).
#ifndef SHM_EXPORTER_AGENT_AUDIT_RECORD_H
#define SHM_EXPORTER_AGENT_AUDIT_RECORD_H

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/audit/digest.h"
#include "agent/audit/event.h"
#include "shm/result.h"

namespace shmx::audit {

struct Record {
  std::uint64_t seq = 0;
  std::string time{};
  std::string type{};
  Fields fields{};
  Digest prev{};
  std::string signature{};  ///< 64 bytes, or empty
};

/// RFC 3339 in UTC with nanoseconds.
std::string format_time(std::int64_t unix_ns);

/// The line, without LF and without the signature. A record whose line would be too long is written
/// without its fields but for `left_out_bytes`: that it happened is shown all the same. Fields
/// whose name is taken already are left out.
std::string line_of(const Record& record);

/// The line with its signature, which was made of `line`.
std::string signed_line(std::string line, std::string_view signature);

/// What is signed in a line that has a signature.
std::string without_signature(std::string_view line);

/// Exactly what line_of() and signed_line() write. Error: what is wrong with it. Whether the record
/// fits its chain is not asked here.
Result<Record> parse_record(std::string_view line);

/// The field of that name and kind; a null pointer when there is none.
template <typename T>
const T* find_field(const Record& record, std::string_view name) {
  for (const auto& [key, value] : record.fields) {
    if (key == name) return std::get_if<T>(&value);
  }
  return nullptr;
}

}  // namespace shmx::audit

#endif  // SHM_EXPORTER_AGENT_AUDIT_RECORD_H
