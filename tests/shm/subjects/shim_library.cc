// A shared library that holds a copy of the shim of its own, loaded and unloaded by
// subjects/library_host.cc. Built twice, so that two copies can live in one process.
#include <string>

#include "shim/metrics.h"

namespace {

const shmx::Counter& hits() {
  static const shmx::Counter counter = shmx::counter("hits_total", "Hits.").labels();
  return counter;
}

}  // namespace

extern "C" [[gnu::visibility("default")]] void library_start(const char* service) {
  shmx::ProcessOptions options;
  options.service = service;
  shmx::configure(options);
}

extern "C" [[gnu::visibility("default")]] void library_count(unsigned n) {
  for (unsigned i = 0; i < n; ++i) {
    hits().add();
  }
}

extern "C" [[gnu::visibility("default")]] void library_register(unsigned from, unsigned to) {
  const auto wide = shmx::counter("wide_total", "Many.");
  for (unsigned i = from; i < to; ++i) {
    wide.labels({{"n", std::to_string(i)}}).add();
  }
}
