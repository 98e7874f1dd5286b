#include "agent/feed/service.h"

#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "agent/feed/answers.h"
#include "agent/feed/getter.h"
#include "agent/feed/presented.h"
#include "agent/feed/requests.h"
#include "agent/feed/subscriber.h"

namespace shmx::feed {
namespace {

grpc::Status full(std::size_t places, const char* what) {
  return {grpc::StatusCode::RESOURCE_EXHAUSTED, "the agent serves at most " +
                                                    std::to_string(places) + " " + what +
                                                    " at once, and has as many; try again later"};
}

grpc::Status no_memory() {
  return {grpc::StatusCode::RESOURCE_EXHAUSTED, "no memory"};
}

}  // namespace

template <typename Read>
void Service::judge(const std::shared_ptr<Call>& call, const grpc::CallbackServerContext& context,
                    const char* what, Read read) {
  try {
    Wanted wanted = read();
    auto made = presented_by(context);
    if (!made) {
      call->fail({grpc::StatusCode::UNAUTHENTICATED, std::string(kUnauthenticated)});
      return;
    }
    made->chain = chains_.completed(made->chain);
    const auto presented = std::make_shared<const identity::Presented>(std::move(made).value());
    judgements_.judge(*presented, [this, call, presented, wanted = std::move(wanted),
                                   what](const identity::Verdict& verdict) {
      if (const auto* const refusal = std::get_if<identity::Refusal>(&verdict)) {
        call->fail(status_of(*refusal));
      } else {
        begin(call, wanted, {presented, std::get<identity::Reader>(verdict)}, what);
      }
    });
  } catch (const std::exception&) {
    call->fail(no_memory());
  }
}

void Service::begin(const std::shared_ptr<Call>& call, const Wanted& wanted, Viewer viewer,
                    const char* what) {
  try {
    chains_.remember(viewer.presented->chain);
    if (!call->take_place()) {
      call->fail(full(calls_.places(), what));
    } else if (!wanted) {
      call->fail(wanted.error());
    } else {
      rounds_.add(call, wanted.value(), std::move(viewer));
    }
  } catch (const std::exception&) {
    call->fail(no_memory());
  }
}

grpc::ServerUnaryReactor* Service::Get(grpc::CallbackServerContext* context,
                                       const grpc::ByteBuffer* request,
                                       grpc::ByteBuffer* response) {
  const auto getter = Getter::begin(calls_, rounds_, *context, response);
  judge(getter, *context, "calls of Get", [&] { return read_get(*request); });
  return getter.get();
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* Service::Subscribe(grpc::CallbackServerContext* context,
                                                               const grpc::ByteBuffer* request) {
  const auto subscriber = Subscriber::begin(calls_, rounds_, *context);
  judge(subscriber, *context, "subscribers", [&] { return read_subscribe(*request, limits_); });
  return subscriber.get();
}

}  // namespace shmx::feed
