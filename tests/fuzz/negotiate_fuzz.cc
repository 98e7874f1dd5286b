// Accept headers: whatever comes in, the answer's Content-Type is one of those that there are.
#include <cstdint>
#include <string>

#include "agent/render/format.h"
#include "tests/fuzz/judge.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using shmx::fuzz::demand;
  using shmx::render::Negotiated;
  const Negotiated negotiated =
      shmx::render::negotiate({reinterpret_cast<const char*>(data), size});
  const std::string& escaping = negotiated.escaping;
  demand(escaping.empty() || escaping == "allow-utf-8" || escaping == "underscores" ||
             escaping == "dots" || escaping == "values",
         "the answer names a scheme that is none");
  const std::string type = content_type(negotiated);
  demand(type.starts_with("text/plain; version=0.0.4; charset=utf-8") ||
             type.starts_with("application/openmetrics-text; version=") ||
             type.starts_with("application/vnd.google.protobuf; proto="),
         "the answer's type is none of those that there are");
  return 0;
}
