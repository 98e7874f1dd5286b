#include "tests/agent/testing/authority.h"

#include <atomic>
#include <sstream>

namespace shmx::testing {
namespace {

Certificate another_root() {
  static std::atomic<int> number{0};
  return Certificate::root("authority " + std::to_string(++number));
}

}  // namespace

Authority::Authority() : root_(another_root()), pem_(root_.pem()) {}

KeyPair Authority::issue(const std::string& alternatives, bool expired) const {
  CertificateOptions options;
  std::istringstream list(alternatives);
  for (std::string one; std::getline(list, one, ',');) {
    options.alternatives.push_back(one);
  }
  if (expired) {
    options.not_after_unix_s = now_unix_s() - kHourS;
  }
  const Certificate issued = root_.issue(options);
  return {issued.pem(), issued.key_pem()};
}

}  // namespace shmx::testing
