#include "agent/feed/grpc_process.h"

#include <google/protobuf/stubs/logging.h>
#include <grpc/grpc.h>
#include <grpc/support/log.h>

#include <mutex>

namespace shmx::feed {

void set_up_grpc() {
  static std::once_flag once;
  std::call_once(once, [] {
    gpr_set_log_function([](gpr_log_func_args*) {});
    google::protobuf::SetLogHandler(nullptr);
    grpc_init();  // Without its grpc_shutdown(), on purpose.
  });
}

}  // namespace shmx::feed
