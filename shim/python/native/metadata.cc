#include "shim/python/native/metadata.h"

#include <optional>

namespace shmx::python {
namespace {

std::optional<std::string_view> text_of(PyObject* object) noexcept {
  Py_ssize_t size = 0;
  if (PyUnicode_Check(object)) {
    const char* const text = PyUnicode_AsUTF8AndSize(object, &size);
    if (text == nullptr) {
      PyErr_Clear();  // Surrogates, which are no UTF-8.
      return std::nullopt;
    }
    return std::string_view(text, static_cast<std::size_t>(size));
  }
  if (PyBytes_Check(object)) {
    return std::string_view(PyBytes_AS_STRING(object),
                            static_cast<std::size_t>(PyBytes_GET_SIZE(object)));
  }
  return std::nullopt;
}

}  // namespace

Metadata metadata_of(PyObject* pairs, pybind11::object& kept) {
  Metadata metadata;
  kept = pybind11::reinterpret_steal<pybind11::object>(PySequence_Fast(pairs, "no pairs"));
  if (!kept) {
    PyErr_Clear();
    return metadata;
  }
  const Py_ssize_t count = PySequence_Fast_GET_SIZE(kept.ptr());
  for (Py_ssize_t i = 0; i < count; ++i) {
    PyObject* const pair = PySequence_Fast_GET_ITEM(kept.ptr(), i);
    if (!PyTuple_Check(pair) || PyTuple_GET_SIZE(pair) < 2) {
      continue;
    }
    const auto key = text_of(PyTuple_GET_ITEM(pair, 0));
    const auto value = text_of(PyTuple_GET_ITEM(pair, 1));
    if (key && value) {
      metadata.emplace(*key, *value);
    }
  }
  return metadata;
}

}  // namespace shmx::python
