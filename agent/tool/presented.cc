#include "agent/tool/presented.h"

namespace shmx::tool {

Result<std::vector<x509::Names>> presented_by(const Segment& segment) {
  const auto& pem = segment.reader.certificates();
  return pem == nullptr ? std::vector<x509::Names>() : x509::names_of_pem(*pem);
}

}  // namespace shmx::tool
