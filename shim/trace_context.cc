#include "shim/trace_context.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace shmx {
namespace {

constexpr int kNoDigit = -1;

// Lower case alone: the standard forbids the other.
constexpr int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : kNoDigit;
}

// The bytes that so many pairs of digits say. `text` is twice as long as `bytes`.
bool parse_hex(std::string_view text, std::span<std::uint8_t> bytes) noexcept {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const int high = hex_digit(text[2 * i]);
    const int low = hex_digit(text[2 * i + 1]);
    if (high == kNoDigit || low == kNoDigit) {
      return false;
    }
    bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return true;
}

std::optional<TraceContext> if_valid(const TraceContext& context) noexcept {
  return context.span.valid() ? std::optional(context) : std::nullopt;
}

constexpr std::uint8_t kSampledFlag = 1;  // Of both headers.

// Takes a field's id and its bytes off the front of the header, if it is there.
template <std::size_t kBytes>
bool take_field(std::string_view& header, char id, std::array<std::uint8_t, kBytes>& out) noexcept {
  if (header.size() < 1 + kBytes || header[0] != id) {
    return false;
  }
  std::transform(header.begin() + 1, header.begin() + 1 + kBytes, out.begin(),
                 [](char c) { return static_cast<std::uint8_t>(c); });
  header.remove_prefix(1 + kBytes);
  return true;
}

}  // namespace

std::optional<TraceContext> parse_traceparent(std::string_view header) noexcept {
  constexpr std::size_t kTraceAt = 3;
  constexpr std::size_t kSpanAt = 36;
  constexpr std::size_t kFlagsAt = 53;
  constexpr std::size_t kEnd = 55;
  constexpr std::uint8_t kNoVersion = 0xff;
  if (header.size() < kEnd || header[kTraceAt - 1] != '-' || header[kSpanAt - 1] != '-' ||
      header[kFlagsAt - 1] != '-') {
    return std::nullopt;
  }
  TraceContext context;
  std::array<std::uint8_t, 1> version{};
  std::array<std::uint8_t, 1> flags{};
  if (!parse_hex(header, version) || version[0] == kNoVersion ||
      !parse_hex(header.substr(kTraceAt), context.span.trace_id) ||
      !parse_hex(header.substr(kSpanAt), context.span.span_id) ||
      !parse_hex(header.substr(kFlagsAt), flags)) {
    return std::nullopt;
  }
  // A later version may have more, behind another dash.
  if (header.size() > kEnd && (version[0] == 0 || header[kEnd] != '-')) {
    return std::nullopt;
  }
  context.sampled = (flags[0] & kSampledFlag) != 0;
  return if_valid(context);
}

std::optional<TraceContext> parse_grpc_trace_bin(std::string_view header) noexcept {
  constexpr char kVersion = 0;
  if (header.empty() || header[0] != kVersion) {
    return std::nullopt;
  }
  header.remove_prefix(1);
  TraceContext context;
  std::array<std::uint8_t, 1> options{};
  if (!take_field(header, 0, context.span.trace_id) ||
      !take_field(header, 1, context.span.span_id)) {
    return std::nullopt;
  }
  // Without options it is not sampled; one that is cut off is malformed.
  if (!take_field(header, 2, options) && !header.empty() && header[0] == 2) {
    return std::nullopt;
  }
  context.sampled = (options[0] & kSampledFlag) != 0;
  return if_valid(context);
}

}  // namespace shmx
