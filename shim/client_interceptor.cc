// The client's interceptor: which hooks of gRPC are which events of a call. Then its factory.
// Proceed() may destroy the interceptor, so it comes last.
#include "shim/client_interceptor.h"

#include <new>
#include <utility>

#include "shim/block_cache.h"
#include "shim/call_record.h"
#include "shim/configure_process.h"
#include "shim/method_table.h"
#include "shim/registered_methods.h"
#include "shim/rpc_plan.h"
#include "shim/serialized_bytes.h"
#include "shim/zero_initialize.h"
#include "shm/registry.h"

namespace shmx {
namespace {

using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::InterceptorBatchMethods;

class ClientInterceptor final : public grpc::experimental::Interceptor {
 public:
  explicit ClientInterceptor(RpcMethod& method) noexcept : call_(method) {}

  ~ClientInterceptor() override {
    if (call_.started() && !call_.finished()) {
      // The application dropped the call without asking for its status; gRPC cancels it.
      call_.finish(grpc::StatusCode::CANCELLED);
    }
  }

  static void* operator new(std::size_t /*size*/) noexcept { return block_cache::take(); }
  static void operator delete(void* block) noexcept { block_cache::give(block); }

  void Intercept(InterceptorBatchMethods* batch) override {
    if (!call_.over()) {
      look_at(*batch);
    }
    batch->Proceed();
  }

 private:
  // Out of line, so that batches of which there is nothing to count cost next to nothing.
  [[gnu::noinline]] void look_at(InterceptorBatchMethods& batch) noexcept {
    try {
      if (!call_.started()) {
        look_for_start(batch);
      } else if (!look_at_received(batch)) {
        look_at_sent(batch);  // a batch sends or receives, never both
      }
    } catch (...) {
      count_loss(layout::Loss::observations_dropped);
    }
  }

  void look_for_start(InterceptorBatchMethods& batch) {
    if (!batch.QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_INITIAL_METADATA)) {
      return;
    }
    call_.start([&batch] { return batch.GetSendInitialMetadata(); });
    if (call_.started()) {
      look_at_sent(batch);
    }
  }

  void look_at_sent(InterceptorBatchMethods& batch) {
    if (batch.QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_MESSAGE)) {
      call_.message_sent([&batch] { return serialized_bytes(batch); });
    }
  }

  bool look_at_received(InterceptorBatchMethods& batch) {
    if (call_.times_sending() &&
        batch.QueryInterceptionHookPoint(InterceptionHookPoints::POST_SEND_MESSAGE)) {
      call_.sending_done();
    }
    const bool reads = batch.QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_MESSAGE);
    // Null: the end of the stream, or a message that never came.
    if (reads && batch.GetRecvMessage() != nullptr) {
      call_.message_received();
    }
    if (!batch.QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_STATUS)) {
      return reads;
    }
    const grpc::Status* const status = batch.GetRecvStatus();
    call_.finish(status == nullptr ? grpc::StatusCode::UNKNOWN : status->error_code());
    return true;
  }

  CallRecord call_;
};
static_assert(sizeof(ClientInterceptor) <= block_cache::kBlockBytes);
static_assert(alignof(ClientInterceptor) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__);

class ClientFactory final : public grpc::experimental::ClientInterceptorFactoryInterface {
 public:
  explicit ClientFactory(const ClientOptions& options)
      : methods_(RpcMetrics::of(plan_of(options)), MethodTable::Names::any, options.method_filter) {
    if (!options.zero_initialize) {
      return;
    }
    for (const std::string& service : options.services) {
      for (const RegisteredMethod& method : methods_of_service(service)) {
        methods_.add(method.full_name, method.type);
      }
    }
    zero_initialize(methods_.counted(), options);
  }

  grpc::experimental::Interceptor* CreateClientInterceptor(
      grpc::experimental::ClientRpcInfo* info) override {
    using Type = grpc::experimental::ClientRpcInfo::Type;
    if (info == nullptr || info->type() == Type::UNKNOWN) {
      return nullptr;
    }
    // Both enumerations are in the same order.
    RpcMethod* const method = methods_.find(info->method(), static_cast<RpcType>(info->type()));
    if (method == nullptr) {
      return nullptr;
    }
    auto* const interceptor = new ClientInterceptor(*method);
    if (interceptor == nullptr) [[unlikely]] {
      count_loss(layout::Loss::observations_dropped);
    }
    return interceptor;
  }

 private:
  MethodTable methods_;
};

}  // namespace

std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface> client_interceptor_factory(
    const ClientOptions& options) noexcept {
  try {
    configure_process(options.process);
    return std::make_unique<ClientFactory>(options);
  } catch (...) {
    count_loss(layout::Loss::registrations_dropped);
    return nullptr;
  }
}

std::shared_ptr<grpc::Channel> create_channel(
    const std::string& target, const std::shared_ptr<grpc::ChannelCredentials>& credentials,
    const ClientOptions& options, const grpc::ChannelArguments& arguments,
    ClientInterceptorFactories others) {
  auto factory = client_interceptor_factory(options);
  if (factory != nullptr) {
    try {
      others.push_back(std::move(factory));
    } catch (...) {
      count_loss(layout::Loss::registrations_dropped);
    }
  }
  return grpc::experimental::CreateCustomChannelWithInterceptors(target, credentials, arguments,
                                                                 std::move(others));
}

}  // namespace shmx
