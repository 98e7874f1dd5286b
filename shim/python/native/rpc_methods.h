// The classes ServerMethods and ClientMethods of the module: the methods of one interceptor.
#ifndef SHM_EXPORTER_SHIM_PYTHON_NATIVE_RPC_METHODS_H
#define SHM_EXPORTER_SHIM_PYTHON_NATIVE_RPC_METHODS_H

#include <pybind11/pybind11.h>

namespace shmx::python {

/// Adds both classes; add_rpc_types() comes first. Throws pybind11::error_already_set.
void add_rpc_methods(pybind11::module_& module);

}  // namespace shmx::python

#endif  // SHM_EXPORTER_SHIM_PYTHON_NATIVE_RPC_METHODS_H
