// The generated service reads raw messages here, so that what cannot be decoded is seen, and what
// is compressed has its size.
#include "tests/agent/push/receiver/grpc_server.h"

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/byte_buffer.h>
#include <opentelemetry/proto/collector/metrics/v1/metrics_service.grpc.pb.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "tests/agent/push/receiver/wire.h"

namespace shmx::testing {
namespace {

namespace collector = opentelemetry::proto::collector::metrics::v1;

/// google.rpc.Status in `grpc-status-details-bin`, by field number: code 1, message 2, details 3;
/// Any: type_url 1, value 2; RetryInfo: retry_delay 1; Duration: seconds 1, nanos 2.
std::string details_with(std::chrono::milliseconds delay, const Behaviour& behaviour) {
  const auto ms = static_cast<std::uint64_t>(delay.count());
  const auto duration = wire::number(1, ms / 1000) + wire::number(2, ms % 1000 * 1'000'000);
  const auto any = wire::bytes(1, "type.googleapis.com/google.rpc.RetryInfo") +
                   wire::bytes(2, wire::bytes(1, duration));
  return wire::number(1, static_cast<std::uint64_t>(behaviour.status)) +
         wire::bytes(2, behaviour.message) + wire::bytes(3, any);
}

std::string bytes_of(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  if (!buffer.Dump(&slices).ok()) return {};
  std::string bytes;
  for (const auto& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

Arrival arrival_of(const grpc::CallbackServerContext& context) {
  Arrival arrival{"/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
                  context.peer(),
                  {},
                  0,
                  false};
  for (const auto& [key, value] : context.client_metadata()) {
    arrival.headers.emplace(std::string(key.data(), key.size()),
                            std::string(value.data(), value.size()));
  }
  return arrival;
}

bool closes(const Behaviour& behaviour) {
  return behaviour.close == Behaviour::Close::before_reading ||
         behaviour.close == Behaviour::Close::after_reading ||
         behaviour.close == Behaviour::Close::after_recording;
}

grpc::Status status_for(const Verdict& verdict, const Behaviour& behaviour) {
  if (closes(behaviour)) return {grpc::StatusCode::UNAVAILABLE, "Socket closed"};
  switch (verdict.kind) {
    case Verdict::Kind::bad:
      return {grpc::StatusCode::INVALID_ARGUMENT, verdict.message};
    case Verdict::Kind::too_large:
      return {grpc::StatusCode::RESOURCE_EXHAUSTED, verdict.message};
    case Verdict::Kind::accepted:
      break;
  }
  if (behaviour.status == 0) return grpc::Status::OK;
  return {static_cast<grpc::StatusCode>(behaviour.status), behaviour.message,
          behaviour.retry_info ? details_with(*behaviour.retry_info, behaviour) : ""};
}

void fill(const Behaviour& behaviour, grpc::ByteBuffer& response) {
  std::string bytes;
  if (behaviour.rejected_points != 0 || !behaviour.message.empty()) {
    bytes = wire::bytes(1, wire::number(1, static_cast<std::uint64_t>(behaviour.rejected_points)) +
                               wire::bytes(2, behaviour.message));
  }
  const grpc::Slice slice(behaviour.body.value_or(bytes));
  grpc::ByteBuffer buffer(&slice, 1);
  response.Swap(&buffer);
}

class Service final : public collector::MetricsService::WithRawCallbackMethod_Export<
                          collector::MetricsService::Service> {
 public:
  explicit Service(Reception& reception) : reception_(reception) {}

  grpc::ServerUnaryReactor* Export(grpc::CallbackServerContext* context,
                                   const grpc::ByteBuffer* request,
                                   grpc::ByteBuffer* response) override {
    Arrival arrival = arrival_of(*context);
    const Behaviour behaviour = reception_.begin(arrival);
    Verdict verdict;
    if (behaviour.close != Behaviour::Close::before_reading) {
      const auto body = bytes_of(*request);
      arrival.gzip = body.starts_with("\x1f\x8b");  // a request's first byte is another
      verdict = reception_.take(arrival, body, behaviour);
    }
    fill(behaviour, *response);
    auto* const reactor = context->DefaultReactor();
    reception_.answer(
        behaviour, [reactor, status = status_for(verdict, behaviour)] { reactor->Finish(status); });
    return reactor;
  }

 private:
  Reception& reception_;
};

/// Every other path.
class Strays final : public grpc::CallbackGenericService {
 public:
  explicit Strays(Reception& reception) : reception_(reception) {}

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    reception_.violation("no such path: " + context->method());
    return new Refused();  // deletes itself when gRPC is done with it
  }

 private:
  class Refused final : public grpc::ServerGenericBidiReactor {
   public:
    Refused() { Finish({grpc::StatusCode::UNIMPLEMENTED, "no such path"}); }
    void OnDone() override { delete this; }
  };

  Reception& reception_;
};

std::string content(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::shared_ptr<grpc::ServerCredentials> credentials(const std::optional<ServerTls>& tls) {
  if (!tls) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions options(
      tls->client_authorities.empty() ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                                      : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_key_cert_pairs.push_back({content(tls->key), content(tls->certificate)});
  if (!tls->client_authorities.empty()) options.pem_root_certs = content(tls->client_authorities);
  return grpc::SslServerCredentials(options);
}

}  // namespace

class GrpcServer::Impl {
 public:
  Impl(Reception& reception, const std::optional<ServerTls>& tls, std::uint16_t port)
      : service_(reception), strays_(reception) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:" + std::to_string(port), credentials(tls), &port_);
    builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
    builder.SetMaxReceiveMessageSize(-1);  // the reception has the limit
    builder.RegisterService(&service_);
    builder.RegisterCallbackGenericService(&strays_);
    server_ = builder.BuildAndStart();
    if (!server_ || port_ == 0) throw std::runtime_error("the gRPC receiver cannot listen");
  }

  ~Impl() { server_->Shutdown(std::chrono::system_clock::time_point{}); }

  std::uint16_t port() const { return static_cast<std::uint16_t>(port_); }

 private:
  Service service_;
  Strays strays_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

GrpcServer::GrpcServer(Reception& reception, const std::optional<ServerTls>& tls,
                       std::uint16_t port)
    : impl_(std::make_unique<Impl>(reception, tls, port)) {}

GrpcServer::~GrpcServer() = default;

std::uint16_t GrpcServer::port() const noexcept {
  return impl_->port();
}

}  // namespace shmx::testing
