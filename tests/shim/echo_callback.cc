// The echo service in the callback API. Each streaming call has a thread that follows the script
// and waits for the reactor's callbacks.
#include "echo.grpc.pb.h"
#include "tests/shim/awaited.h"
#include "tests/shim/echo_script.h"
#include "tests/shim/echo_servers.h"
#include "tests/shim/handler_threads.h"

namespace shmx::test {
namespace {

class Reader final : public grpc::ServerReadReactor<Note> {
 public:
  bool read(Note* note) {
    auto ended = read_.arm();
    StartRead(note);
    return ended.get();
  }
  void OnReadDone(bool ok) override { read_.end(ok); }
  void OnDone() override { delete this; }

 private:
  Awaited read_;
};

class Writer final : public grpc::ServerWriteReactor<Note> {
 public:
  bool write(const Note& note) {
    auto ended = write_.arm();
    StartWrite(&note);
    return ended.get();
  }
  void OnWriteDone(bool ok) override { write_.end(ok); }
  void OnDone() override { delete this; }

 private:
  Awaited write_;
};

class Chatter final : public grpc::ServerBidiReactor<Note, Note> {
 public:
  bool read(Note* note) {
    auto ended = read_.arm();
    StartRead(note);
    return ended.get();
  }
  bool write(const Note& note) {
    auto ended = write_.arm();
    StartWrite(&note);
    return ended.get();
  }
  void OnReadDone(bool ok) override { read_.end(ok); }
  void OnWriteDone(bool ok) override { write_.end(ok); }
  void OnDone() override { delete this; }

 private:
  Awaited read_;
  Awaited write_;
};

class CallbackEcho final : public EchoServer, public Echo::CallbackService {
 public:
  explicit CallbackEcho(Gates& gates) : gates_(gates) {}
  void add_to(grpc::ServerBuilder& builder) override { builder.RegisterService(this); }
  void start() override {}
  void join() override { threads_.join(); }

  grpc::ServerUnaryReactor* Unary(grpc::CallbackServerContext* context, const Note* request,
                                  Note* reply) override {
    throw_if_asked(*request);
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    threads_.run([=, this] { reactor->Finish(run_unary(gates_, *request, reply)); });
    return reactor;
  }

  grpc::ServerReadReactor<Note>* Collect(grpc::CallbackServerContext* /*context*/,
                                         Note* reply) override {
    auto* const reader = new Reader;  // deletes itself when the call is done
    threads_.run([=, this] {
      reader->Finish(run_collect(
          gates_, [=](Note* note) { return reader->read(note); }, reply));
    });
    return reader;
  }

  grpc::ServerWriteReactor<Note>* Expand(grpc::CallbackServerContext* /*context*/,
                                         const Note* request) override {
    auto* const writer = new Writer;  // deletes itself when the call is done
    threads_.run([=, this] {
      writer->Finish(
          run_expand(gates_, *request, [=](const Note& note) { return writer->write(note); }));
    });
    return writer;
  }

  grpc::ServerBidiReactor<Note, Note>* Chat(grpc::CallbackServerContext* /*context*/) override {
    auto* const chatter = new Chatter;  // deletes itself when the call is done
    threads_.run([=, this] {
      chatter->Finish(run_chat(
          gates_, [=](Note* note) { return chatter->read(note); },
          [=](const Note& note) { return chatter->write(note); }));
    });
    return chatter;
  }

 private:
  Gates& gates_;
  HandlerThreads threads_;
};

}  // namespace

std::unique_ptr<EchoServer> make_callback_echo(Gates& gates) {
  return std::make_unique<CallbackEcho>(gates);
}

}  // namespace shmx::test
