// A request's metadata, as Python's gRPC gives it, for CallRecord.
#ifndef SHM_EXPORTER_SHIM_PYTHON_NATIVE_METADATA_H
#define SHM_EXPORTER_SHIM_PYTHON_NATIVE_METADATA_H

#include <pybind11/pybind11.h>

#include <map>
#include <string_view>

namespace shmx::python {

/// By key, several values of one key in their order. The bytes are those of the Python objects.
using Metadata = std::multimap<std::string_view, std::string_view>;

/// The pairs of an iterable of (str, str or bytes); what is not such a pair is left out, and so is
/// all when it cannot be iterated. `kept` keeps the bytes: the metadata is valid as long as it is.
/// May throw std::bad_alloc; sets no Python error.
Metadata metadata_of(PyObject* pairs, pybind11::object& kept);

}  // namespace shmx::python

#endif  // SHM_EXPORTER_SHIM_PYTHON_NATIVE_METADATA_H
