#include "agent/feed/grpc_log.h"

#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>

namespace shmx::feed {

void silence_grpc_log() {
  gpr_set_log_function([](gpr_log_func_args*) {});
  google::protobuf::SetLogHandler(nullptr);
}

}  // namespace shmx::feed
