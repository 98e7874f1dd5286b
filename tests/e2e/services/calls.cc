#include "tests/e2e/services/calls.h"

#include <grpcpp/client_context.h>

#include <chrono>
#include <utility>

#include "inventory.grpc.pb.h"
#include "orders.grpc.pb.h"

namespace shmx::demo {
namespace {

/// A call that takes longer is a defect; on the slowest machine none comes near.
constexpr std::chrono::seconds kDeadline{60};

class Context : public grpc::ClientContext {
 public:
  Context() { set_deadline(std::chrono::system_clock::now() + kDeadline); }
};

template <typename Stub, typename Request, typename Reply>
CallResult unary(Stub& stub,
                 grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Reply*),
                 CallKind kind, const Request& request) {
  Context context;
  Reply reply;
  const grpc::Status status = (stub.*method)(&context, request, &reply);
  kind.code = status.error_code();
  return {std::move(kind), {1, 1, status.ok() ? 1U : 0U, 0}};
}

template <typename Writer, typename Request>
void write_all(Writer& stream, const std::vector<Request>& requests, CallFacts& facts) {
  for (const Request& request : requests) {
    ++facts.messages_sent;
    if (!stream.Write(request)) {
      break;
    }
  }
  stream.WritesDone();
}

template <typename Reply, typename Reader>
void read_all(Reader& stream, CallFacts& facts) {
  Reply reply;
  while (stream.Read(&reply)) {
    ++facts.messages_received;
  }
}

template <typename Reply, typename Open, typename Request>
CallResult client_stream(const Open& open, CallKind kind, const std::vector<Request>& requests) {
  Context context;
  Reply reply;
  CallFacts facts{1, 0, 0, 0};
  const auto stream = open(&context, &reply);
  write_all(*stream, requests, facts);
  const grpc::Status status = stream->Finish();
  facts.messages_received = status.ok() ? 1 : 0;
  kind.code = status.error_code();
  return {std::move(kind), facts};
}

template <typename Reply, typename Open, typename Request>
CallResult server_stream(const Open& open, CallKind kind, const Request& request) {
  Context context;
  CallFacts facts{1, 1, 0, 0};
  const auto stream = open(&context, request);
  read_all<Reply>(*stream, facts);
  kind.code = stream->Finish().error_code();
  return {std::move(kind), facts};
}

template <typename Reply, typename Open, typename Request>
CallResult bidi_stream(const Open& open, CallKind kind, const std::vector<Request>& requests) {
  Context context;
  CallFacts facts{1, 0, 0, 0};
  const auto stream = open(&context);
  write_all(*stream, requests, facts);
  read_all<Reply>(*stream, facts);
  kind.code = stream->Finish().error_code();
  return {std::move(kind), facts};
}

/// How many messages a stream of the n-th call of a kind has: 1, 2, 3.
int length_of(std::uint64_t n) {
  return static_cast<int>(n % 3) + 1;
}

/// Every fifth call of a kind is one that the service has to refuse.
bool is_bad(std::uint64_t n) {
  return n % 5 == 4;
}

class OrdersCalls {
 public:
  explicit OrdersCalls(const std::shared_ptr<grpc::Channel>& channel)
      : stub_(shop::Orders::NewStub(channel)) {}

  CallResult place(int quantity) {
    auto result = unary(*stub_, &shop::Orders::Stub::Place, kind("unary", "Place"), line(quantity));
    return with_units(std::move(result), quantity);
  }
  CallResult place_many(int count, int quantity) {
    auto result = client_stream<shop::Receipt>(
        [&](auto* context, auto* reply) { return stub_->PlaceMany(context, reply); },
        kind("client_stream", "PlaceMany"), lines(count, quantity));
    return with_units(std::move(result), count * quantity);
  }
  CallResult history(int count, bool forgotten) {
    shop::HistoryRequest request;
    request.set_lines(count);
    request.set_forgotten(forgotten);
    return server_stream<shop::OrderLine>(
        [&](auto* context, const auto& asked) { return stub_->History(context, asked); },
        kind("server_stream", "History"), request);
  }
  CallResult negotiate(int count, int quantity) {
    return bidi_stream<shop::OrderLine>([&](auto* context) { return stub_->Negotiate(context); },
                                        kind("bidi_stream", "Negotiate"), lines(count, quantity));
  }

