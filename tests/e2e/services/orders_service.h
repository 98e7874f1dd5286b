// The order service: takes orders, remembers nothing, and counts the units ordered.
#ifndef SHM_EXPORTER_TESTS_E2E_SERVICES_ORDERS_SERVICE_H
#define SHM_EXPORTER_TESTS_E2E_SERVICES_ORDERS_SERVICE_H

#include "orders.grpc.pb.h"
#include "shim/metrics.h"

namespace shmx::demo {

class OrdersService final : public shop::Orders::Service {
 public:
  grpc::Status Place(grpc::ServerContext* context, const shop::OrderLine* line,
                     shop::Receipt* receipt) override;
  grpc::Status PlaceMany(grpc::ServerContext* context, grpc::ServerReader<shop::OrderLine>* lines,
                         shop::Receipt* receipt) override;
  grpc::Status History(grpc::ServerContext* context, const shop::HistoryRequest* request,
                       grpc::ServerWriter<shop::OrderLine>* lines) override;
  grpc::Status Negotiate(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<shop::OrderLine, shop::OrderLine>* lines) override;

 private:
  Counter units_ = counter("shop_units_ordered_total", "Units of all items ordered.").labels();
};

}  // namespace shmx::demo

#endif  // SHM_EXPORTER_TESTS_E2E_SERVICES_ORDERS_SERVICE_H
