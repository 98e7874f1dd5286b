#include "shim/python/native/plain_type.h"

#include <climits>

namespace shmx::python {

PyTypeObject* add_plain_type(pybind11::module_& module, PyType_Spec& spec) {
  PyObject* const type = PyType_FromModuleAndSpec(module.ptr(), &spec, nullptr);
  if (type == nullptr ||
      PyModule_AddType(module.ptr(), reinterpret_cast<PyTypeObject*>(type)) != 0) {
    throw pybind11::error_already_set();
  }
  return reinterpret_cast<PyTypeObject*>(type);
}

bool integer_of(PyObject* number, long long& value) noexcept {
  int overflow = 0;
  value = PyLong_AsLongLongAndOverflow(number, &overflow);
  if (overflow != 0) {
    value = overflow > 0 ? LLONG_MAX : LLONG_MIN;
  }
  return value != -1 || PyErr_Occurred() == nullptr;
}

bool optional_argument(const char* method, const char* name, PyObject* const* arguments,
                       Py_ssize_t positional, PyObject* keywords, PyObject*& argument) noexcept {
  argument = nullptr;
  const Py_ssize_t by_name = keywords == nullptr ? 0 : PyTuple_GET_SIZE(keywords);
  if (positional + by_name == 0) {
    return true;
  }
  if (positional + by_name != 1 ||
      (by_name == 1 &&
       PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(keywords, 0), name) != 0)) {
    PyErr_Format(PyExc_TypeError, "%s() takes at most one argument, %s", method, name);
    return false;
  }
  argument = arguments[0] == Py_None ? nullptr : arguments[0];
  return true;
}

}  // namespace shmx::python