 private:
  static CallKind kind(const char* type, const char* method) {
    return {type, "shop.Orders", method};
  }
  static shop::OrderLine line(int quantity) {
    shop::OrderLine result;
    result.set_item("pencil");
    result.set_quantity(quantity);
    return result;
  }
  static std::vector<shop::OrderLine> lines(int count, int quantity) {
    return {static_cast<std::size_t>(count), line(quantity)};
  }
  static CallResult with_units(CallResult result, int units) {
    const bool taken = result.kind.code == grpc::StatusCode::OK;
    result.facts.units_ordered = taken ? static_cast<std::uint64_t>(units) : 0;
    return result;
  }

  std::unique_ptr<shop::Orders::Stub> stub_;
};

class InventoryCalls {
 public:
  explicit InventoryCalls(const std::shared_ptr<grpc::Channel>& channel)
      : stub_(shop::Inventory::NewStub(channel)) {}

  CallResult count(const std::string& name) {
    return unary(*stub_, &shop::Inventory::Stub::Count, kind("unary", "Count"),
                 named<shop::Item>(name));
  }
  CallResult restock(int count, const std::string& name) {
    return client_stream<shop::Stock>(
        [&](auto* context, auto* reply) { return stub_->Restock(context, reply); },
        kind("client_stream", "Restock"), several<shop::Delivery>(count, name));
  }
  CallResult list(int count, bool interrupted) {
    shop::ListRequest request;
    request.set_items(count);
    request.set_interrupted(interrupted);
    return server_stream<shop::Stock>(
        [&](auto* context, const auto& asked) { return stub_->List(context, asked); },
        kind("server_stream", "List"), request);
  }
  CallResult watch(int count, const std::string& name) {
    return bidi_stream<shop::Stock>([&](auto* context) { return stub_->Watch(context); },
                                    kind("bidi_stream", "Watch"), several<shop::Item>(count, name));
  }

 private:
  static CallKind kind(const char* type, const char* method) {
    return {type, "shop.Inventory", method};
  }
  template <typename Message>
  static Message named(const std::string& name) {
    Message message;
    message.set_name(name);
    return message;
  }
  template <typename Message>
  static std::vector<Message> several(int count, const std::string& name) {
    return {static_cast<std::size_t>(count), named<Message>(name)};
  }

  std::unique_ptr<shop::Inventory::Stub> stub_;
};

std::vector<Call> orders_calls(const std::shared_ptr<grpc::Channel>& channel) {
  const auto orders = std::make_shared<OrdersCalls>(channel);
  const auto quantity = [](std::uint64_t n) { return is_bad(n) ? 0 : length_of(n + 1); };
  return {
      [=](std::uint64_t n) { return orders->place(quantity(n)); },
      [=](std::uint64_t n) { return orders->place_many(length_of(n), quantity(n)); },
      [=](std::uint64_t n) { return orders->history(length_of(n), is_bad(n)); },
      [=](std::uint64_t n) { return orders->negotiate(length_of(n), quantity(n)); },
  };
}

std::vector<Call> inventory_calls(const std::shared_ptr<grpc::Channel>& channel) {
  const auto inventory = std::make_shared<InventoryCalls>(channel);
  const auto name = [](std::uint64_t n) { return is_bad(n) ? "" : "pencil"; };
  return {
      [=](std::uint64_t n) { return inventory->count(name(n)); },
      [=](std::uint64_t n) { return inventory->restock(length_of(n), name(n)); },
      [=](std::uint64_t n) { return inventory->list(length_of(n), is_bad(n)); },
      [=](std::uint64_t n) { return inventory->watch(length_of(n), name(n)); },
  };
}

}  // namespace

CallFacts& CallFacts::operator+=(const CallFacts& other) {
  calls += other.calls;
  messages_sent += other.messages_sent;
  messages_received += other.messages_received;
  units_ordered += other.units_ordered;
  return *this;
}

std::vector<Call> calls_of(const std::string& service,
                           const std::shared_ptr<grpc::Channel>& channel) {
  if (service == "orders") {
    return orders_calls(channel);
  }
  return service == "inventory" ? inventory_calls(channel) : std::vector<Call>();
}

}  // namespace shmx::demo
