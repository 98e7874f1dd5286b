#include "tests/e2e/services/orders_service.h"

#include <cstdint>

namespace shmx::demo {
namespace {

grpc::Status bad_quantity() {
  return {grpc::StatusCode::INVALID_ARGUMENT, "a quantity is at least 1"};
}

}  // namespace

grpc::Status OrdersService::Place(grpc::ServerContext* /*context*/, const shop::OrderLine* line,
                                  shop::Receipt* receipt) {
  if (line->quantity() < 1) {
    return bad_quantity();
  }
  receipt->set_units(line->quantity());
  units_.add(static_cast<std::uint64_t>(line->quantity()));
  return grpc::Status::OK;
}

grpc::Status OrdersService::PlaceMany(grpc::ServerContext* /*context*/,
                                      grpc::ServerReader<shop::OrderLine>* lines,
                                      shop::Receipt* receipt) {
  shop::OrderLine line;
  std::int64_t units = 0;
  bool good = true;
  while (lines->Read(&line)) {
    good = good && line.quantity() >= 1;
    units += line.quantity();
  }
  if (!good) {
    return bad_quantity();
  }
  receipt->set_units(units);
  units_.add(static_cast<std::uint64_t>(units));
  return grpc::Status::OK;
}

grpc::Status OrdersService::History(grpc::ServerContext* /*context*/,
                                    const shop::HistoryRequest* request,
                                    grpc::ServerWriter<shop::OrderLine>* lines) {
  shop::OrderLine line;
  line.set_item("pencil");
  for (int i = 0; i < request->lines(); ++i) {
    line.set_quantity(i + 1);
    lines->Write(line);
  }
  return request->forgotten() ? grpc::Status(grpc::StatusCode::NOT_FOUND, "no older orders")
                              : grpc::Status::OK;
}

grpc::Status OrdersService::Negotiate(
    grpc::ServerContext* /*context*/,
    grpc::ServerReaderWriter<shop::OrderLine, shop::OrderLine>* lines) {
  shop::OrderLine line;
  bool good = true;
  while (lines->Read(&line)) {
    good = good && line.quantity() >= 1;
    lines->Write(line);
  }
  return good ? grpc::Status::OK : bad_quantity();
}

}  // namespace shmx::demo
