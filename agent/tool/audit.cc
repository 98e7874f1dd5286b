#include "agent/tool/audit.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <string_view>
#include <system_error>

#include "agent/audit/digest.h"
#include "agent/audit/key.h"
#include "agent/tool/printable.h"

namespace shmx::tool {
namespace {

constexpr int kFailed = 1;

constexpr std::size_t kPrefixHexDigits = 13;
constexpr std::uint64_t kMostPrefix = (std::uint64_t{1} << 52U) - 1;
constexpr double kMostExact = static_cast<double>(std::uint64_t{1} << 53U);  ///< of a double

bool parse_hex(std::string_view digits, std::uint64_t& number) {
  const char* const end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, number, 16);
  return parsed.ec == std::errc() && parsed.ptr == end;
}

/// A whole number as a gauge shows it, such as 3 or 5.02185658836928e+14.
bool parse_gauge(std::string_view text, std::uint64_t& number) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (parsed.ec != std::errc() || parsed.ptr != end || !(value >= 0) || value > kMostExact ||
      value != std::floor(value)) {
    return false;
  }
  number = static_cast<std::uint64_t>(value);
  return true;
}

Result<audit::VerifyOptions> options_of(const AuditFlags& flags) {
  audit::VerifyOptions options;
  options.paths = flags.paths;
  options.trusted_key_ids = flags.key_ids;
  for (const std::string& path : flags.key_files) {
    const auto key = audit::PublicKey::read(path);
    if (!key) return key.error();
    options.trusted_key_ids.push_back(key.value().id());
  }
  for (const std::string& text : flags.anchors) {
    const auto anchor = parse_anchor(text);
    if (!anchor) return anchor.error();
    options.anchors.push_back(anchor.value());
  }
  return options;
}

void print_beginning(const audit::VerifyReport& report) {
  const audit::Verified& chain = report.chain;
  fmt::print("verified: {} records, {} to {}, from {} to {}, in {} file{}\n", chain.records,
             chain.first_seq, chain.last.seq, chain.first_time, chain.last_time, report.files,
             report.files == 1 ? "" : "s");
  if (chain.removal_seq != 0) {
    fmt::print("begins at {}: earlier files were removed by the log itself (record {})\n",
               chain.first_seq, chain.removal_seq);
  } else if (chain.first_seq > 1) {
    fmt::print("begins at {}: earlier files were not given\n", chain.first_seq);
  }
}

void print_keys(const audit::VerifyReport& report, bool trusted) {
  const audit::Verified& chain = report.chain;
  fmt::print("signatures: {}, by the key {}{}\n", chain.signatures,
             fmt::join(chain.key_ids, ", which endorsed "),
             trusted
                 ? ""
                 : "; this key was taken from the log itself, and whoever rewrote the log would "
                   "have put theirs: compare it, or give --key or --key-id");
}

void print_end(const audit::VerifyReport& report) {
  const audit::Verified& chain = report.chain;
  fmt::print("unsigned at the end: {} record{}\n", chain.last.unsigned_records,
             chain.last.unsigned_records == 1 ? "" : "s");
  if (report.torn_bytes > 0) {
    fmt::print(
        "torn line at the end: {} bytes, written only in part; the agent closes it when it "
        "starts\n",
        report.torn_bytes);
  }
  if (chain.recovered > 0) fmt::print("recovered after a kill: {} times\n", chain.recovered);
  if (chain.lost > 0) fmt::print("lost for want of room or disk: {} records\n", chain.lost);
  for (const audit::Anchor& anchor : report.matched) {
    fmt::print("anchor {}:{:013x}: matches\n", anchor.seq, anchor.prefix);
  }
  for (const audit::Anchor& anchor : report.unmatched) {
    fmt::print("anchor {}:{:013x}: not checked, its record is older than what is left\n",
               anchor.seq, anchor.prefix);
  }
  fmt::print("head: {}:{:013x}\n", chain.last.seq, audit::prefix_of(chain.last.hash));
}

int fail(const Error& error, std::string_view next) {
  // A log that was tampered with says what it likes.
  fmt::print(stderr, "shmtool: {}\n{}\n", printable(error.message), next);
  return kFailed;
}

/// What to do about a log that cannot be read, or is not as it was written.
std::string_view next_step(const Error& error) {
  switch (error.code) {
    case 0:
      return "Keep the files as they are. What Prometheus has kept of the head "
             "(shm_exporter_audit_records, shm_exporter_audit_head_prefix) says by --anchor up to "
             "where a log is the agent's.";
    case EACCES:
      return "The log is for its owner alone: run shmtool as shm-exporter or root (sudo).";
    default:
      return "Expected the one directory that audit.directory names in the agent's configuration, "
             "or files of it.";
  }
}

}  // namespace

Result<audit::Anchor> parse_anchor(const std::string& text) {
  const std::size_t sign = std::min(text.find_first_of(":="), text.size());
  std::string_view prefix = std::string_view(text).substr(std::min(sign + 1, text.size()));
  const bool is_hex = sign < text.size() && text[sign] == ':';
  if (is_hex && prefix.starts_with("0x")) prefix.remove_prefix(2);
  audit::Anchor anchor;
  const bool right = parse_gauge(std::string_view(text).substr(0, sign), anchor.seq) &&
                     anchor.seq > 0 &&
                     (is_hex ? parse_hex(prefix, anchor.prefix) && prefix.size() == kPrefixHexDigits
                             : parse_gauge(prefix, anchor.prefix)) &&
                     anchor.prefix <= kMostPrefix;
  if (!right) {
    return Error{
        "the anchor " + text +
        ": expected SEQ:HEX with 13 hex digits, or RECORDS=PREFIX as the gauges show them"};
  }
  return anchor;
}

int verify_audit(const AuditFlags& flags) {
  const auto options = options_of(flags);
  if (!options) return fail(options.error(), "Try: shmtool audit verify --help");
  const auto report = audit::verify(options.value());
  if (!report) return fail(report.error(), next_step(report.error()));
  print_beginning(report.value());
  print_keys(report.value(), !options.value().trusted_key_ids.empty());
  print_end(report.value());
  if (std::fflush(stdout) != 0) {
    std::perror("shmtool: cannot write to standard output");
    return kFailed;
  }
  return 0;
}

}  // namespace shmx::tool
