#include "shim/python/native/keywords.h"

#include <utility>

namespace shmx::python {

namespace py = pybind11;

Keywords::Keywords(py::dict given, std::string of)
    : left_(py::reinterpret_steal<py::dict>(PyDict_Copy(given.ptr()))), of_(std::move(of)) {
  if (!left_) {
    throw py::error_already_set();
  }
}

py::object Keywords::value(const char* name) {
  if (!left_.contains(name)) {
    return {};
  }
  py::object found = left_.attr("pop")(name);
  return found.is_none() ? py::object() : found;
}

void Keywords::done() const {
  for (const auto& [name, value] : left_) {
    throw py::type_error(of_ + " has no " + std::string(py::repr(name)));
  }
}

std::string Keywords::refusal(const char* name, const py::handle& given) const {
  return std::string(name) + " of " + of_ + " cannot be " + std::string(py::repr(given));
}

}  // namespace shmx::python
