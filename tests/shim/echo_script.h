// What the service's methods do, written once for every kind of server: a request says how many
// replies it wants and with which code the call ends.
#ifndef SHM_EXPORTER_TESTS_SHIM_ECHO_SCRIPT_H
#define SHM_EXPORTER_TESTS_SHIM_ECHO_SCRIPT_H

#include <grpcpp/support/status.h>

#include <functional>
#include <stdexcept>

#include "echo.pb.h"
#include "tests/shim/gate.h"

namespace shmx::test {

using ReadNote = std::function<bool(Note*)>;
using WriteNote = std::function<bool(const Note&)>;

inline grpc::Status status_of(const Note& note) {
  return note.code() == 0
             ? grpc::Status::OK
             : grpc::Status(static_cast<grpc::StatusCode>(note.code()), "as requested");
}

inline void throw_if_asked(const Note& note) {
  if (note.action() == THROW) {
    throw std::runtime_error("as requested");
  }
}

inline grpc::Status run_unary(Gates& gates, const Note& request, Note* reply) {
  gates.entry.pass();
  throw_if_asked(request);
  reply->set_text(request.text());
  gates.exit.pass();
  return status_of(request);
}

/// Counts what it reads; the last message decides the status.
inline grpc::Status run_collect(Gates& gates, const ReadNote& read, Note* reply) {
  gates.entry.pass();
  Note note;
  while (read(&note)) {
    reply->set_count(reply->count() + 1);
  }
  gates.exit.pass();
  return status_of(note);
}

inline grpc::Status run_expand(Gates& gates, const Note& request, const WriteNote& write) {
  gates.entry.pass();
  Note reply;
  reply.set_text(request.text());
  for (int sent = 0; sent < request.count() && write(reply); ++sent) {
  }
  gates.exit.pass();
  return status_of(request);
}

inline grpc::Status run_chat(Gates& gates, const ReadNote& read, const WriteNote& write) {
  gates.entry.pass();
  Note note;
  while (read(&note) && write(note)) {
  }
  gates.exit.pass();
  return status_of(note);
}

}  // namespace shmx::test

#endif  // SHM_EXPORTER_TESTS_SHIM_ECHO_SCRIPT_H
