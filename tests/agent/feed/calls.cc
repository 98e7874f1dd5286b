#include "tests/agent/feed/calls.h"

#include <grpcpp/generic/generic_stub.h>

#include <vector>

namespace shmx::feed {
namespace {

grpc::ByteBuffer buffer_of(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return {&slice, 1};
}

std::string bytes_of(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (buffer.Dump(&slices).ok()) {
    for (const grpc::Slice& slice : slices) {
      bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
  }
  return bytes;
}

/// Waits for the one operation that is under way.
bool ended(grpc::CompletionQueue& queue) {
  void* tag = nullptr;
  bool ok = false;
  return queue.Next(&tag, &ok) && ok;
}

}  // namespace

std::shared_ptr<grpc::Channel> connect_to(
    const std::string& address, const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(address, credentials, arguments);
}

v1::SubscribeRequest every(std::chrono::milliseconds interval) {
  v1::SubscribeRequest request;
  request.mutable_interval()->set_seconds(interval.count() / 1000);
  request.mutable_interval()->set_nanos(static_cast<int>(interval.count() % 1000) * 1'000'000);
  return request;
}

grpc::Status get(const std::string& address, v1::Snapshot& into, const v1::GetRequest& request) {
  grpc::ClientContext context;
  return v1::MetricsFeed::NewStub(connect_to(address))->Get(&context, request, &into);
}

Subscribed::Subscribed(const std::string& address, const v1::SubscribeRequest& request)
    : stub_(v1::MetricsFeed::NewStub(connect_to(address))),
      reader_(stub_->Subscribe(&context_, request)) {}

Subscribed::~Subscribed() {
  cancel();
}

grpc::Status Subscribed::end() {
  while (read()) {
  }
  return finish();
}

std::multimap<std::string, std::string> names_of(const v1::Snapshot& snapshot) {
  std::multimap<std::string, std::string> names;
  for (const auto& resource : snapshot.resource_metrics()) {
    std::string job;
    for (const auto& attribute : resource.resource().attributes()) {
      job = attribute.key() == "service.name" ? attribute.value().string_value() : job;
    }
    for (const auto& scope : resource.scope_metrics()) {
      for (const auto& metric : scope.metrics()) {
        names.emplace(metric.name(), job);
      }
    }
  }
  return names;
}

grpc::Status call_raw(const std::string& address, const std::string& method,
                      const std::string& request, std::string& answer) {
  grpc::GenericStub stub(connect_to(address));
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  const auto call = stub.PrepareCall(&context, method, &queue);
  grpc::Status status;
  grpc::ByteBuffer received;
  call->StartCall(nullptr);
  ended(queue);
  call->Write(buffer_of(request), nullptr);
  ended(queue);
  call->Read(&received, nullptr);
  if (ended(queue)) {
    answer = bytes_of(received);
  }
  call->WritesDone(nullptr);
  ended(queue);
  call->Finish(&status, nullptr);
  ended(queue);
  return status;
}

}  // namespace shmx::feed
