// The headers that name a span, with whatever a peer may send in them. What is taken must be there
// in the header, digit by digit.
#include "shim/trace_context.h"

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "tests/fuzz/judge.h"

namespace {

using shmx::TraceContext;
using shmx::fuzz::demand;

template <typename Id>
std::string hex(const Id& id) {
  std::string text;
  for (const std::uint8_t byte : id) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", byte);
    text += digits;
  }
  return text;
}

template <typename Id>
std::string_view bytes(const Id& id) {
  return {reinterpret_cast<const char*>(id.data()), id.size()};
}

void judge_traceparent(std::string_view header) {
  const auto context = shmx::parse_traceparent(header);
  if (!context) {
    return;
  }
  demand(context->span.valid(), "ids that are not zeros alone");
  demand(header.substr(2, 51) ==
             "-" + hex(context->span.trace_id) + "-" + hex(context->span.span_id) + "-",
         "the ids of the header");
  // The digits before a are even and odd as their numbers are, the others the other way round.
  const char last = header[54];
  demand(context->sampled == ((last % 2 == 0) == (last >= 'a')), "the flag of the header");
  demand(!header.starts_with("00") || header.size() == 55, "nothing more in version 00");
  demand(!header.starts_with("ff"), "a version that there can be");
}

void judge_trace_bin(std::string_view header) {
  const auto context = shmx::parse_grpc_trace_bin(header);
  if (!context) {
    return;
  }
  demand(context->span.valid(), "ids that are not zeros alone");
  demand(header.substr(2, 16) == bytes(context->span.trace_id), "the header's trace");
  demand(header.substr(19, 8) == bytes(context->span.span_id), "the header's span");
  demand(!context->sampled || (header.size() >= 29 && header[27] == 2 && header[28] % 2 != 0),
         "the header's option");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Exactly as long as the input, so that a read beyond it is seen.
  const std::string_view header(reinterpret_cast<const char*>(data), size);
  judge_traceparent(header);
  judge_trace_bin(header);
  return 0;
}
