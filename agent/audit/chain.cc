#include "agent/audit/chain.h"

#include <cassert>

#include "agent/audit/format.h"
#include "agent/audit/record.h"

namespace shmx::audit {

void Chain::advance(std::string& out, const std::string& line, std::uint64_t unsigned_records) {
  position_ = {position_.seq + 1, sha256(line), unsigned_records};
  out += line;
  out += '\n';
}

void Chain::append(std::string& out, std::int64_t unix_ns, const Event& event) {
  assert(!is_signed(event.type));
  const Record record{position_.seq + 1, format_time(unix_ns), event.type, event.fields,
                      position_.hash};
  advance(out, line_of(record), position_.unsigned_records + 1);
}

void Chain::append_signed(std::string& out, std::int64_t unix_ns, std::string_view type,
                          Fields fields) {
  fields.insert(fields.begin(), {"key_id", key_.public_key().id()});
  const Record record{position_.seq + 1, format_time(unix_ns), std::string(type), std::move(fields),
                      position_.hash};
  std::string line = line_of(record);
  const std::string signature = key_.sign(line);
  advance(out, signed_line(std::move(line), signature), 0);
}

void Chain::start_file(std::string& out, std::int64_t unix_ns) {
  append_signed(out, unix_ns, position_.seq == 0 ? kChainStarted : kFileStarted,
                {{"public_key", key_.public_key().spki_base64()}, {"format", kFormatVersion}});
}

void Chain::checkpoint(std::string& out, std::int64_t unix_ns) {
  append_signed(out, unix_ns, kCheckpoint, {});
}

void Chain::change_key(std::string& out, std::int64_t unix_ns, SigningKey key) {
  append_signed(
      out, unix_ns, kKeyChanged,
      {{"new_key_id", key.public_key().id()}, {"new_public_key", key.public_key().spki_base64()}});
  key_ = std::move(key);
  checkpoint(out, unix_ns);
}

}  // namespace shmx::audit
