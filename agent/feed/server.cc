// Puts gRPC's server together: address, credentials, limits, the services; and takes it down.
#include "agent/feed/server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/server_posix.h>
#include <sys/stat.h>

#include <limits>
#include <optional>
#include <utility>

#include "agent/feed/address.h"
#include "agent/feed/calls.h"
#include "agent/feed/credentials.h"
#include "agent/feed/grpc_process.h"
#include "agent/feed/judgements.h"
#include "agent/feed/local_connections.h"
#include "agent/feed/rounds.h"
#include "agent/feed/service.h"
#include "agent/files/unix_socket.h"

namespace shmx::feed {
namespace {

/// What gRPC itself may hold for all clients: their connections, requests and windows.
constexpr std::size_t kQuotaBytes = std::size_t{64} << 20;
/// Reflection has a thread per call; everything else shares gRPC's own.
constexpr int kMaxThreads = 8;
/// Per connection: as many as there may be subscribers by default, and some for reflection.
constexpr int kMaxStreams = 100;
/// gRPC's usual bound; a few short headers come.
constexpr int kMaxMetadataBytes = 8 * 1024;
/// A client that vanished with its host gives its place back after this and the timeout.
constexpr int kKeepaliveMs = 300'000;
constexpr int kKeepaliveTimeoutMs = 20'000;
/// From connecting to the end of the handshake, that nobody holds a descriptor for nothing.
constexpr int kHandshakeMs = 10'000;
/// gRPC's threads that wait for reflection look around after this: it needs none of it.
constexpr int kPollMs = 3'600'000;

/// The mode of the unix socket: metrics name what a host does.
constexpr mode_t kOwnSocket = 0600;
constexpr mode_t kSocketForAll = 0666;

/// Connections of one user over the unix socket: each subscriber may have one of its own, and each
/// call of Get.
constexpr std::size_t kConnectionsPerSubscriber = 2;

/// Nothing, if the feed may be served there and so. `tls` is null without TLS.
std::optional<Error> forbidden(const Address& address, const web::TlsSettings* tls) {
  if (tls != nullptr) {
    return problem_of(*tls);
  }
  if (!address.is_local()) {
    return Error{"feed address \"" + to_text(address) +
                 "\": other hosts could read the metrics; give a certificate and its key in "
                 "tls_server_config of --web.config.file, or listen on unix:/PATH or "
                 "127.0.0.1:PORT"};
  }
  return {};
}

void set_limits(grpc::ServerBuilder& builder, const Limits& limits) {
  grpc::ResourceQuota quota("feed");
  builder.SetResourceQuota(quota.Resize(kQuotaBytes).SetMaxThreads(kMaxThreads));
  builder.SetMaxReceiveMessageSize(static_cast<int>(limits.request_bytes));
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::CQ_TIMEOUT_MSEC, kPollMs);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // Two agents would share the port.
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxStreams);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS,
                             static_cast<int>(limits.idle.count()));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeMs);
}

/// As gRPC wants it: without a host, all addresses of both families.
std::string target_of(const Address& address) {
  Address target = address;
  if (target.host.empty()) {
    target.host = "::";
  }
  return to_text(target);
}

otlp::Options prometheus_names(otlp::Options mapping) {
  mapping.names = otlp::Names::prometheus;  // As the .proto file says.
  return mapping;
}

}  // namespace

class Server::Impl {
 public:
  Impl(Options options, Hooks hooks)
      : options_(std::move(options)),
        mapping_(prometheus_names(options_.mapping)),
        hooks_(std::move(hooks)),
        calls_(options_.max_subscribers, hooks_),
        judgements_(hooks_),
        rounds_(hooks_, judgements_, mapping_, options_.limits.snapshot_bytes),
        service_(calls_, judgements_, rounds_, options_.limits) {}

  std::optional<Error> serve(Address address) {
    if (auto problem = address.is_unix() ? serve_socket(address) : serve_port(address)) {
      return problem;
    }
    server_->GetHealthCheckService()->SetServingStatus(v1::MetricsFeed::service_full_name(), true);
    address_ = to_text(address);
    return {};
  }

  void stop() {
    if (!server_) {
      return;
    }
    connections_.reset();
    socket_.reset();
    server_->GetHealthCheckService()->Shutdown();
    rounds_.end_subscriptions();
    const auto grace = gpr_time_from_millis(options_.limits.stop_grace.count(), GPR_TIMESPAN);
    server_->Shutdown(gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), grace));
    rounds_.stop();
    calls_.wait_until_none();
    server_.reset();
  }

  const std::string& address() const noexcept { return address_; }

 private:
  std::optional<Error> serve_socket(const Address& address) {
    auto place = files::UnixSocket::prepare(address.path);
    if (!place) {
      return place.error();
    }
    auto socket = listen_at(place->bind_path());
    if (!socket) {
      return socket.error();
    }
    socket_.emplace(std::move(place).value());
    if (auto problem =
            socket_->publish(options_.socket_for_all_users ? kSocketForAll : kOwnSocket)) {
      return problem;
    }
    grpc::ServerBuilder builder;
    build(builder);
    if (!server_) {
      return Error{"feed address \"" + to_text(address) + "\": gRPC cannot serve there"};
    }
    const std::size_t most = kConnectionsPerSubscriber * options_.max_subscribers;
    connections_.emplace(
        std::move(socket).value(), most,
        LocalConnections::Hooks{
            [this](int descriptor) { grpc::AddInsecureChannelFromFd(server_.get(), descriptor); },
            hooks_.warn});
    return {};
  }

  std::optional<Error> serve_port(Address& address) {
    const auto tls = options_.tls ? options_.tls() : nullptr;
    if (auto problem = forbidden(address, tls.get())) {
      return problem;
    }
    credentials_ =
        tls ? tls_credentials(options_.tls, hooks_.warn) : grpc::InsecureServerCredentials();
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort(target_of(address), credentials_, &port);
    build(builder);
    if (!server_) {
      return Error{"feed address \"" + to_text(address) +
                   "\": cannot be listened on; is the host's name or address its own, and the port "
                   "free" +
                   (tls ? ", and is the key of tls_server_config its certificate's?" : "?")};
    }
    address.port = static_cast<std::uint16_t>(port);
    return {};
  }

  void build(grpc::ServerBuilder& builder) {
    set_limits(builder, options_.limits);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
  }

  const Options options_;
  const otlp::Options mapping_;
  const Hooks hooks_;
  std::string address_;
  Calls calls_;
  Judgements judgements_;
  Rounds rounds_;
  Service service_;
  std::shared_ptr<grpc::ServerCredentials> credentials_;  ///< gRPC's core asks it until the end
  std::unique_ptr<grpc::Server> server_;
  std::optional<files::UnixSocket> socket_;
  std::optional<LocalConnections> connections_;
};

Result<std::unique_ptr<Server>> Server::start(Options options, Hooks hooks) {
  const auto address = parse_address(options.listen_address);
  if (!address) {
    return address.error();
  }
  set_up_grpc();
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  std::unique_ptr<Server> server(
      new Server(std::make_unique<Impl>(std::move(options), std::move(hooks))));
  if (const auto problem = server->impl_->serve(address.value())) {
    return *problem;
  }
  return server;
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() {
  stop();
}

const std::string& Server::address() const noexcept {
  return impl_->address();
}

void Server::stop() {
  impl_->stop();
}

}  // namespace shmx::feed
