// The echo service in the asynchronous (completion queue) API: two calls of each method at a time,
// each on a thread that waits for its tags.
#include <thread>
#include <vector>

#include "echo.grpc.pb.h"
#include "tests/shim/awaited.h"
#include "tests/shim/echo_script.h"
#include "tests/shim/echo_servers.h"

namespace shmx::test {
namespace {

class AsyncEcho final : public EchoServer {
 public:
  explicit AsyncEcho(Gates& gates) : gates_(gates) {}

  void add_to(grpc::ServerBuilder& builder) override {
    builder.RegisterService(&service_);
    queue_ = builder.AddCompletionQueue();
  }

  void start() override {
    queue_thread_ = std::thread([this] { drain(*queue_); });
    for (const auto serve :
         {&AsyncEcho::unary, &AsyncEcho::collect, &AsyncEcho::expand, &AsyncEcho::chat}) {
      for (int copy = 0; copy < 2; ++copy) {
        threads_.emplace_back([=, this] {
          while ((this->*serve)()) {
          }
        });
      }
    }
  }

  void join() override {
    for (std::thread& thread : threads_) {
      thread.join();
    }
    queue_->Shutdown();
    queue_thread_.join();
  }

 private:
  /// Each serves one call; false when the server is shut down.
  bool unary() {
    grpc::ServerContext context;
    Note request;
    grpc::ServerAsyncResponseWriter<Note> responder(&context);
    if (!await_tag([&](void* tag) {
          service_.RequestUnary(&context, &request, &responder, queue_.get(), queue_.get(), tag);
        })) {
      return false;
    }
    if (request.action() == DROP) {
      gates_.entry.pass();
      return true;  // for gRPC the call goes on until the client gives up
    }
    Note reply;
    const grpc::Status status = run_unary(gates_, request, &reply);
    finish(responder, reply, status);
    return true;
  }

  bool collect() {
    grpc::ServerContext context;
    grpc::ServerAsyncReader<Note, Note> reader(&context);
    if (!await_tag([&](void* tag) {
          service_.RequestCollect(&context, &reader, queue_.get(), queue_.get(), tag);
        })) {
      return false;
    }
    Note reply;
    const auto read = [&](Note* note) {
      return await_tag([&](void* tag) { reader.Read(note, tag); });
    };
    const grpc::Status status = run_collect(gates_, read, &reply);
    finish(reader, reply, status);
    return true;
  }

  bool expand() {
    grpc::ServerContext context;
    Note request;
    grpc::ServerAsyncWriter<Note> writer(&context);
    if (!await_tag([&](void* tag) {
          service_.RequestExpand(&context, &request, &writer, queue_.get(), queue_.get(), tag);
        })) {
      return false;
    }
    const auto write = [&](const Note& note) {
      return await_tag([&](void* tag) { writer.Write(note, tag); });
    };
    const grpc::Status status = run_expand(gates_, request, write);
    await_tag([&](void* tag) { writer.Finish(status, tag); });
    return true;
  }

  bool chat() {
    grpc::ServerContext context;
    grpc::ServerAsyncReaderWriter<Note, Note> stream(&context);
    if (!await_tag([&](void* tag) {
          service_.RequestChat(&context, &stream, queue_.get(), queue_.get(), tag);
        })) {
      return false;
    }
    const auto read = [&](Note* note) {
      return await_tag([&](void* tag) { stream.Read(note, tag); });
    };
    const auto write = [&](const Note& note) {
      return await_tag([&](void* tag) { stream.Write(note, tag); });
    };
    const grpc::Status status = run_chat(gates_, read, write);
    await_tag([&](void* tag) { stream.Finish(status, tag); });
    return true;
  }

  template <typename Responder>
  static void finish(Responder& responder, const Note& reply, const grpc::Status& status) {
    await_tag([&](void* tag) {
      if (status.ok()) {
        responder.Finish(reply, status, tag);
      } else {
        responder.FinishWithError(status, tag);
      }
    });
  }

  Gates& gates_;
  Echo::AsyncService service_;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::vector<std::thread> threads_;
  std::thread queue_thread_;
};

}  // namespace

std::unique_ptr<EchoServer> make_async_echo(Gates& gates) {
  return std::make_unique<AsyncEcho>(gates);
}

}  // namespace shmx::test
