// The families of custom metrics as Python declares them: classes CounterFamily, GaugeFamily and
// HistogramFamily of the module.
#ifndef SHM_EXPORTER_SHIM_PYTHON_NATIVE_METRIC_FAMILIES_H
#define SHM_EXPORTER_SHIM_PYTHON_NATIVE_METRIC_FAMILIES_H

#include <pybind11/pybind11.h>

#include <string>
#include <variant>

#include "shim/metrics.h"

namespace shmx::python {

/// Gauges of mode in_flight are of another kind in C++, because their cells are integers.
struct DeclaredGaugeFamily {
  std::variant<GaugeFamily, InFlightFamily> family;
};

/// Adds the classes. Throws pybind11::error_already_set.
void add_metric_families(pybind11::module_& module);

/// "sum", "min", "max", "mostrecent", "all" or "in_flight". Throws pybind11::value_error.
GaugeMode gauge_mode_of(const std::string& word);

}  // namespace shmx::python

#endif  // SHM_EXPORTER_SHIM_PYTHON_NATIVE_METRIC_FAMILIES_H
