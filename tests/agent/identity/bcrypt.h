// bcrypt hashes made for a test, as cheap as they get.
#ifndef SHM_EXPORTER_TESTS_AGENT_IDENTITY_BCRYPT_H
#define SHM_EXPORTER_TESTS_AGENT_IDENTITY_BCRYPT_H

#include <crypt.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace shmx::testing {

inline std::string bcrypt(const std::string& password, const std::string& kind = "2b",
                          const std::string& cost = "04") {
  const auto scratch = std::make_unique<crypt_data>();
  const std::string setting = "$" + kind + "$" + cost + "$abcdefghijklmnopqrstuu";
  const char* const hash =
      crypt_rn(password.c_str(), setting.c_str(), scratch.get(), sizeof(crypt_data));
  if (hash == nullptr) throw std::runtime_error("crypt refuses " + setting);
  return hash;
}

}  // namespace shmx::testing

#endif  // SHM_EXPORTER_TESTS_AGENT_IDENTITY_BCRYPT_H
