#include "bench/peer_interceptor.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <chrono>
#include <string>

namespace shmx::bench {
namespace {

using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::InterceptorBatchMethods;
using grpc::experimental::ServerRpcInfo;

struct Families {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& started =
      prometheus::BuildCounter().Name("grpc_server_started_total").Register(registry);
  prometheus::Family<prometheus::Counter>& handled =
      prometheus::BuildCounter().Name("grpc_server_handled_total").Register(registry);
  prometheus::Family<prometheus::Counter>& received =
      prometheus::BuildCounter().Name("grpc_server_msg_received_total").Register(registry);
  prometheus::Family<prometheus::Counter>& sent =
      prometheus::BuildCounter().Name("grpc_server_msg_sent_total").Register(registry);
  prometheus::Family<prometheus::Histogram>& handling =
      prometheus::BuildHistogram().Name("grpc_server_handling_seconds").Register(registry);
};

Families& families() {
  static Families instance;
  return instance;
}

class Interceptor : public grpc::experimental::Interceptor {
 public:
  explicit Interceptor(ServerRpcInfo* info) {
    const std::string path = info->method();
    // At shutdown gRPC makes interceptors of calls that never came: their path is empty.
    const std::size_t slash = std::min(path.rfind('/'), path.size());
    labels_ = {{"grpc_type", "unary"},
               {"grpc_service", path.substr(0, slash)},
               {"grpc_method", path.substr(std::min(slash + 1, path.size()))}};
  }

  void Intercept(InterceptorBatchMethods* methods) override {
    using Hook = InterceptionHookPoints;
    if (methods->QueryInterceptionHookPoint(Hook::POST_RECV_INITIAL_METADATA)) {
      start_ = std::chrono::steady_clock::now();
      families().started.Add(labels_).Increment();
    }
    if (methods->QueryInterceptionHookPoint(Hook::POST_RECV_MESSAGE)) {
      families().received.Add(labels_).Increment();
    }
    if (methods->QueryInterceptionHookPoint(Hook::PRE_SEND_MESSAGE)) {
      families().sent.Add(labels_).Increment();
    }
    if (methods->QueryInterceptionHookPoint(Hook::PRE_SEND_STATUS)) {
      prometheus::Labels with_code = labels_;
      with_code["grpc_code"] = std::to_string(methods->GetSendStatus().error_code());
      families().handled.Add(with_code).Increment();
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start_;
      families()
          .handling
          .Add(labels_, prometheus::Histogram::BucketBoundaries{.005, .01, .025, .05, .1, .25, .5,
                                                                1, 2.5, 5, 10})
          .Observe(took.count());
    }
    methods->Proceed();
  }

 private:
  prometheus::Labels labels_;
  std::chrono::steady_clock::time_point start_;
};

class Factory : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  grpc::experimental::Interceptor* CreateServerInterceptor(ServerRpcInfo* info) override {
    return new Interceptor(info);
  }
};

}  // namespace

std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> peer_interceptor_factory() {
  return std::make_unique<Factory>();
}

}  // namespace shmx::bench
