// Lines of an audit log, which an auditor gets from anybody: what is taken is written in no other
// way, and nothing is taken that nobody signed.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/audit/format.h"
#include "agent/audit/record.h"
#include "agent/audit/verifier.h"
#include "tests/fuzz/judge.h"

namespace {

namespace audit = shmx::audit;
using shmx::fuzz::demand;

void judge_line(std::string_view line) {
  const auto parsed = audit::parse_record(line);
  if (!parsed) {
    demand(!parsed.error().message.empty(), "a refusal says why");
    return;
  }
  const audit::Record& record = parsed.value();
  std::string again = audit::line_of(record);
  if (!record.signature.empty()) {
    demand(audit::without_signature(line) == again, "what is signed is the line without signature");
    again = audit::signed_line(again, record.signature);
  }
  demand(again == line, "a record is written in one way only");
  demand(record.seq > 0 && line.size() <= audit::kMaxLineBytes, "within the format's limits");
}

/// Up to the first line that is wrong.
void judge_log(std::string_view text) {
  audit::Verifier verifier({});
  for (std::size_t end = 0; (end = text.find('\n')) != std::string_view::npos;) {
    if (!verifier.take(text.substr(0, end))) return;
    demand(verifier.verified().signatures > 0, "a log begins with a signature");
    demand(verifier.key().has_value(), "and with a key");
    text.remove_prefix(end + 1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  judge_log(text);
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    judge_line(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return 0;
}
