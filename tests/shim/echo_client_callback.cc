// The callback client, typed and generic. Each call waits for its reactor's callbacks.
#include <grpcpp/generic/generic_stub.h>

#include "echo.grpc.pb.h"
#include "tests/shim/awaited.h"
#include "tests/shim/echo_clients.h"

namespace shmx::test {
namespace {

/// What a reactor's owner waits for. The hold keeps the call from being done between operations; it
/// can be taken once the reactor is bound to its call.
template <typename Reactor>
class Held : public Reactor {
 public:
  Held() : done_future_(done_.arm()) {}
  void begin() {
    this->AddHold();
    this->StartCall();
  }
  grpc::Status finish() {
    this->RemoveHold();
    done_future_.wait();
    return status_;
  }
  void OnDone(const grpc::Status& status) override {
    status_ = status;
    done_.end(true);
  }

 private:
  Awaited done_;
  std::future<bool> done_future_;
  grpc::Status status_;
};

class Collector final : public Held<grpc::ClientWriteReactor<Note>> {
 public:
  bool write(const Note& note) {
    auto ended = write_.arm();
    StartWrite(&note);
    return ended.get();
  }
  void OnWriteDone(bool ok) override { write_.end(ok); }

 private:
  Awaited write_;
};

class Expander final : public Held<grpc::ClientReadReactor<Note>> {
 public:
  bool read(Note* note) {
    auto ended = read_.arm();
    StartRead(note);
    return ended.get();
  }
  void OnReadDone(bool ok) override { read_.end(ok); }

 private:
  Awaited read_;
};

template <typename Message>
class Chatter final : public Held<grpc::ClientBidiReactor<Message, Message>> {
 public:
  bool read(Message* message) {
    auto ended = read_.arm();
    this->StartRead(message);
    return ended.get();
  }
  bool write(const Message& message) {
    auto ended = write_.arm();
    this->StartWrite(&message);
    return ended.get();
  }
  void OnReadDone(bool ok) override { read_.end(ok); }
  void OnWriteDone(bool ok) override { write_.end(ok); }

  Outcome converse(const std::vector<Message>& requests) {
    this->begin();
    Outcome outcome;
    Message reply;
    for (const Message& request : requests) {
      if (!write(request) || !read(&reply)) {
        break;
      }
      ++outcome.received;
    }
    this->StartWritesDone();
    while (read(&reply)) {
      ++outcome.received;
    }
    outcome.status = this->finish();
    return outcome;
  }

 private:
  Awaited read_;
  Awaited write_;
};

class CallbackClient final : public EchoClient {
 public:
  explicit CallbackClient(std::shared_ptr<grpc::Channel> channel)
      : stub_(Echo::NewStub(std::move(channel))) {}

  Outcome unary_in(grpc::ClientContext& context, const Note& request) override {
    Note reply;
    const auto ended = std::make_shared<std::promise<grpc::Status>>();
    stub_->async()->Unary(&context, &request, &reply,
                          [ended](const grpc::Status& status) { ended->set_value(status); });
    const grpc::Status status = ended->get_future().get();
    return {status, status.ok() ? 1 : 0};
  }

  Outcome collect_in(grpc::ClientContext& context, const Notes& requests) override {
    Note reply;
    Collector reactor;
    stub_->async()->Collect(&context, &reply, &reactor);
    reactor.begin();
    for (const Note& request : requests) {
      if (!reactor.write(request)) {
        break;
      }
    }
    reactor.StartWritesDone();
    const grpc::Status status = reactor.finish();
    return {status, status.ok() ? 1 : 0};
  }

  Outcome expand_in(grpc::ClientContext& context, const Note& request) override {
    Expander reactor;
    stub_->async()->Expand(&context, &request, &reactor);
    reactor.begin();
    Outcome outcome;
    Note reply;
    while (reactor.read(&reply)) {
      ++outcome.received;
    }
    outcome.status = reactor.finish();
    return outcome;
  }

  Outcome chat_in(grpc::ClientContext& context, const Notes& requests) override {
    Chatter<Note> reactor;
    stub_->async()->Chat(&context, &reactor);
    return reactor.converse(requests);
  }

 private:
  std::unique_ptr<Echo::Stub> stub_;
};

grpc::ByteBuffer serialized(const Note& note) {
  const grpc::Slice slice(note.SerializeAsString());
  return {&slice, 1};
}

class GenericCallbackClient final : public EchoClient {
 public:
  explicit GenericCallbackClient(std::shared_ptr<grpc::Channel> channel)
      : stub_(std::move(channel)) {}

  Outcome unary_in(grpc::ClientContext& context, const Note& request) override {
    return unary_at("/shmx.test.Echo/Unary", context, request);
  }

  Outcome unary_at(const std::string& path, grpc::ClientContext& context, const Note& request) {
    const grpc::ByteBuffer bytes = serialized(request);
    grpc::ByteBuffer reply;
    const auto ended = std::make_shared<std::promise<grpc::Status>>();
    stub_.UnaryCall(&context, path, grpc::StubOptions(), &bytes, &reply,
                    [ended](const grpc::Status& status) { ended->set_value(status); });
    const grpc::Status status = ended->get_future().get();
    return {status, status.ok() ? 1 : 0};
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
    Chatter<grpc::ByteBuffer> reactor;
    stub_.PrepareBidiStreamingCall(&context, "/shmx.test.Echo/Chat", grpc::StubOptions(), &reactor);
    return reactor.converse(bytes);
  }

 private:
  grpc::GenericStub stub_;
};

}  // namespace

std::unique_ptr<EchoClient> make_callback_client(std::shared_ptr<grpc::Channel> channel) {
  return std::make_unique<CallbackClient>(std::move(channel));
}

std::unique_ptr<EchoClient> make_generic_callback_client(std::shared_ptr<grpc::Channel> channel) {
  return std::make_unique<GenericCallbackClient>(std::move(channel));
}

grpc::Status call_path(const std::shared_ptr<grpc::Channel>& channel, const std::string& path) {
  grpc::ClientContext context;
  return GenericCallbackClient(channel).unary_at(path, context, note("ping")).status;
}

}  // namespace shmx::test
