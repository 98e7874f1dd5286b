// The server's interceptor: which hooks of gRPC are which events of a call. Then its factory, and
// the plugin that tells the factory what the server implements.
//
// Inside an interceptor ServerContext::IsCancelled() may crash and server_context() may dangle, so
// neither is asked; and Proceed() may destroy the interceptor, so it comes last.
#include "shim/server_interceptor.h"

#include <grpcpp/impl/server_builder_option.h>
#include <grpcpp/impl/server_builder_plugin.h>
#include <grpcpp/impl/server_initializer.h>

#include <atomic>
#include <new>
#include <string>
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

class ServerInterceptor final : public grpc::experimental::Interceptor {
 public:
  explicit ServerInterceptor(RpcMethod& method) noexcept : call_(method) {}

  ~ServerInterceptor() override {
    if (call_.started() && !call_.finished()) {
      // Nobody sent a status: the call was dropped by its handler or by the server's shutdown.
      // Relaxed: destruction comes after everything else.
      call_.finish(closed_.load(std::memory_order_relaxed) ? grpc::StatusCode::CANCELLED
                                                           : grpc::StatusCode::UNKNOWN);
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
        return;
      }
      if (!call_.finished() && look_at_sent(batch)) {
        return;  // a batch sends or receives, never both
      }
      // A read may end after the status was sent.
      look_at_received(batch);
    } catch (...) {
      count_loss(layout::Loss::observations_dropped);
    }
  }

  void look_for_start(InterceptorBatchMethods& batch) {
    if (!batch.QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_INITIAL_METADATA)) {
      return;
    }
    call_.start([&batch] { return batch.GetRecvInitialMetadata(); });
    if (call_.started()) {
      look_for_message(batch);
    }
  }

  bool look_at_sent(InterceptorBatchMethods& batch) {
    const bool sends = batch.QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_MESSAGE);
    if (sends) {
      call_.message_sent([&batch] { return serialized_bytes(batch); });
    }
    if (!batch.QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_STATUS)) {
      return sends;
    }
    const int code = sent_code(batch);
    // Closed before the status: the call was cancelled already, and the client never sees this OK.
    // Relaxed: where closing and sending race, either order is true.
    const bool unseen = code == grpc::StatusCode::OK && closed_.load(std::memory_order_relaxed);
    call_.finish(unseen ? grpc::StatusCode::CANCELLED : code);
    return true;
  }

  // Out of line: gRPC hands out a copy of the status, and its strings need unwinding.
  [[gnu::noinline]] static int sent_code(InterceptorBatchMethods& batch) {
    return batch.GetSendStatus().error_code();
  }

  void look_at_received(InterceptorBatchMethods& batch) {
    look_for_message(batch);
    if (!call_.finished() &&
        batch.QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_CLOSE)) {
      // Relaxed: see look_at_sent() and the destructor.
      closed_.store(true, std::memory_order_relaxed);
    }
  }

  void look_for_message(InterceptorBatchMethods& batch) {
    // Null: the end of the stream, or a message that never came.
    if (batch.QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_MESSAGE) &&
        batch.GetRecvMessage() != nullptr) {
      call_.message_received();
    }
  }

  CallRecord call_;
  std::atomic<bool> closed_{false};
};
static_assert(sizeof(ServerInterceptor) <= block_cache::kBlockBytes);
static_assert(alignof(ServerInterceptor) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__);

// What the factory and the plugin share.
struct ServerMetrics {
  explicit ServerMetrics(ServerOptions wanted)
      : options(std::move(wanted)),
        methods(RpcMetrics::of(plan_of(options)), MethodTable::Names::registered,
                options.method_filter) {}

  const ServerOptions options;
  MethodTable methods;
};

