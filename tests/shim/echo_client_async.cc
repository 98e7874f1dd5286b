// The asynchronous (completion queue) client, typed and generic.
#include <grpcpp/generic/generic_stub.h>

#include "echo.grpc.pb.h"
#include "tests/shim/awaited.h"
#include "tests/shim/echo_clients.h"

namespace shmx::test {
namespace {

template <typename Call>
grpc::Status finish(Call& call) {
  grpc::Status status;
  await_tag([&](void* tag) { call.Finish(&status, tag); });
  return status;
}

template <typename Call>
bool start(Call& call) {
  return await_tag([&](void* tag) { call.StartCall(tag); });
}

template <typename Call, typename Message>
bool write(Call& call, const Message& message) {
  return await_tag([&](void* tag) { call.Write(message, tag); });
}

template <typename Call, typename Message>
bool read(Call& call, Message* message) {
  return await_tag([&](void* tag) { call.Read(message, tag); });
}

template <typename Call, typename Message>
Outcome converse(Call& call, const std::vector<Message>& requests) {
  Outcome outcome;
  Message reply;
  if (start(call)) {
    for (const Message& request : requests) {
      if (!write(call, request) || !read(call, &reply)) {
        break;
      }
      ++outcome.received;
    }
    await_tag([&](void* tag) { call.WritesDone(tag); });
    while (read(call, &reply)) {
      ++outcome.received;
    }
  }
  outcome.status = finish(call);
  return outcome;
}

template <typename Reader, typename Message>
Outcome finish_unary(Reader& reader, Message* reply) {
  grpc::Status status;
  await_tag([&](void* tag) { reader.Finish(reply, &status, tag); });
  return {status, status.ok() ? 1 : 0};
}

class AsyncClient final : public EchoClient {
 public:
  explicit AsyncClient(std::shared_ptr<grpc::Channel> channel)
      : stub_(Echo::NewStub(std::move(channel))) {}

  Outcome unary_in(grpc::ClientContext& context, const Note& request) override {
    Note reply;
    const auto call = stub_->AsyncUnary(&context, request, queue_.get());
    return finish_unary(*call, &reply);
  }

  Outcome collect_in(grpc::ClientContext& context, const Notes& requests) override {
    Note reply;
    const auto call = stub_->PrepareAsyncCollect(&context, &reply, queue_.get());
    if (start(*call)) {
      for (const Note& request : requests) {
        if (!write(*call, request)) {
          break;
        }
      }
      await_tag([&](void* tag) { call->WritesDone(tag); });
    }
    const grpc::Status status = finish(*call);
    return {status, status.ok() ? 1 : 0};
  }

  Outcome expand_in(grpc::ClientContext& context, const Note& request) override {
    const auto call = stub_->PrepareAsyncExpand(&context, request, queue_.get());
    Outcome outcome;
    if (start(*call)) {
      Note reply;
      while (read(*call, &reply)) {
        ++outcome.received;
      }
    }
    outcome.status = finish(*call);
    return outcome;
  }

  Outcome chat_in(grpc::ClientContext& context, const Notes& requests) override {
    const auto call = stub_->PrepareAsyncChat(&context, queue_.get());
    return converse(*call, requests);
  }

 private:
  std::unique_ptr<Echo::Stub> stub_;
  ClientQueue queue_;
};

grpc::ByteBuffer serialized(const Note& note) {
  const grpc::Slice slice(note.SerializeAsString());
  return {&slice, 1};
}

class GenericAsyncClient final : public EchoClient {
 public:
  explicit GenericAsyncClient(std::shared_ptr<grpc::Channel> channel) : stub_(std::move(channel)) {}

  Outcome unary_in(grpc::ClientContext& context, const Note& request) override {
    const auto call = stub_.PrepareUnaryCall(&context, "/shmx.test.Echo/Unary", serialized(request),
                                             queue_.get());
    call->StartCall();
    grpc::ByteBuffer reply;
    return finish_unary(*call, &reply);
  }

  Outcome collect_in(grpc::ClientContext& /*context*/, const Notes& /*requests*/) override {
    return {};
  }
  Outcome expand_in(grpc::ClientContext& /*context*/, const Note& /*request*/) override {
    return {};
  }

  Outcome chat_in(grpc::ClientContext& context, const Notes& requests) override {
    std::vector<grpc::ByteBuffer> bytes;
    for (const Note& request : requests) {
      bytes.push_back(serialized(request));
    }
    const auto call = stub_.PrepareCall(&context, "/shmx.test.Echo/Chat", queue_.get());
    return converse(*call, bytes);
  }

 private:
  grpc::GenericStub stub_;
  ClientQueue queue_;
};

}  // namespace

std::unique_ptr<EchoClient> make_async_client(std::shared_ptr<grpc::Channel> channel) {
  return std::make_unique<AsyncClient>(std::move(channel));
}

std::unique_ptr<EchoClient> make_generic_async_client(std::shared_ptr<grpc::Channel> channel) {
  return std::make_unique<GenericAsyncClient>(std::move(channel));
}

void abandon_stream_async(const std::shared_ptr<grpc::Channel>& channel, const Note& request) {
  ClientQueue queue;
  const auto stub = Echo::NewStub(channel);
  grpc::ClientContext context;
  const auto call = stub->PrepareAsyncExpand(&context, request, queue.get());
  Note reply;
  start(*call);
  read(*call, &reply);
}

}  // namespace shmx::test
