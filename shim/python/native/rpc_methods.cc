#include "shim/python/native/rpc_methods.h"

#include <string>
#include <utility>
#include <vector>

#include "shim/configure_process.h"
#include "shim/method_table.h"
#include "shim/python/native/options.h"
#include "shim/python/native/rpc_types.h"
#include "shim/rpc_plan.h"
#include "shim/zero_initialize.h"
#include "shm/registry.h"

namespace shmx::python {

namespace py = pybind11;

namespace {

RpcType rpc_type(int type) {
  if (type < 0 || type >= static_cast<int>(kRpcTypes)) {
    throw py::value_error("type is 0 unary, 1 client_stream, 2 server_stream or 3 bidi_stream");
  }
  return static_cast<RpcType>(type);
}

// `Options` is ServerOptions or ClientOptions.
template <typename Options>
class Methods {
 public:
  explicit Methods(Options options)
      : options_(std::move(options)),
        table_(RpcMetrics::of(plan_of(options_)), kNames, options_.method_filter) {}

  // The method to count under, null when it shall not be counted. Python's interceptors ask what
  // serves a call before they ask for its method, so they know what a peer has made up.
  RpcMethod* find(const std::string& full_method, RpcType type, bool known) {
    if constexpr (kNames == MethodTable::Names::registered) {
      if (!known) {
        return table_.find_unknown(full_method, type);
      }
      learn(full_method, type);
    }
    return table_.find(full_method.c_str(), type);
  }

  void zero_initialize(const std::vector<std::pair<std::string, int>>& methods) {
    std::vector<RpcMethod*> counted;
    for (const auto& [full_method, type] : methods) {
      RpcMethod* const method = find(full_method, rpc_type(type), true);
      if (method != nullptr) {
        counted.push_back(method);
      }
    }
    shmx::zero_initialize(counted, options_);
  }

 private:
  static constexpr MethodTable::Names kNames = std::is_same_v<Options, ServerOptions>
                                                   ? MethodTable::Names::registered
                                                   : MethodTable::Names::any;

  void learn(const std::string& full_method, RpcType type) noexcept {
    try {
      table_.add(full_method, type);
    } catch (...) {
      count_loss(layout::Loss::registrations_dropped);
    }
  }

  const Options options_;
  MethodTable table_;
};

template <typename Options>
void add_class(py::module_& module, const char* name, const char* doc, Options (*take)(Keywords&)) {
  using Class = Methods<Options>;
  py::class_<Class>(module, name, doc)
      .def(py::init([take, name](const py::kwargs& given) {
        Keywords keywords(given, name);
        Options options = take(keywords);
        keywords.done();
        configure_process(options.process);
        return std::make_unique<Class>(std::move(options));
      }))
      .def(
          "find",
          [](Class& self, const std::string& full_method, int type, bool known) {
            return make_method(self.find(full_method, rpc_type(type), known));
          },
          py::arg("full_method"), py::arg("type"), py::arg("known") = true,
          "The method to count a call under; None when the filter refuses it. `known` is false for "
          "what the server does not implement.")
      .def("zero_initialize", &Class::zero_initialize, py::arg("methods"),
           "Shows these methods, (full_method, type) each, with 0 before their first call.");
}

}  // namespace

void add_rpc_methods(py::module_& module) {
  add_class<ServerOptions>(module, "ServerMethods", "The methods of a server's interceptor.",
                           take_server_options);
  add_class<ClientOptions>(module, "ClientMethods", "The methods of a client's interceptor.",
                           take_client_options);
}

}  // namespace shmx::python
