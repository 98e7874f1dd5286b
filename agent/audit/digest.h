// SHA-256, and how digests are written down. Thread-safe.
#ifndef SHM_EXPORTER_AGENT_AUDIT_DIGEST_H
#define SHM_EXPORTER_AGENT_AUDIT_DIGEST_H

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace shmx::audit {

using Digest = std::array<std::uint8_t, 32>;

/// Throws std::bad_alloc, as all that needs memory; there is no other error.
Digest sha256(std::string_view bytes);

/// 64 lower-case digits.
std::string hex(const Digest& digest);

/// Of exactly what hex() writes.
std::optional<Digest> from_hex(std::string_view text);

/// With padding, without line ends (RFC 4648, section 4).
std::string base64(std::string_view bytes);

/// Of exactly what base64() writes.
std::optional<std::string> from_base64(std::string_view text);

/// The value of the header Content-Digest (RFC 9530): sha-256=:BASE64:
std::string content_digest(const Digest& digest);

/// The first 52 bits, as a number that a double holds exactly.
std::uint64_t prefix_of(const Digest& digest) noexcept;

}  // namespace shmx::audit

#endif  // SHM_EXPORTER_AGENT_AUDIT_DIGEST_H
