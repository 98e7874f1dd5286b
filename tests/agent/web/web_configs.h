// Web configurations for tests.
#ifndef SHM_EXPORTER_TESTS_AGENT_WEB_WEB_CONFIGS_H
#define SHM_EXPORTER_TESTS_AGENT_WEB_WEB_CONFIGS_H

#include "agent/web/config.h"
#include "tests/agent/testing/authority.h"

namespace shmx::web {

inline TlsSettings tls_of(const testing::KeyPair& pair) {
  TlsSettings tls;
  tls.certificate.text = pair.certificate;
  tls.key.text = pair.key;
  return tls;
}

inline Config config_of(const testing::KeyPair& pair) {
  Config config;
  config.tls = tls_of(pair);
  return config;
}

}  // namespace shmx::web

#endif  // SHM_EXPORTER_TESTS_AGENT_WEB_WEB_CONFIGS_H
