// Python types whose methods the interpreter calls without anything in between: pybind11's dispatch
// costs some 150 ns per call, and what is counted here takes a few. For what is called per count
// and per RPC; everything else is bound by pybind11.
#ifndef SHM_EXPORTER_SHIM_PYTHON_NATIVE_PLAIN_TYPE_H
#define SHM_EXPORTER_SHIM_PYTHON_NATIVE_PLAIN_TYPE_H

#include <pybind11/pybind11.h>

#include <span>

namespace shmx::python {

/// Makes a type and adds it to the module; the type lives as long as the process, as the module
/// does. Throws pybind11::error_already_set.
PyTypeObject* add_plain_type(pybind11::module_& module, PyType_Spec& spec);

/// A method's C function, whatever its calling convention, as PyMethodDef wants it.
template <typename Function>
PyCFunction as_method(Function* function) noexcept {
  return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function));
}

/// What a slot of a type holds.
template <typename Function>
void* as_slot(Function* function) noexcept {
  return reinterpret_cast<void*>(function);
}

/// A number as an int, for those who count with it: what is too large is the largest, or the
/// smallest. False with a TypeError set where it is none.
bool integer_of(PyObject* number, long long& value) noexcept;

/// The arguments of a call by METH_FASTCALL | METH_KEYWORDS.
struct Arguments {
  PyObject* const* values;
  Py_ssize_t positional;
  PyObject* keywords;
};

/// Finds the optional arguments of these names, by position or by keyword: null where one is not
/// given, or None. False with a TypeError set when there are others.
bool find_arguments(const char* method, const Arguments& given, std::span<const char* const> names,
                    std::span<PyObject*> found) noexcept;

}  // namespace shmx::python

#endif  // SHM_EXPORTER_SHIM_PYTHON_NATIVE_PLAIN_TYPE_H
