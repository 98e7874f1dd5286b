// web-config.yml: whatever it says, it is refused with a place, or can be served with.
#include "agent/config/web_config.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "tests/agent/testing/certificates.h"
#include "tests/fuzz/judge.h"

namespace {

using shmx::Result;
using shmx::fuzz::demand;
using shmx::testing::Certificate;

/// Files that are as they should be, by what their names begin with; there are no others.
Result<std::string> read_file(const std::string& path) {
  static const auto* const own = new Certificate(Certificate::root());
  const std::string name = path.substr(path.rfind('/') + 1);
  if (name.starts_with("c")) {
    return own->pem();
  }
  if (name.starts_with("k")) {
    return own->key_pem();
  }
  return shmx::Error{"there is no such file"};
}

bool is_printable(const std::string& text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < ' '; });
}

void judge_tls(const shmx::web::TlsSettings& tls) {
  using shmx::web::ClientAuth;
  demand(!tls.certificate.text.empty() && !tls.key.text.empty(), "a certificate and a key");
  demand(tls.min_version <= tls.max_version, "versions that there are");
  const bool verifies = tls.client_auth == ClientAuth::verify_client_cert_if_given ||
                        tls.client_auth == ClientAuth::require_and_verify_client_cert;
  demand(!verifies || !tls.client_authorities.text.empty(), "authorities to verify with");
  demand(tls.client_authorities.text.empty() || tls.client_auth != ClientAuth::no_client_cert,
         "a mode that asks for certificates");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto config = shmx::config::parse_web_config(text, "w.yml", "/d", read_file);
  if (!config) {
    demand(config.error().message.starts_with("w.yml:"), "the place of a mistake");
    demand(is_printable(config.error().message), "a message for terminals");
    return 0;
  }
  const shmx::web::Config& web = config.value();
  if (web.tls) {
    judge_tls(*web.tls);
  }
  for (const auto& [name, hash] : web.users) {
    demand(hash.size() == 60 && hash.starts_with("$2"), "a hash of bcrypt");
    demand(name.find(':') == std::string::npos, "a name that basic authentication can send");
  }
  for (const auto& [name, value] : web.headers) {
    demand(value.find_first_of("\r\n") == std::string::npos, "a header of one line");
  }
  demand(!web.rate_limit || (web.rate_limit->burst > 0 && web.rate_limit->interval.count() > 0),
         "a rate at which somebody is answered");
  return 0;
}
