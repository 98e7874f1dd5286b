#include "agent/identity/strict_json.h"

#include <jansson.h>

#include <cstddef>

#include "agent/identity/quoted.h"

namespace shmx::identity {
namespace {

/// A key set with certificates has 4 levels, claims have a few; jansson itself would recurse 2,048
/// deep.
constexpr std::size_t kMostLevels = 16;

/// Whether the brackets outside strings are so deep. Of text that is no JSON either answer will do:
/// it is refused anyway.
bool is_deep(std::string_view text) {
  std::size_t levels = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;  // whatever is escaped does not end the string
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++levels > kMostLevels) return true;
    } else if ((c == '}' || c == ']') && levels > 0) {
      --levels;
    }
  }
  return false;
}

}  // namespace

void FreeJson::operator()(json_t* json) const noexcept {
  json_decref(json);
}

Result<Json> parse_json_object(std::string_view text) {
  if (is_deep(text)) return Error{"it is nested too deeply"};
  json_error_t error;
  Json json(json_loadb(text.data(), text.size(), JSON_REJECT_DUPLICATES, &error));
  if (!json) return Error{"it is no valid JSON: " + in_quotes(error.text)};
  if (!json_is_object(json.get())) return Error{"it is no JSON object"};
  return json;
}

std::optional<std::string> text_member(const json_t& object, const char* name) {
  const json_t* const member = json_object_get(&object, name);
  if (!json_is_string(member)) return std::nullopt;
  return std::string(json_string_value(member), json_string_length(member));
}

}  // namespace shmx::identity
