#include "agent/tool/presented.h"

#include <utility>

namespace shmx::tool {

Result<std::vector<identity::CertificateNames>> presented_by(const Segment& segment) {
  std::vector<identity::CertificateNames> all;
  const auto& pem = segment.reader.certificates();
  if (pem == nullptr) {
    return all;
  }
  const auto chain = identity::chain_of_pem(*pem);
  if (!chain) {
    return chain.error();
  }
  for (const std::string& der : chain.value()) {
    auto names = identity::names_of(der);
    if (!names) {
      return names.error();
    }
    all.push_back(std::move(names).value());
  }
  return all;
}

std::vector<std::string> alternatives(const identity::CertificateNames& names) {
  std::vector<std::string> all = names.dns;
  for (const auto* const more : {&names.uris, &names.addresses, &names.emails}) {
    all.insert(all.end(), more->begin(), more->end());
  }
  return all;
}

}  // namespace shmx::tool
