// Servers that know no method: every call of any name is a stream of bytes, echoed until it ends.
#include <grpcpp/generic/async_generic_service.h>

#include <thread>

#include "tests/shim/awaited.h"
#include "tests/shim/echo_servers.h"
#include "tests/shim/handler_threads.h"

namespace shmx::test {
namespace {

class GenericAsyncEcho final : public EchoServer {
 public:
  explicit GenericAsyncEcho(Gates& gates) : gates_(gates) {}

  void add_to(grpc::ServerBuilder& builder) override {
    builder.RegisterAsyncGenericService(&service_);
    queue_ = builder.AddCompletionQueue();
  }
  void start() override {
    queue_thread_ = std::thread([this] { drain(*queue_); });
    thread_ = std::thread([this] {
      while (serve()) {
      }
    });
  }
  void join() override {
    thread_.join();
    queue_->Shutdown();
    queue_thread_.join();
  }

 private:
  bool serve() {
    grpc::GenericServerContext context;
    grpc::GenericServerAsyncReaderWriter stream(&context);
    if (!await_tag([&](void* tag) {
          service_.RequestCall(&context, &stream, queue_.get(), queue_.get(), tag);
        })) {
      return false;
    }
    gates_.entry.pass();
    grpc::ByteBuffer bytes;
    while (await_tag([&](void* tag) { stream.Read(&bytes, tag); }) &&
           await_tag([&](void* tag) { stream.Write(bytes, tag); })) {
    }
    await_tag([&](void* tag) { stream.Finish(grpc::Status::OK, tag); });
    return true;
  }

  Gates& gates_;
  grpc::AsyncGenericService service_;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::thread thread_;
  std::thread queue_thread_;
};

class ByteReactor final : public grpc::ServerGenericBidiReactor {
 public:
  void echo() {
    grpc::ByteBuffer bytes;
    while (read(&bytes) && write(bytes)) {
    }
    Finish(grpc::Status::OK);
  }
  void OnReadDone(bool ok) override { read_.end(ok); }
  void OnWriteDone(bool ok) override { write_.end(ok); }
  void OnDone() override { delete this; }

 private:
  bool read(grpc::ByteBuffer* bytes) {
    auto ended = read_.arm();
    StartRead(bytes);
    return ended.get();
  }
  bool write(const grpc::ByteBuffer& bytes) {
    auto ended = write_.arm();
    StartWrite(&bytes);
    return ended.get();
  }

  Awaited read_;
  Awaited write_;
};

class GenericCallbackEcho final : public EchoServer, public grpc::CallbackGenericService {
 public:
  explicit GenericCallbackEcho(Gates& gates) : gates_(gates) {}
  void add_to(grpc::ServerBuilder& builder) override {
    builder.RegisterCallbackGenericService(this);
  }
  void start() override {}
  void join() override { threads_.join(); }

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* /*context*/) override {
    auto* const reactor = new ByteReactor;  // deletes itself when the call is done
    threads_.run([=, this] {
      gates_.entry.pass();
      reactor->echo();
    });
    return reactor;
  }

 private:
  Gates& gates_;
  HandlerThreads threads_;
};

}  // namespace

std::unique_ptr<EchoServer> make_generic_async_echo(Gates& gates) {
  return std::make_unique<GenericAsyncEcho>(gates);
}

std::unique_ptr<EchoServer> make_generic_callback_echo(Gates& gates) {
  return std::make_unique<GenericCallbackEcho>(gates);
}

}  // namespace shmx::test