class ServerFactory final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit ServerFactory(std::shared_ptr<ServerMetrics> metrics) noexcept
      : metrics_(std::move(metrics)) {}

  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* info) override {
    if (info == nullptr) {
      return nullptr;
    }
    // Both enumerations are in the same order.
    RpcMethod* const method =
        metrics_->methods.find(info->method(), static_cast<RpcType>(info->type()));
    if (method == nullptr) {
      return nullptr;
    }
    auto* const interceptor = new ServerInterceptor(*method);
    if (interceptor == nullptr) [[unlikely]] {
      count_loss(layout::Loss::observations_dropped);
    }
    return interceptor;
  }

 private:
  const std::shared_ptr<ServerMetrics> metrics_;
};

// Learns what the server implements, before it takes its first call.
class MethodsPlugin final : public grpc::ServerBuilderPlugin {
 public:
  explicit MethodsPlugin(std::shared_ptr<ServerMetrics> metrics) noexcept
      : metrics_(std::move(metrics)) {}

  std::string name() override { return "shm_exporter_methods"; }

  // All of the application's services are in the builder now.
  void UpdateServerBuilder(grpc::ServerBuilder* builder) override {
    if (builder != nullptr) {
      learn([builder] { return methods_of_builder(*builder); });
    }
  }

  // Those of other plugins (reflection) are in the server now, by name only.
  void InitServer(grpc::ServerInitializer* server) override {
    learn([this, server] {
      std::vector<RegisteredMethod> methods;
      for (const std::string& service : *server->GetServiceList()) {
        for (RegisteredMethod& method : methods_of_service(service)) {
          methods.push_back(std::move(method));
        }
      }
      for (RegisteredMethod& method : methods_of_default_health_service()) {
        methods.push_back(std::move(method));
      }
      for (const std::string& name : metrics_->options.known_methods) {
        methods.push_back({name, declared_type(name)});
      }
      return methods;
    });
    if (metrics_->options.zero_initialize) {
      try {
        zero_initialize(metrics_->methods.counted(), metrics_->options);
      } catch (...) {
        count_loss(layout::Loss::registrations_dropped);
      }
    }
  }

  void Finish(grpc::ServerInitializer* /*server*/) override {}
  void ChangeArguments(const std::string& /*name*/, void* /*value*/) override {}

 private:
  template <typename List>
  void learn(List list) noexcept {
    try {
      for (const RegisteredMethod& method : list()) {
        metrics_->methods.add(method.full_name, method.type);
      }
    } catch (...) {
      count_loss(layout::Loss::registrations_dropped);
    }
  }

  const std::shared_ptr<ServerMetrics> metrics_;
};

class MethodsOption final : public grpc::ServerBuilderOption {
 public:
  explicit MethodsOption(std::shared_ptr<ServerMetrics> metrics) noexcept
      : metrics_(std::move(metrics)) {}

  void UpdateArguments(grpc::ChannelArguments* /*arguments*/) override {}

  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    try {
      plugins->push_back(std::make_unique<MethodsPlugin>(metrics_));
    } catch (...) {
      count_loss(layout::Loss::registrations_dropped);
    }
  }

 private:
  const std::shared_ptr<ServerMetrics> metrics_;
};

}  // namespace

std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> server_interceptor_factory(
    grpc::ServerBuilder& builder, ServerOptions options) noexcept {
  try {
    configure_process(options.process);
    auto metrics = std::make_shared<ServerMetrics>(std::move(options));
    auto factory = std::make_unique<ServerFactory>(metrics);
    builder.SetOption(std::make_unique<MethodsOption>(std::move(metrics)));
    return factory;
  } catch (...) {
    count_loss(layout::Loss::registrations_dropped);
    return nullptr;
  }
}

void install_server_metrics(grpc::ServerBuilder& builder, ServerOptions options,
                            ServerInterceptorFactories others) noexcept {
  auto factory = server_interceptor_factory(builder, std::move(options));
  if (factory != nullptr) {
    try {
      others.push_back(std::move(factory));
    } catch (...) {
      count_loss(layout::Loss::registrations_dropped);
    }
  }
  builder.experimental().SetInterceptorCreators(std::move(others));
}

}  // namespace shmx
