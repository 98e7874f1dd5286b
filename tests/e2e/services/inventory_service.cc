#include "tests/e2e/services/inventory_service.h"

#include <cstdint>
#include <string>

namespace shmx::demo {
namespace {

grpc::Status no_name() {
  return {grpc::StatusCode::NOT_FOUND, "an item has a name"};
}

shop::Stock stock_of(const std::string& name, std::int64_t units) {
  shop::Stock stock;
  stock.set_name(name);
  stock.set_units(units);
  return stock;
}

}  // namespace

grpc::Status InventoryService::Count(grpc::ServerContext* /*context*/, const shop::Item* item,
                                     shop::Stock* stock) {
  if (item->name().empty()) {
    return no_name();
  }
  *stock = stock_of(item->name(), 7);
  return grpc::Status::OK;
}

grpc::Status InventoryService::Restock(grpc::ServerContext* /*context*/,
                                       grpc::ServerReader<shop::Delivery>* deliveries,
                                       shop::Stock* stock) {
  shop::Delivery delivery;
  bool good = true;
  while (deliveries->Read(&delivery)) {
    good = good && !delivery.name().empty();
    *stock = stock_of(delivery.name(), stock->units() + delivery.units());
  }
  return good ? grpc::Status::OK : no_name();
}

grpc::Status InventoryService::List(grpc::ServerContext* /*context*/,
                                    const shop::ListRequest* request,
                                    grpc::ServerWriter<shop::Stock>* stocks) {
  for (int i = 0; i < request->items(); ++i) {
    stocks->Write(stock_of("item " + std::to_string(i), i));
  }
  return request->interrupted() ? grpc::Status(grpc::StatusCode::ABORTED, "the shelves are moving")
                                : grpc::Status::OK;
}

grpc::Status InventoryService::Watch(grpc::ServerContext* /*context*/,
                                     grpc::ServerReaderWriter<shop::Stock, shop::Item>* stream) {
  shop::Item item;
  bool good = true;
  while (stream->Read(&item)) {
    good = good && !item.name().empty();
    stream->Write(stock_of(item.name(), 7));
  }
  return good ? grpc::Status::OK : no_name();
}

}  // namespace shmx::demo
