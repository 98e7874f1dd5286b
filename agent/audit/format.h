// The format of the audit log, version 1. Everything in it can be checked with sha256sum, openssl
// and a dozen lines of any language (tests/agent/audit/verify_with_openssl.py does so; golden.jsonl
// beside it is an example).
//
// A log is a directory of files audit-000001.jsonl, audit-000002.jsonl, ... Each line is one
// record, a JSON object in UTF-8 without spaces that ends in one LF:
//
//   {"seq":7,"time":"2026-11-27T01:00:00.000000007Z","type":"scrape",...,"prev":"<64 hex digits>"}
//
//   seq        1, 2, 3, ... through all files
//   time       RFC 3339, UTC, nanoseconds: when it happened
//   type       what happened; then the fields of that type: strings, integers, booleans, and arrays
//              of strings
//   prev       the SHA-256 of the bytes of the line before, without its LF; 64 zeros in record 1
//   signature  in the types that are marked * below, last of all: the base64 of an Ed25519
//   signature
//              of the bytes of this same line without this member:
//                line     {...,"prev":"..","signature":"MEUC.."}
//                signed   {...,"prev":".."}
//              It covers all that came before, by `prev`.
//
//   sed -n 1p FILE | tr -d '\n' | sha256sum                         # is the prev of line 2
//   sed -n 1p FILE | sed 's/,"signature":.*/}/' | tr -d '\n' >signed
//   sed -n 1p FILE | sed 's/.*"signature":"//; s/"}//' | base64 -d >signature
//   openssl pkeyutl -verify -rawin -pubin -inkey PUBLIC.pem -in signed -sigfile signature
//
// Numbers, escapes and the order of members are as record.cc writes them, and any other way to say
// the same is refused: a line's bytes follow from its values, so that there is nothing to hide in.
//
// The records of the log itself (all others are the agent's):
//
//   chain_started *  the first of all. format: this version; key_id, public_key: who signs. A key
//   is
//                    the base64 of its SubjectPublicKeyInfo (DER), its id the first 32 hex digits
//                    of the SHA-256 of that DER:  openssl pkey -in KEY -pubout -outform DER |
//                    sha256sum
//   file_started *   the first of each further file, with the same fields. Its `prev` is the hash
//   of
//                    the last record of the file before: files are links of one chain.
//   checkpoint *     after every so many records, before the next file, and at the end
//   key_changed *    new_key_id, new_public_key: signed by the key before, which endorses the new
//                    one. What follows is signed by the new one.
//   file_removed *   file, first_seq, last_seq, last_hash: the oldest file is about to go, because
//                    the log may not be larger. The next file's first record has last_hash as
//                    `prev`.
//   recovered *      the log did not end with a signature: its writer was killed. unsigned_records:
//                    how many had come since; torn_bytes, torn_sha256: of the last line, which had
//                    no end and was cut off. The record before this one is the last whole one.
//   lost             records: so many found no room, or could not be written
//
// What this shows: with the public key, that no record was changed, removed, inserted or moved, up
// to the last signature; with a head that was noted elsewhere (Head in log.h), that up to there
// none was cut off either, nor rewritten by who has the key. Records after the last signature are
// chained but not signed, and so is what a running agent has not signed yet.
#ifndef SHM_EXPORTER_AGENT_AUDIT_FORMAT_H
#define SHM_EXPORTER_AGENT_AUDIT_FORMAT_H

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace shmx::audit {

inline constexpr std::int64_t kFormatVersion = 1;

inline constexpr std::string_view kChainStarted = "chain_started";
inline constexpr std::string_view kFileStarted = "file_started";
inline constexpr std::string_view kCheckpoint = "checkpoint";
inline constexpr std::string_view kKeyChanged = "key_changed";
inline constexpr std::string_view kFileRemoved = "file_removed";
inline constexpr std::string_view kRecovered = "recovered";
inline constexpr std::string_view kLost = "lost";

/// Whether records of this type carry a signature.
constexpr bool is_signed(std::string_view type) noexcept {
  return type == kChainStarted || type == kFileStarted || type == kCheckpoint ||
         type == kKeyChanged || type == kFileRemoved || type == kRecovered;
}

/// Types that events must not have.
constexpr bool is_of_the_log(std::string_view type) noexcept {
  return is_signed(type) || type == kLost;
}

/// Without the LF. A scrape of a hundred tenants is 10 KiB; whoever reads a log, and the fuzz
/// target, need not hold more than one line.
inline constexpr std::size_t kMaxLineBytes = std::size_t{64} << 10;

inline constexpr std::size_t kSignatureBytes = 64;  ///< RFC 8032

}  // namespace shmx::audit

#endif  // SHM_EXPORTER_AGENT_AUDIT_FORMAT_H
