// Python's strings and labels as C++ has them.
#ifndef SHM_EXPORTER_SHIM_PYTHON_NATIVE_LABELS_H
#define SHM_EXPORTER_SHIM_PYTHON_NATIVE_LABELS_H

#include <pybind11/pybind11.h>

#include <string>

#include "shm/descriptor.h"

namespace shmx::python {

/// A str's bytes; what is no UTF-8 (surrogates) becomes '?'. Throws pybind11::type_error if it is
/// none.
std::string text_of(const pybind11::handle& text);

/// A mapping of names to values, both str. Throws pybind11::type_error.
Labels labels_of(const pybind11::dict& labels);

/// Why a label may not have this name; empty when it may.
std::string label_name_problem(const std::string& name);

}  // namespace shmx::python

#endif  // SHM_EXPORTER_SHIM_PYTHON_NATIVE_LABELS_H
