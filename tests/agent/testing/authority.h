// An authority for tests that want a server's or a client's certificate, and no more of it.
#ifndef SHM_EXPORTER_TESTS_AGENT_TESTING_AUTHORITY_H
#define SHM_EXPORTER_TESTS_AGENT_TESTING_AUTHORITY_H

#include <string>

#include "tests/agent/testing/certificates.h"

namespace shmx::testing {

struct KeyPair {
  std::string certificate;  ///< PEM
  std::string key;
};

/// A certificate authority of its own, with another key and name than any other.
class Authority {
 public:
  Authority();

  const std::string& certificate() const noexcept { return pem_; }

  /// For names and addresses, with commas between ("DNS:shop,IP:127.0.0.1"), valid for a day from
  /// now, or ended an hour ago.
  KeyPair issue(const std::string& alternatives, bool expired = false) const;

 private:
  Certificate root_;
  std::string pem_;
};

}  // namespace shmx::testing

#endif  // SHM_EXPORTER_TESTS_AGENT_TESTING_AUTHORITY_H
