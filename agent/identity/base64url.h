// Base64url as tokens and key sets have it.
#ifndef SHM_EXPORTER_AGENT_IDENTITY_BASE64URL_H
#define SHM_EXPORTER_AGENT_IDENTITY_BASE64URL_H

#include <optional>
#include <string>
#include <string_view>

namespace shmx::identity {

/// The bytes that base64url without padding stands for (RFC 7515, section 2). Nothing when encoding
/// them does not give back exactly this text: padding, line breaks, letters of the other alphabet
/// and bits that no byte needs would be second spellings of the same token.
std::optional<std::string> decode_base64url(std::string_view text);

}  // namespace shmx::identity

#endif  // SHM_EXPORTER_AGENT_IDENTITY_BASE64URL_H
