// Both types over shim/call_record.h: the rules of the canon are there, and here only what Python
// calls them by. Nothing but a TypeError gets out.
#include "shim/python/native/rpc_types.h"

#include <algorithm>
#include <array>
#include <climits>
#include <cstdint>
#include <memory>
#include <new>

#include "shim/call_record.h"
#include "shim/python/native/fork_count.h"
#include "shim/python/native/metadata.h"
#include "shim/python/native/plain_type.h"
#include "shm/registry.h"

namespace shmx::python {
namespace {

PyTypeObject* g_method_type = nullptr;
PyTypeObject* g_call_type = nullptr;

// The process's methods live as long as it does, so nothing is owned here.
struct MethodObject {
  PyObject_HEAD RpcMethod* method;
};

struct CallObject {
  PyObject_HEAD int unfinished_code;
  std::uint32_t fork_count;  // of the process that began the call
  alignas(CallRecord) std::byte record[sizeof(CallRecord)];
};
static_assert(alignof(CallRecord) <= alignof(std::max_align_t));

CallObject* call_of(PyObject* self) noexcept {
  return reinterpret_cast<CallObject*>(self);
}

CallRecord& record_of(PyObject* self) noexcept {
  return *std::launder(reinterpret_cast<CallRecord*>(call_of(self)->record));
}

// The record of a call that may still count: one that began (memory may have been short), in this
// process. A forked child has its parent's call objects, whose ends are the parent's to count.
CallRecord* counting(PyObject* self) noexcept {
  CallRecord& record = record_of(self);
  return record.started() && call_of(self)->fork_count == g_fork_count ? &record : nullptr;
}

const RpcPlan& plan_of(PyObject* method) noexcept {
  return reinterpret_cast<MethodObject*>(method)->method->metrics().plan();
}

RpcType type_of(PyObject* method) noexcept {
  return reinterpret_cast<MethodObject*>(method)->method->type();
}

void begin(CallRecord& record, PyObject* metadata) noexcept {
  try {
    pybind11::object kept;
    Metadata pairs;
    record.start([&]() -> const Metadata* {
      if (metadata == Py_None) {
        return nullptr;
      }
      pairs = metadata_of(metadata, kept);
      return &pairs;
    });
  } catch (...) {
    count_loss(layout::Loss::observations_dropped);
  }
}

PyObject* method_start(PyObject* self, PyObject* metadata) noexcept {
  RpcMethod& method = *reinterpret_cast<MethodObject*>(self)->method;
  auto* const call = PyObject_New(CallObject, g_call_type);
  if (call == nullptr) {
    return nullptr;
  }
  call->unfinished_code = method.metrics().plan().side == Side::server
                              ? grpc::StatusCode::UNKNOWN
                              : grpc::StatusCode::CANCELLED;
  call->fork_count = g_fork_count;
  begin(*new (call->record) CallRecord(method), metadata);
  return reinterpret_cast<PyObject*>(call);
}

PyObject* method_looks_at_metadata(PyObject* self, void* /*closure*/) noexcept {
  return PyBool_FromLong(
      reinterpret_cast<MethodObject*>(self)->method->metrics().looks_at_metadata() ? 1 : 0);
}

PyObject* method_measures_sent(PyObject* self, void* /*closure*/) noexcept {
  return PyBool_FromLong(plan_of(self).sent_bytes ? 1 : 0);
}

PyObject* method_times_sending(PyObject* self, void* /*closure*/) noexcept {
  return PyBool_FromLong(times_sending(plan_of(self), type_of(self)) ? 1 : 0);
}

PyObject* method_times_receiving(PyObject* self, void* /*closure*/) noexcept {
  return PyBool_FromLong(times_receiving(plan_of(self), type_of(self)) ? 1 : 0);
}

PyObject* call_message_received(PyObject* self, PyObject* /*none*/) noexcept {
  if (CallRecord* const record = counting(self)) {
    record->message_received();
  }
  Py_RETURN_NONE;
}

PyObject* call_message_sent(PyObject* self, PyObject* const* arguments, Py_ssize_t positional,
                            PyObject* keywords) noexcept {
  static constexpr std::array kNames = {"size"};
  std::array<PyObject*, 1> given;
  long long size = -1;
  if (!find_arguments("message_sent", {arguments, positional, keywords}, kNames, given) ||
      (given[0] != nullptr && !integer_of(given[0], size))) {
    return nullptr;
  }
  if (CallRecord* const record = counting(self)) {
    record->message_sent([size] { return std::int64_t{size}; });
  }
  Py_RETURN_NONE;
}

PyObject* call_sending_done(PyObject* self, PyObject* /*none*/) noexcept {
  if (CallRecord* const record = counting(self)) {
    record->sending_done();
  }
  Py_RETURN_NONE;
}

PyObject* call_finish(PyObject* self, PyObject* code) noexcept {
  long long number = 0;
  if (!integer_of(code, number)) {
    return nullptr;
  }
  CallRecord* const record = counting(self);
  const auto known = static_cast<int>(std::clamp<long long>(number, INT_MIN, INT_MAX));
  return PyBool_FromLong(record != nullptr && record->finish(known) ? 1 : 0);
}

PyObject* call_finished(PyObject* self, void* /*closure*/) noexcept {
  return PyBool_FromLong(record_of(self).finished() ? 1 : 0);
}

PyObject* call_unfinished_code(PyObject* self, void* /*closure*/) noexcept {
  return PyLong_FromLong(call_of(self)->unfinished_code);
}

int set_unfinished_code(PyObject* self, PyObject* code, void* /*closure*/) noexcept {
  long long number = 0;
  if (code == nullptr) {
    PyErr_SetString(PyExc_TypeError, "unfinished_code cannot be deleted");
    return -1;
  }
  if (!integer_of(code, number)) {
    return -1;
  }
  call_of(self)->unfinished_code =
      static_cast<int>(std::clamp<long long>(number, INT_MIN, INT_MAX));
  return 0;
}

void dealloc_call(PyObject* self) noexcept {
  CallRecord* const record = counting(self);
  if (record != nullptr && !record->finished()) {
    record->finish(call_of(self)->unfinished_code);
  }
  std::destroy_at(&record_of(self));
  PyTypeObject* const type = Py_TYPE(self);
  PyObject_Free(self);
  Py_DECREF(type);
}

void dealloc_method(PyObject* self) noexcept {
  PyTypeObject* const type = Py_TYPE(self);
  PyObject_Free(self);
  Py_DECREF(type);
}

PyMethodDef g_method_methods[] = {
    {"start", as_method(method_start), METH_O,
     "start(metadata, /): counts a call as started; `metadata` is the request's, or None."},
    {}};

PyGetSetDef g_method_attributes[] = {
    {"looks_at_metadata", method_looks_at_metadata, nullptr,
     "Whether start() wants the request's metadata.", nullptr},
    {"measures_sent", method_measures_sent, nullptr, "Whether message_sent() wants the size.",
     nullptr},
    {"times_sending", method_times_sending, nullptr, "Whether sending_done() is of any use.",
     nullptr},
    {"times_receiving", method_times_receiving, nullptr,
     "Whether the time between received messages is observed.", nullptr},
    {}};

PyMethodDef g_call_methods[] = {
    {"message_received", as_method(call_message_received), METH_NOARGS,
     "message_received(): a message has come (not the end of the stream)."},
    {"message_sent", as_method(call_message_sent), METH_FASTCALL | METH_KEYWORDS,
     "message_sent(size=-1): a message is being sent, of so many serialized bytes."},
    {"sending_done", as_method(call_sending_done), METH_NOARGS,
     "sending_done(): gRPC has taken the message that was sent last."},
    {"finish", as_method(call_finish), METH_O,
     "finish(code, /): the call is over, with this number of gRPC's; True the first time, which is "
     "the one that counts."},
    {}};

PyGetSetDef g_call_attributes[] = {
    {"finished", call_finished, nullptr, "Whether finish() was called.", nullptr},
    {"unfinished_code", call_unfinished_code, set_unfinished_code,
     "The code that the call is counted with if it is destroyed unfinished.", nullptr},
    {}};

PyType_Slot g_method_slots[] = {
    {Py_tp_dealloc, as_slot(dealloc_method)},
    {Py_tp_methods, g_method_methods},
    {Py_tp_getset, g_method_attributes},
    {Py_tp_doc, const_cast<char*>("A method that is counted. Lives as long as the process.")},
    {0, nullptr}};

PyType_Slot g_call_slots[] = {
    {Py_tp_dealloc, as_slot(dealloc_call)},
    {Py_tp_methods, g_call_methods},
    {Py_tp_getset, g_call_attributes},
    {Py_tp_doc, const_cast<char*>("One RPC. In a forked child its parent's calls count nothing.")},
    {0, nullptr}};

constexpr unsigned int kFlags =
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE;

PyType_Spec g_method_spec = {"shm_exporter._native.Method", sizeof(MethodObject), 0, kFlags,
                             g_method_slots};
PyType_Spec g_call_spec = {"shm_exporter._native.Call", sizeof(CallObject), 0, kFlags,
                           g_call_slots};

}  // namespace

void add_rpc_types(pybind11::module_& module) {
  g_method_type = add_plain_type(module, g_method_spec);
  g_call_type = add_plain_type(module, g_call_spec);
}

pybind11::object make_method(RpcMethod* method) {
  if (method == nullptr) {
    return pybind11::none();
  }
  auto* const object = PyObject_New(MethodObject, g_method_type);
  if (object == nullptr) {
    throw pybind11::error_already_set();
  }
  object->method = method;
  return pybind11::reinterpret_steal<pybind11::object>(reinterpret_cast<PyObject*>(object));
}

}  // namespace shmx::python
