// The series of custom metrics, which Python counts in: types CounterSeries, GaugeSeries and
// HistogramSeries of the module, for the package's classes to derive from.
#ifndef SHM_EXPORTER_SHIM_PYTHON_NATIVE_METRIC_SERIES_H
#define SHM_EXPORTER_SHIM_PYTHON_NATIVE_METRIC_SERIES_H

#include <pybind11/pybind11.h>

namespace shmx::python {

/// Adds the types; add_metric_families() comes first. Throws pybind11::error_already_set.
void add_metric_series(pybind11::module_& module);

}  // namespace shmx::python

#endif  // SHM_EXPORTER_SHIM_PYTHON_NATIVE_METRIC_SERIES_H
