// The inventory service: every item that has a name is in stock.
#ifndef SHM_EXPORTER_TESTS_E2E_SERVICES_INVENTORY_SERVICE_H
#define SHM_EXPORTER_TESTS_E2E_SERVICES_INVENTORY_SERVICE_H

#include "inventory.grpc.pb.h"

namespace shmx::demo {

class InventoryService final : public shop::Inventory::Service {
 public:
  grpc::Status Count(grpc::ServerContext* context, const shop::Item* item,
                     shop::Stock* stock) override;
  grpc::Status Restock(grpc::ServerContext* context, grpc::ServerReader<shop::Delivery>* deliveries,
                       shop::Stock* stock) override;
  grpc::Status List(grpc::ServerContext* context, const shop::ListRequest* request,
                    grpc::ServerWriter<shop::Stock>* stocks) override;
  grpc::Status Watch(grpc::ServerContext* context,
                     grpc::ServerReaderWriter<shop::Stock, shop::Item>* stream) override;
};

}  // namespace shmx::demo

#endif  // SHM_EXPORTER_TESTS_E2E_SERVICES_INVENTORY_SERVICE_H
