#include "agent/feed/service.h"

#include <memory>
#include <new>
#include <string>
#include <utility>

#include "agent/feed/getter.h"
#include "agent/feed/requests.h"
#include "agent/feed/subscriber.h"

namespace shmx::feed {
namespace {

grpc::Status full(std::size_t places, const char* what) {
  return {grpc::StatusCode::RESOURCE_EXHAUSTED, "the agent serves at most " +
                                                    std::to_string(places) + " " + what +
                                                    " at once, and has as many; try again later"};
}

}  // namespace

template <typename Call, typename Read>
void Service::begin(const std::shared_ptr<Call>& call, const char* what, Read read) {
  try {
    if (!call->has_place()) {
      call->fail(full(calls_.places(), what));
    } else if (auto wanted = read(); !wanted) {
      call->fail(wanted.error());
    } else {
      rounds_.add(call, std::move(wanted).value());
    }
  } catch (const std::bad_alloc&) {
    call->fail({grpc::StatusCode::RESOURCE_EXHAUSTED, "no memory"});
  }
}

grpc::ServerUnaryReactor* Service::Get(grpc::CallbackServerContext* /*context*/,
                                       const grpc::ByteBuffer* request,
                                       grpc::ByteBuffer* response) {
  const auto getter = Getter::begin(calls_, rounds_, response);
  begin(getter, "calls of Get", [&] { return read_get(*request); });
  return getter.get();
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* Service::Subscribe(
    grpc::CallbackServerContext* /*context*/, const grpc::ByteBuffer* request) {
  const auto subscriber = Subscriber::begin(calls_, rounds_);
  begin(subscriber, "subscribers", [&] { return read_subscribe(*request, limits_); });
  return subscriber.get();
}

}  // namespace shmx::feed
