// The echo service in the synchronous API.
#include "echo.grpc.pb.h"
#include "tests/shim/echo_script.h"
#include "tests/shim/echo_servers.h"

namespace shmx::test {
namespace {

class SyncEcho final : public EchoServer, public Echo::Service {
 public:
  explicit SyncEcho(Gates& gates) : gates_(gates) {}
  void add_to(grpc::ServerBuilder& builder) override { builder.RegisterService(this); }
  void start() override {}
  void join() override {}

  grpc::Status Unary(grpc::ServerContext* /*context*/, const Note* request, Note* reply) override {
    return run_unary(gates_, *request, reply);
  }
  grpc::Status Collect(grpc::ServerContext* /*context*/, grpc::ServerReader<Note>* reader,
                       Note* reply) override {
    return run_collect(
        gates_, [&](Note* note) { return reader->Read(note); }, reply);
  }
  grpc::Status Expand(grpc::ServerContext* /*context*/, const Note* request,
                      grpc::ServerWriter<Note>* writer) override {
    return run_expand(gates_, *request, [&](const Note& note) { return writer->Write(note); });
  }
  grpc::Status Chat(grpc::ServerContext* /*context*/,
                    grpc::ServerReaderWriter<Note, Note>* stream) override {
    return run_chat(
        gates_, [&](Note* note) { return stream->Read(note); },
        [&](const Note& note) { return stream->Write(note); });
  }

 private:
  Gates& gates_;
};

}  // namespace

std::unique_ptr<EchoServer> make_sync_echo(Gates& gates) {
  return std::make_unique<SyncEcho>(gates);
}

}  // namespace shmx::test
