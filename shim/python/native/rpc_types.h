// The types Method and Call of the module: a method that is counted, and one RPC of it.
#ifndef SHM_EXPORTER_SHIM_PYTHON_NATIVE_RPC_TYPES_H
#define SHM_EXPORTER_SHIM_PYTHON_NATIVE_RPC_TYPES_H

#include <pybind11/pybind11.h>

#include "shim/rpc_metrics.h"

namespace shmx::python {

/// Adds both types. Throws pybind11::error_already_set.
void add_rpc_types(pybind11::module_& module);

/// A Method; None for null.
pybind11::object make_method(RpcMethod* method);

}  // namespace shmx::python

#endif  // SHM_EXPORTER_SHIM_PYTHON_NATIVE_RPC_TYPES_H
