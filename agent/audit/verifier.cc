#include "agent/audit/verifier.h"

#include <algorithm>
#include <initializer_list>

#include "agent/audit/format.h"

namespace shmx::audit {
namespace {

Error wrong(std::initializer_list<std::string_view> parts) {
  Error error;
  for (const std::string_view part : parts) error.message += part;
  return error;
}

std::string text_of(const Record& record, std::string_view name) {
  const auto* text = find_field<std::string>(record, name);
  return text == nullptr ? std::string() : *text;
}

std::uint64_t number_of(const Record& record, std::string_view name) {
  const auto* number = find_field<std::int64_t>(record, name);
  return number == nullptr || *number < 0 ? 0 : static_cast<std::uint64_t>(*number);
}

/// The key that a record names twice, by its id and as a whole.
Result<PublicKey> named_key(const Record& record, std::string_view id, std::string_view key) {
  auto named = PublicKey::from_record(text_of(record, key));
  if (!named) return wrong({key, ": ", named.error().message});
  if (named->id() != text_of(record, id)) return wrong({id, " is not that of ", key});
  return named;
}

}  // namespace

Result<bool> Verifier::take(std::string_view line) {
  auto record = parse_record(line);
  if (!record) return record.error();
  if (auto placed = check_place(*record); !placed) return placed;
  if (!key_) {
    if (auto taken = take_first_key(*record); !taken) return taken;
  }
  if (auto checked = check_signature(*record, line); !checked) return checked;
  if (auto taken = take_own(*record); !taken) return taken;
  count(*record, line);
  return true;
}

Result<bool> Verifier::check_place(const Record& record) const {
  const bool first = verified_.records == 0;
  const bool starts_file = record.type == kChainStarted || record.type == kFileStarted;
  if (file_begins_ && !starts_file) {
    return wrong({"a file begins with the record chain_started or file_started, not ", record.type,
                  ": its beginning is missing"});
  }
  if (!file_begins_ && starts_file) {
    return wrong({"the record ", record.type, " belongs at the beginning of a file"});
  }
  if (record.type == kChainStarted && !first) return wrong({"another chain begins here"});
  if ((record.type == kChainStarted) != (record.seq == 1)) {
    return wrong({"record 1, and no other, is chain_started"});
  }
  if (first && record.seq > 1) return true;
  if (record.seq != verified_.last.seq + 1) {
    return wrong({"record ", std::to_string(record.seq), " follows record ",
                  std::to_string(verified_.last.seq),
                  ": records are missing, repeated or in another order"});
  }
  if (record.prev != verified_.last.hash) {
    return wrong({"prev is not the SHA-256 of the line before: one of the two was changed"});
  }
  return true;
}

Result<bool> Verifier::take_first_key(const Record& record) {
  auto named = named_key(record, "key_id", "public_key");
  if (!named) return named.error();
  if (!trusted_.empty() && std::ranges::find(trusted_, named->id()) == trusted_.end()) {
    return wrong(
        {"begins with the key ", named->id(), ", which is none of those that are trusted"});
  }
  key_ = std::move(named).value();
  verified_.key_ids.push_back(key_->id());
  return true;
}

Result<bool> Verifier::check_signature(const Record& record, std::string_view line) const {
  if (!is_signed(record.type)) {
    if (record.signature.empty()) return true;
    return wrong({"a signature, which a record ", record.type, " does not have"});
  }
  if (record.signature.empty()) return wrong({"a record ", record.type, " without a signature"});
  if (text_of(record, "key_id") != key_->id()) {
    return wrong({"signed with the key ", text_of(record, "key_id"), ", which the one before, ",
                  key_->id(), ", has not endorsed"});
  }
  if (!key_->verifies(without_signature(line), record.signature)) {
    return wrong({"the signature is not one of the key ", key_->id()});
  }
  return true;
}

/// What the log's own records say to whoever reads it.
Result<bool> Verifier::take_own(const Record& record) {
  if (file_begins_) {
    if (number_of(record, "format") != kFormatVersion) {
      return wrong({"another version of the format, expected ", std::to_string(kFormatVersion),
                    ": use the shmtool of the agent that wrote it"});
    }
    if (text_of(record, "public_key") != key_->spki_base64()) {
      return wrong({"public_key is not that of the key ", key_->id()});
    }
  }
  if (record.type == kKeyChanged) return take_key_change(record);
  if (record.type == kFileRemoved) note_removal(record);
  if (record.type == kRecovered) ++verified_.recovered;
  if (record.type == kLost) verified_.lost += number_of(record, "records");
  return true;
}

Result<bool> Verifier::take_key_change(const Record& record) {
  auto named = named_key(record, "new_key_id", "new_public_key");
  if (!named) return named.error();
  key_ = std::move(named).value();
  verified_.key_ids.push_back(key_->id());
  return true;
}

void Verifier::note_removal(const Record& record) {
  if (number_of(record, "last_seq") + 1 == verified_.first_seq &&
      text_of(record, "last_hash") == hex(verified_.first_prev)) {
    verified_.removal_seq = record.seq;
  }
}

void Verifier::count(const Record& record, std::string_view line) {
  if (verified_.records == 0) {
    verified_.first_seq = record.seq;
    verified_.first_prev = record.prev;
    verified_.first_time = record.time;
  }
  const bool has_signature = !record.signature.empty();
  ++verified_.records;
  verified_.signatures += has_signature ? 1 : 0;
  verified_.last_time = record.time;
  verified_.last = {record.seq, sha256(line),
                    has_signature ? 0 : verified_.last.unsigned_records + 1};
  file_begins_ = false;
}

}  // namespace shmx::audit
