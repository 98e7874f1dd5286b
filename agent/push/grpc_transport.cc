#include "agent/push/grpc_transport.h"

#include <grpc/support/log.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/channel_arguments.h>

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/otlp/status_codes.h"
#include "agent/push/destination.h"
#include "agent/push/receiver_words.h"

namespace shmx::push {
namespace {

constexpr const char* kMethod = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
constexpr std::uint16_t kDefaultPort = 4317;

/// An answer to a push is a few hundred bytes.
constexpr int kMostAnswerBytes = 64 << 10;

void silence_log() {
  gpr_set_log_function([](gpr_log_func_args* /*line*/) {});
}

/// The deadline as it is: steady_clock and gRPC's monotonic clock are both CLOCK_MONOTONIC.
gpr_timespec timespec_of(Transport::Clock::time_point deadline) {
  using std::chrono::duration_cast;
  const auto since = deadline.time_since_epoch();
  const auto seconds = duration_cast<std::chrono::seconds>(since);
  const auto rest = duration_cast<std::chrono::nanoseconds>(since - seconds);
  return {seconds.count(), static_cast<std::int32_t>(rest.count()), GPR_CLOCK_MONOTONIC};
}

std::shared_ptr<grpc::ChannelCredentials> credentials(const WatchedTls* tls) {
  if (tls == nullptr) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = tls->material().authorities;  // empty: the system's
  options.pem_private_key = tls->material().key;
  options.pem_cert_chain = tls->material().certificate;
  return grpc::SslCredentials(options);
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

/// The standard's list; RESOURCE_EXHAUSTED is in it when the receiver says that it will recover.
bool may_be_repeated(grpc::StatusCode code, bool with_retry_info) {
  switch (code) {
    case grpc::StatusCode::CANCELLED:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
    case grpc::StatusCode::ABORTED:
    case grpc::StatusCode::OUT_OF_RANGE:
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::DATA_LOSS:
      return true;
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return with_retry_info;
    default:
      return false;
  }
}

class GrpcTransport final : public Transport {
 public:
  GrpcTransport(const Options& options, Destination destination, const std::string& user_agent)
      : target_("dns:///" + destination.url.authority()),
        headers_(std::move(destination.headers)),
        token_(std::move(destination.token)),
        tls_(std::move(destination.tls)) {
    arguments_.SetUserAgentPrefix(user_agent);
    arguments_.SetMaxReceiveMessageSize(kMostAnswerBytes);
    arguments_.SetMaxSendMessageSize(-1);  // Options::max_request_bytes is the limit
    arguments_.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a new channel is new all through
    arguments_.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);          // as over HTTP
    arguments_.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);             // retries are the delivery's
    if (options.compression == Compression::gzip) {
      arguments_.SetCompressionAlgorithm(GRPC_COMPRESS_GZIP);
    }
    connect();
  }

  Reply send(std::string_view request, Clock::time_point deadline) override {
    std::string problem;
    // A channel that could not connect repeats that answer for a while without trying; how long to
    // wait is the delivery's decision.
    const bool failed = channel_->GetState(false) == GRPC_CHANNEL_TRANSIENT_FAILURE;
    if ((tls_ && tls_->refresh(problem)) || failed) connect();
    grpc::ClientContext context;
    context.set_deadline(timespec_of(deadline));
    for (const auto& [name, value] : headers_) context.AddMetadata(name, value);
    if (const auto& token = token_.authorization(problem); !token.empty()) {
      context.AddMetadata("authorization", token);
    }
    std::string answer;
    Reply reply = reply_to(call(context, request, answer), answer);
    reply.sent_bytes = request.size();
    if (!problem.empty()) reply.message += (reply.message.empty() ? "" : "; ") + problem;
    return reply;
  }

 private:
  void connect() {
    channel_ = grpc::CreateCustomChannel(target_, credentials(tls_ ? &*tls_ : nullptr), arguments_);
  }

  /// One call, waited for on this thread; it ends at the context's deadline.
  grpc::Status call(grpc::ClientContext& context, std::string_view request,
                    std::string& answer) const {
    const grpc::Slice slice(request.data(), request.size(), grpc::Slice::STATIC_SLICE);
    const grpc::ByteBuffer message(&slice, 1);
    grpc::ByteBuffer response;
    grpc::Status status;
    grpc::CompletionQueue queue;
    grpc::GenericStub stub(channel_);
    const auto call = stub.PrepareUnaryCall(&context, kMethod, message, &queue);
    call->StartCall();
    call->Finish(&response, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    if (status.ok()) answer = bytes_of(response);
    return status;
  }

  Reply reply_to(const grpc::Status& status, const std::string& answer) const {
    if (status.ok()) return accepted_reply(answer);
    Reply reply;
    reply.wait = retry_info_of(status.error_details());
    const bool again = may_be_repeated(status.error_code(), reply.wait.has_value());
    reply.kind = again ? Reply::Kind::retry : Reply::Kind::refused;
    if (!again) reply.wait.reset();
    reply.message = target_.substr(std::string_view("dns:///").size()) + " answers " +
                    std::string(otlp::status_name(status.error_code())) + ": " +
                    one_line(status.error_message());
    if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED) {
      reply.message += "; is it a receiver of OTLP over gRPC, with metrics enabled?";
    }
    return reply;
  }

  const std::string target_;
  const std::vector<Header> headers_;
  BearerToken token_;
  std::optional<WatchedTls> tls_;
  grpc::ChannelArguments arguments_;
  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace

Result<std::unique_ptr<Transport>> make_grpc_transport(const Options& options,
                                                       const std::string& user_agent) {
  auto destination = open_destination(options, kDefaultPort);
  if (!destination) return destination.error();
  silence_log();
  return std::unique_ptr<Transport>(
      std::make_unique<GrpcTransport>(options, std::move(destination).value(), user_agent));
}

}  // namespace shmx::push
