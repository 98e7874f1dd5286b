#include "shim/python/native/labels.h"

#include <cstddef>

#include "shm/reserved_names.h"

namespace shmx::python {

namespace py = pybind11;

std::string text_of(const py::handle& text) {
  if (!text || !PyUnicode_Check(text.ptr())) {
    throw py::type_error("a str was expected, not " +
                         std::string(py::repr(text ? text : py::none())));
  }
  Py_ssize_t size = 0;
  if (const char* const bytes = PyUnicode_AsUTF8AndSize(text.ptr(), &size)) {
    return {bytes, static_cast<std::size_t>(size)};
  }
  PyErr_Clear();
  const auto bytes =
      py::reinterpret_steal<py::bytes>(PyUnicode_AsEncodedString(text.ptr(), "utf-8", "replace"));
  if (!bytes) {
    throw py::error_already_set();
  }
  return bytes;
}

Labels labels_of(const py::dict& labels) {
  Labels pairs;
  for (const auto& [name, value] : labels) {
    pairs.push_back({text_of(name), text_of(value)});
  }
  return pairs;
}

std::string label_name_problem(const std::string& name) {
  if (!is_label_name(name)) {
    return "is no label name: letters, digits and '_', not beginning with a digit";
  }
  if (is_reserved_label(name) || name == kOverflowLabel) {
    return "is reserved for Prometheus and the agent";
  }
  return {};
}

}  // namespace shmx::python
