// Series of a registry that others keep, for the bridge: classes PublishedCounter, PublishedGauge
// and PublishedHistogram of the module, which are those of shim/published_series.h.
#ifndef SHM_EXPORTER_SHIM_PYTHON_NATIVE_PUBLISHED_H
#define SHM_EXPORTER_SHIM_PYTHON_NATIVE_PUBLISHED_H

#include <pybind11/pybind11.h>

namespace shmx::python {

/// Adds the classes. Throws pybind11::error_already_set.
void add_published(pybind11::module_& module);

}  // namespace shmx::python

#endif  // SHM_EXPORTER_SHIM_PYTHON_NATIVE_PUBLISHED_H
