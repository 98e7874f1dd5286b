// JSON that strangers wrote, read so that it can mean one thing only. jansson stays in few files.
#ifndef SHM_EXPORTER_AGENT_IDENTITY_STRICT_JSON_H
#define SHM_EXPORTER_AGENT_IDENTITY_STRICT_JSON_H

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "shm/result.h"

struct json_t;

namespace shmx::identity {

struct FreeJson {
  void operator()(json_t* json) const noexcept;
};
using Json = std::unique_ptr<json_t, FreeJson>;

/// An object and nothing after it. An error: bad UTF-8, a NUL in a string, a number that no 64 bits
/// hold, a member that is there twice (RFC 7515, section 4: parsers differ in which one they take),
/// or arrays and objects in more than 16 of each other.
Result<Json> parse_json_object(std::string_view text);

/// The object's member of that name if it is a string.
std::optional<std::string> text_member(const json_t& object, const char* name);

}  // namespace shmx::identity

#endif  // SHM_EXPORTER_AGENT_IDENTITY_STRICT_JSON_H
