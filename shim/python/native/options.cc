#include "shim/python/native/options.h"

#include <array>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shim/python/native/labels.h"
#include "shim/python/native/words.h"

namespace shmx::python {

namespace py = pybind11;

namespace {

constexpr Words<Mode, 4> kModes = {{{"go", Mode::go},
                                    {"python", Mode::python},
                                    {"python_legacy", Mode::python_legacy},
                                    {"java", Mode::java}}};
constexpr Words<BucketKind, 3> kBucketKinds = {
    {{"classic", BucketKind::classic}, {"native", BucketKind::native}, {"both", BucketKind::both}}};

template <typename Value, std::size_t count>
void take_word(Keywords& keywords, const char* name, const Words<Value, count>& words,
               Value& field) {
  std::optional<std::string> given;
  keywords.take(name, given);
  if (!given) {
    return;
  }
  field = meaning_of(*given, words, [&] { return keywords.refusal(name, py::str(*given)); });
}

// A callable of the application's, as long as it is needed: its end needs the interpreter's lock,
// which every thread that gets here has, but for the one that ends the process.
py::object callable(Keywords& keywords, const char* name) {
  py::object given = keywords.value(name);
  if (given && PyCallable_Check(given.ptr()) == 0) {
    throw py::type_error(keywords.refusal(name, given) + ", but what can be called");
  }
  return given;
}

void take_filter(Keywords& keywords, std::function<bool(std::string_view)>& filter) {
  const py::object given = callable(keywords, "method_filter");
  if (given) {
    filter = [given](std::string_view full_method) {
      return py::bool_(given(py::str(full_method.data(), full_method.size()))).cast<bool>();
    };
  }
}

// The registry keeps it for ever, beyond the interpreter's end: it is never released.
void take_on_problem(Keywords& keywords, std::function<void(std::string_view)>& on_problem) {
  const py::object given = callable(keywords, "on_problem");
  if (given) {
    on_problem = [kept = given.inc_ref().ptr()](std::string_view problem) {
      if (Py_IsInitialized() == 0) {
        return;
      }
      const py::gil_scoped_acquire lock;
      const py::handle to(kept);
      to(py::str(problem.data(), problem.size()));
    };
  }
}

void take_metadata_labels(Keywords& keywords, std::vector<MetadataLabel>& labels) {
  std::vector<py::dict> given;
  keywords.take("metadata_labels", given);
  for (const py::dict& one : given) {
    Keywords fields(one, "a metadata label");
    MetadataLabel label;
    fields.take("key", label.key);
    fields.take("label", label.label);
    fields.take("max_value_bytes", label.max_value_bytes);
    fields.take("max_values", label.max_values);
    fields.done();
    labels.push_back(std::move(label));
  }
}

void take_rpc_options(Keywords& keywords, RpcOptions& options) {
  options.process = take_process_options(keywords);
  options.mode = Mode::python;
  take_word(keywords, "mode", kModes, options.mode);
  keywords.take("in_flight", options.in_flight);
  keywords.take("message_bytes_histograms", options.message_bytes_histograms);
  keywords.take("code_on_handling_histogram", options.code_on_handling_histogram);
  keywords.take("exemplars", options.exemplars);
  keywords.take("handling_buckets", options.handling_buckets);
  keywords.take("message_bytes_buckets", options.message_bytes_buckets);
  take_bucket_kind(keywords, "handling_bucket_kind", options.handling_bucket_kind);
  take_bucket_kind(keywords, "message_bytes_bucket_kind", options.message_bytes_bucket_kind);
  take_native(keywords, "native_seconds", options.native_seconds);
  take_native(keywords, "native_bytes", options.native_bytes);
  py::dict constant_labels;
  keywords.take("constant_labels", constant_labels);
  options.constant_labels = labels_of(constant_labels);
  take_metadata_labels(keywords, options.metadata_labels);
  take_filter(keywords, options.method_filter);
  std::vector<int> codes;
  keywords.take("zero_initialize_codes", codes);
  for (const int code : codes) {
    options.zero_initialize_codes.push_back(static_cast<grpc::StatusCode>(code));
  }
}

}  // namespace

void take_bucket_kind(Keywords& keywords, const char* name, BucketKind& kind) {
  take_word(keywords, name, kBucketKinds, kind);
}

void take_native(Keywords& keywords, const char* name, NativeOptions& native) {
  py::dict given;
  keywords.take(name, given);
  Keywords fields(given, name);
  fields.take("schema", native.schema);
  fields.take("max_buckets", native.max_buckets);
  fields.take("smallest", native.smallest);
  fields.take("largest", native.largest);
  fields.done();
}

ProcessOptions take_process_options(Keywords& keywords) {
  ProcessOptions options;
  keywords.take("service", options.service);
  keywords.take("directory", options.directory);
  keywords.take("max_series", options.max_series);
  keywords.take("max_segment_bytes", options.max_segment_bytes);
  keywords.take("certificate_chain_file", options.certificate_chain_file);
  keywords.take("fallback_service", options.fallback_service);
  take_on_problem(keywords, options.on_problem);
  return options;
}

ServerOptions take_server_options(Keywords& keywords) {
  ServerOptions options;
  take_rpc_options(keywords, options);
  keywords.take("handling_time_histogram", options.handling_time_histogram);
  return options;
}

ClientOptions take_client_options(Keywords& keywords) {
  ClientOptions options;
  take_rpc_options(keywords, options);
  keywords.take("client_handling_time_histogram", options.client_handling_time_histogram);
  keywords.take("client_stream_receive_time_histogram",
                options.client_stream_receive_time_histogram);
  keywords.take("client_stream_send_time_histogram", options.client_stream_send_time_histogram);
  keywords.take("receive_buckets", options.receive_buckets);
  keywords.take("send_buckets", options.send_buckets);
  take_bucket_kind(keywords, "receive_bucket_kind", options.receive_bucket_kind);
  take_bucket_kind(keywords, "send_bucket_kind", options.send_bucket_kind);
  return options;
}

}  // namespace shmx::python
