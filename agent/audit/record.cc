#include "agent/audit/record.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <ctime>
#include <optional>
#include <utility>

#include "agent/audit/format.h"

namespace shmx::audit {
namespace {

namespace json = boost::json;

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

constexpr std::string_view kTimePattern = "0000-00-00T00:00:00.000000000Z";

constexpr std::string_view kSignatureMember = R"(,"signature":")";
constexpr std::size_t kSignatureBase64Bytes = (kSignatureBytes + 2) / 3 * 4;
constexpr std::size_t kSignatureTail =
    kSignatureMember.size() + kSignatureBase64Bytes + std::string_view("\"}").size();

/// JSON is UTF-8, and what a stranger named something need not be: other bytes become question
/// marks then.
std::string utf8(const std::string& text) {
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  if (std::ranges::all_of(text, is_ascii)) return text;
  json::error_code not_utf8;
  json::parse(json::serialize(json::string(text)), not_utf8);
  if (!not_utf8) return text;
  std::string right = text;
  std::ranges::replace_if(right, std::not_fn(is_ascii), '?');
  return right;
}

struct ToJson {
  json::storage_ptr memory;

  json::value operator()(const std::string& text) const { return json::value(utf8(text), memory); }
  json::value operator()(std::int64_t number) const { return json::value(number, memory); }
  json::value operator()(bool flag) const { return json::value(flag, memory); }
  json::value operator()(const std::vector<std::string>& texts) const {
    json::array array(memory);
    array.reserve(texts.size());
    for (const std::string& text : texts) array.emplace_back(utf8(text));
    return array;
  }
};

std::string serialized(const Record& record, const Fields& fields) {
  json::monotonic_resource memory;
  json::object object(&memory);
  object.reserve(fields.size() + 4);
  object.emplace("seq", record.seq);
  object.emplace("time", record.time);
  object.emplace("type", record.type);
  for (const auto& [name, value] : fields) {
    if (name == "prev" || name == "signature") continue;
    object.emplace(utf8(name), std::visit(ToJson{&memory}, value));  // The first of a name stays.
  }
  object.emplace("prev", hex(record.prev));
  return json::serialize(object);
}

std::optional<std::vector<std::string>> strings_of(const json::array& array) {
  std::vector<std::string> texts;
  for (const json::value& item : array) {
    if (!item.is_string()) return std::nullopt;
    texts.emplace_back(item.get_string().c_str(), item.get_string().size());
  }
  return texts;
}

std::optional<Value> value_of(const json::value& value) {
  switch (value.kind()) {
    case json::kind::string:
      return std::string(value.get_string().c_str(), value.get_string().size());
    case json::kind::int64:
      return value.get_int64();
    case json::kind::bool_:
      return value.get_bool();
    case json::kind::array:
      if (auto texts = strings_of(value.get_array())) return *std::move(texts);
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

bool is_time(std::string_view text) {
  return std::ranges::equal(text, kTimePattern, [](char given, char expected) {
    return expected == '0' ? given >= '0' && given <= '9' : given == expected;
  });
}

/// Takes `fields` apart; false when a member is missing, or of another kind.
bool take_prev(Record& record) {
  if (record.fields.empty()) return false;
  const auto& [name, value] = record.fields.back();
  const auto* text = std::get_if<std::string>(&value);
  const auto digest = name == "prev" && text != nullptr ? from_hex(*text) : std::nullopt;
  if (!digest) return false;
  record.prev = *digest;
  record.fields.pop_back();
  return true;
}

bool take_signature(Record& record) {
  if (record.fields.empty() || record.fields.back().first != "signature") return true;
  const auto* text = std::get_if<std::string>(&record.fields.back().second);
  auto signature = text != nullptr ? from_base64(*text) : std::nullopt;
  if (!signature || signature->size() != kSignatureBytes) return false;
  record.signature = *std::move(signature);
  record.fields.pop_back();
  return true;
}

Result<Record> record_of(const json::object& object) {
  const json::value* const seq = object.if_contains("seq");
  const json::value* const time = object.if_contains("time");
  const json::value* const type = object.if_contains("type");
  if (seq == nullptr || !seq->is_int64() || seq->get_int64() <= 0 || time == nullptr ||
      !time->is_string() || type == nullptr || !type->is_string()) {
    return Error{"expected members seq (1 or more), time and type"};
  }
  Record record;
  record.seq = static_cast<std::uint64_t>(seq->get_int64());
  record.time.assign(time->get_string().c_str(), time->get_string().size());
  record.type.assign(type->get_string().c_str(), type->get_string().size());
  if (!is_time(record.time)) return Error{"expected a time like 2026-11-27T01:00:00.000000000Z"};
  for (const auto& [key, value] : object) {
    if (key == "seq" || key == "time" || key == "type") continue;
    auto plain = value_of(value);
    if (!plain)
      return Error{"a member is neither a string, an integer, a flag nor an array of strings"};
    record.fields.emplace_back(std::string(key), *std::move(plain));
  }
  if (!take_signature(record)) return Error{"the signature is not the base64 of 64 bytes"};
  if (!take_prev(record)) return Error{"expected the member prev, 64 hex digits, after all others"};
  return record;
}

}  // namespace

std::string format_time(std::int64_t unix_ns) {
  std::int64_t seconds = unix_ns / kNsPerSecond;
  std::int64_t ns = unix_ns % kNsPerSecond;
  if (ns < 0) {
    ns += kNsPerSecond;
    --seconds;
  }
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:09}Z", fmt::gmtime(static_cast<std::time_t>(seconds)),
                     ns);
}

std::string line_of(const Record& record) {
  std::string line = serialized(record, record.fields);
  if (line.size() + kSignatureTail <= kMaxLineBytes) return line;
  const auto bytes = static_cast<std::int64_t>(line.size());
  return serialized(record, {{"left_out_bytes", bytes}});
}

std::string signed_line(std::string line, std::string_view signature) {
  line.pop_back();  // the brace
  line += kSignatureMember;
  line += base64(signature);
  line += "\"}";
  return line;
}

std::string without_signature(std::string_view line) {
  return std::string(line.substr(0, line.size() - kSignatureTail)) + "}";
}

Result<Record> parse_record(std::string_view line) {
  if (line.size() > kMaxLineBytes) return Error{"longer than any record"};
  json::monotonic_resource memory;
  json::error_code failed;
  const json::value value = json::parse(line, failed, &memory);
  if (failed) return Error{"no JSON: " + failed.message()};
  if (!value.is_object()) return Error{"expected a JSON object"};
  auto record = record_of(value.get_object());
  if (!record) return record;
  // Duplicate members, spaces, other escapes, another order: all that says the same in other bytes.
  std::string canonical = line_of(*record);
  if (!record->signature.empty()) canonical = signed_line(std::move(canonical), record->signature);
  if (canonical != line) return Error{"not written as the log writes it"};
  return record;
}

}  // namespace shmx::audit
