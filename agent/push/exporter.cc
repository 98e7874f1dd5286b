#include "agent/push/exporter.h"

namespace shmx::push {

class Exporter::Impl {};

Exporter::Exporter(Options, std::unique_ptr<Transport>, Hooks) {}
Exporter::~Exporter() = default;
void Exporter::start() {}
void Exporter::stop() {}

}  // namespace shmx::push
