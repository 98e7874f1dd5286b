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

namespace py = pybind11;

// Types, pointers to them, and the registry are the process's: a second interpreter would share
// them. Null with an ImportError set in another than the main one. Not bound by pybind11, which
// waits for a lock for ever in a sub-interpreter.
PyObject* require_main_interpreter(PyObject* /*module*/, PyObject* /*none*/) noexcept {
  if (PyInterpreterState_Get() == PyInterpreterState_Main()) {
    Py_RETURN_NONE;
  }
  PyErr_SetString(PyExc_ImportError,
                  "shm_exporter does not support sub-interpreters: import it in the main one");
  return nullptr;
}

PyMethodDef g_functions[] = {
    {"require_main_interpreter", require_main_interpreter, METH_NOARGS,
     "Raises ImportError in a sub-interpreter. A module that the main interpreter has loaded is "
     "given to others without being initialised again, so the package asks whenever it is "
     "imported."},
    {}};

void fill(py::module_& module) {
  if (!shmx::python::count_forks()) {
    throw py::import_error("shm_exporter: no memory to take notice of forks");
  }
  if (PyModule_AddFunctions(module.ptr(), g_functions) != 0) {
    throw py::error_already_set();
  }
  shmx::python::add_process(module);
  shmx::python::add_metric_families(module);
  shmx::python::add_metric_series(module);
  shmx::python::add_published(module);
  shmx::python::add_rpc_types(module);
  shmx::python::add_rpc_methods(module);
}

}  // namespace

// What PYBIND11_MODULE does, after asking which interpreter this is.
// NOLINTBEGIN(bugprone-reserved-identifier): the interpreter's name for it
extern "C" PYBIND11_EXPORT PyObject* PyInit__native();
extern "C" PYBIND11_EXPORT PyObject* PyInit__native() {
  // NOLINTEND(bugprone-reserved-identifier)
  PyObject* const none = require_main_interpreter(nullptr, nullptr);
  if (none == nullptr) {
    return nullptr;
  }
  Py_DECREF(none);
  PYBIND11_ENSURE_INTERNALS_READY
  static py::module_::module_def definition;
  try {
    auto module = py::module_::create_extension_module(
        "_native", "Counts into the process's segment, by the C++ shim.", &definition);
    fill(module);
    return module.ptr();
  }
  PYBIND11_CATCH_INIT_EXCEPTIONS
}
