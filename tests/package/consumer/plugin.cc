// A library that holds the shim; plugin_count() is all that it offers to others.
#include <shim/client_interceptor.h>
#include <shim/metrics.h>

extern "C" int plugin_count(int n) {
  shmx::counter("plugged_total", "Counted in a library.").labels().add(static_cast<unsigned>(n));
  const shmx::Gauge gauge = shmx::gauge("level", "").labels();
  gauge.set(1);
  gauge.add(1);
  shmx::in_flight("busy", "").labels().add(1);
  const shmx::Histogram histogram = shmx::histogram("size", "").labels();
  histogram.observe(1);
  histogram.observe_ticks(1);
  return shmx::client_interceptor_factory() == nullptr ? 1 : 0;
}
