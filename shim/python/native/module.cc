// The module shm_exporter._native. Every function runs with the interpreter's lock held from its
// beginning to its end: os.fork() needs that lock too, so no Python fork happens in the middle of
// one.
#include <pybind11/pybind11.h>

#include "shim/python/native/fork_count.h"
#include "shim/python/native/metric_families.h"
#include "shim/python/native/metric_series.h"
#include "shim/python/native/process.h"
#include "shim/python/native/published.h"
#include "shim/python/native/rpc_methods.h"
#include "shim/python/native/rpc_types.h"

namespace {

// Types, pointers to them, and the registry are the process's: a second interpreter would share
// them. A module that the main interpreter has loaded is given to others without being initialised
// again, so the package asks whenever it is imported.
void require_main_interpreter() {
  if (PyInterpreterState_Get() != PyInterpreterState_Main()) {
    PyErr_SetString(PyExc_ImportError,
                    "shm_exporter does not support sub-interpreters: import it in the main one");
    throw pybind11::error_already_set();
  }
}

}  // namespace

PYBIND11_MODULE(_native, module) {
  require_main_interpreter();
  if (!shmx::python::count_forks()) {
    PyErr_SetString(PyExc_ImportError, "shm_exporter: no memory to take notice of forks");
    throw pybind11::error_already_set();
  }
  module.doc() = "Counts into the process's segment, by the C++ shim.";
  module.def("require_main_interpreter", require_main_interpreter,
             "Raises ImportError in a sub-interpreter.");
  shmx::python::add_process(module);
  shmx::python::add_metric_families(module);
  shmx::python::add_metric_series(module);
  shmx::python::add_published(module);
  shmx::python::add_rpc_types(module);
  shmx::python::add_rpc_methods(module);
}
