#include "shim/python/native/process.h"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "shim/python/native/options.h"
#include "shm/registry.h"

namespace shmx::python {

namespace py = pybind11;

namespace {

// In the order of layout::Loss.
constexpr std::array<std::string_view, 10> kLossNames = {
    "observations_dropped",    "registrations_dropped", "overflow_series", "values_refused",
    "values_saturated",        "shards_shared",         "attach_failures", "growth_failures",
    "label_values_overflowed", "certificates_left_out"};

py::dict losses_by_name() {
  const auto counts = losses();
  py::dict named;
  for (std::size_t i = 0; i < kLossNames.size(); ++i) {
    named[py::str(kLossNames[i].data(), kLossNames[i].size())] = counts[i];
  }
  return named;
}

bool configure_by_keywords(const py::kwargs& given) {
  Keywords keywords(given, "configure()");
  const ProcessOptions options = take_process_options(keywords);
  keywords.done();
  return configure(options);
}

}  // namespace

void add_process(py::module_& module) {
  module.def("configure", configure_by_keywords,
             "Sets the process's options; False when one holds already with another value.");
  module.def("losses", losses_by_name, "What this process has lost so far, by cause.");
  module.def(
      "count_failure", [] { count_loss(layout::Loss::observations_dropped); },
      "Counts a count that was lost, as the cause observations_dropped.");
  module.def("publish", publish, "Creates the segment now if there is none.");
  module.def("republish_certificates", republish_certificates,
             "Reads certificate_chain_file again, after the server has replaced its certificate.");
  module.def("segment_path", segment_path, "The segment's path, empty when there is none.");
}

}  // namespace shmx::python
