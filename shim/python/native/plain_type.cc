#include "shim/python/native/plain_type.h"

#include <climits>
#include <cstddef>

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

namespace {

// How-many-th of the names a keyword is; as many as there are when it is none of them.
std::size_t place_of(PyObject* keyword, std::span<const char* const> names) noexcept {
  std::size_t place = 0;
  while (place < names.size() && PyUnicode_CompareWithASCIIString(keyword, names[place]) != 0) {
    ++place;
  }
  return place;
}

}  // namespace

bool find_arguments(const char* method, const Arguments& given, std::span<const char* const> names,
                    std::span<PyObject*> found) noexcept {
  for (PyObject*& argument : found) {
    argument = nullptr;
  }
  const auto positional = static_cast<std::size_t>(given.positional);
  const Py_ssize_t by_name = given.keywords == nullptr ? 0 : PyTuple_GET_SIZE(given.keywords);
  if (positional > names.size()) {
    PyErr_Format(PyExc_TypeError, "%s() takes at most %zu arguments", method, names.size());
    return false;
  }
  for (std::size_t i = 0; i < positional; ++i) {
    found[i] = given.values[i];
  }
  for (Py_ssize_t i = 0; i < by_name; ++i) {
    PyObject* const keyword = PyTuple_GET_ITEM(given.keywords, i);
    const std::size_t place = place_of(keyword, names);
    if (place == names.size() || found[place] != nullptr) {
      PyErr_Format(PyExc_TypeError, "%s() has no argument %R, or was given it twice", method,
                   keyword);
      return false;
    }
    found[place] = given.values[positional + static_cast<std::size_t>(i)];
  }
  for (PyObject*& argument : found) {
    argument = argument == Py_None ? nullptr : argument;
  }
  return true;
}

}  // namespace shmx::python
