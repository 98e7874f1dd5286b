// The options of shim/options.h and shm/registry.h from keyword arguments of the same names. Errors
// are pybind11::type_error and pybind11::value_error, and say which argument is meant.
#ifndef SHM_EXPORTER_SHIM_PYTHON_NATIVE_OPTIONS_H
#define SHM_EXPORTER_SHIM_PYTHON_NATIVE_OPTIONS_H

#include "shim/options.h"
#include "shim/python/native/keywords.h"

namespace shmx::python {

ProcessOptions take_process_options(Keywords& keywords);
ServerOptions take_server_options(Keywords& keywords);
ClientOptions take_client_options(Keywords& keywords);

/// "classic", "native" or "both".
void take_bucket_kind(Keywords& keywords, const char* name, BucketKind& kind);

/// A mapping with schema, max_buckets, smallest, largest; each may be left out.
void take_native(Keywords& keywords, const char* name, NativeOptions& native);

}  // namespace shmx::python

#endif  // SHM_EXPORTER_SHIM_PYTHON_NATIVE_OPTIONS_H
