#include "agent/otlp/encoder.h"

namespace shmx::otlp {

class Encoder::Impl {};

Encoder::Encoder(const Options&, std::span<const model::Family* const>, Choice) {}
Encoder::~Encoder() = default;
std::optional<Message> Encoder::next(std::size_t) {
  return {};
}

}  // namespace shmx::otlp
