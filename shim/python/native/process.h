// What holds for the whole process: its options, its losses, its segment.
#ifndef SHM_EXPORTER_SHIM_PYTHON_NATIVE_PROCESS_H
#define SHM_EXPORTER_SHIM_PYTHON_NATIVE_PROCESS_H

#include <pybind11/pybind11.h>

namespace shmx::python {

/// Adds the functions. Throws pybind11::error_already_set.
void add_process(pybind11::module_& module);

}  // namespace shmx::python

#endif  // SHM_EXPORTER_SHIM_PYTHON_NATIVE_PROCESS_H
