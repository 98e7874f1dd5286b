// The synchronous client, and what all clients share.
#include "echo.grpc.pb.h"
#include "tests/shim/echo_clients.h"

namespace shmx::test {
namespace {

class SyncClient final : public EchoClient {
 public:
  explicit SyncClient(std::shared_ptr<grpc::Channel> channel)
      : stub_(Echo::NewStub(std::move(channel))) {}

  Outcome unary_in(grpc::ClientContext& context, const Note& request) override {
    Note reply;
    const grpc::Status status = stub_->Unary(&context, request, &reply);
    return {status, status.ok() ? 1 : 0};
  }

  Outcome collect_in(grpc::ClientContext& context, const Notes& requests) override {
    Note reply;
    const auto writer = stub_->Collect(&context, &reply);
    for (const Note& request : requests) {
      if (!writer->Write(request)) {
        break;
      }
    }
    writer->WritesDone();
    const grpc::Status status = writer->Finish();
    return {status, status.ok() ? 1 : 0};
  }

  Outcome expand_in(grpc::ClientContext& context, const Note& request) override {
    const auto reader = stub_->Expand(&context, request);
    Outcome outcome;
    Note reply;
    while (reader->Read(&reply)) {
      ++outcome.received;
    }
    outcome.status = reader->Finish();
    return outcome;
  }

  Outcome chat_in(grpc::ClientContext& context, const Notes& requests) override {
    const auto stream = stub_->Chat(&context);
    Outcome outcome;
    Note reply;
    for (const Note& request : requests) {
      if (!stream->Write(request) || !stream->Read(&reply)) {
        break;
      }
      ++outcome.received;
    }
    stream->WritesDone();
    while (stream->Read(&reply)) {
      ++outcome.received;
    }
    outcome.status = stream->Finish();
    return outcome;
  }

 private:
  std::unique_ptr<Echo::Stub> stub_;
};

}  // namespace

std::unique_ptr<EchoClient> make_sync_client(std::shared_ptr<grpc::Channel> channel) {
  return std::make_unique<SyncClient>(std::move(channel));
}

std::unique_ptr<EchoClient> make_client(ClientApi api, std::shared_ptr<grpc::Channel> channel) {
  switch (api) {
    case ClientApi::sync:
      return make_sync_client(std::move(channel));
    case ClientApi::callback:
      return make_callback_client(std::move(channel));
    case ClientApi::async:
      return make_async_client(std::move(channel));
    case ClientApi::generic_async:
      return make_generic_async_client(std::move(channel));
    case ClientApi::generic_callback:
      return make_generic_callback_client(std::move(channel));
  }
  return nullptr;
}

void abandon_stream(const std::shared_ptr<grpc::Channel>& channel, const Note& request) {
  const auto stub = Echo::NewStub(channel);
  grpc::ClientContext context;
  const auto reader = stub->Expand(&context, request);
  Note reply;
  reader->Read(&reply);
}

Note note(std::string text, int count, int code) {
  Note result;
  result.set_text(std::move(text));
  result.set_count(count);
  result.set_code(code);
  return result;
}

Notes notes(int n, int last_code) {
  Notes result(static_cast<std::size_t>(n), note("ping"));
  if (!result.empty()) {
    result.back().set_code(last_code);
  }
  return result;
}

}  // namespace shmx::test
