// How long the message is that a batch sends.
#ifndef SHM_EXPORTER_SHIM_SERIALIZED_BYTES_H
#define SHM_EXPORTER_SHIM_SERIALIZED_BYTES_H

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/interceptor.h>

#include <cstdint>

namespace shmx {

/// Serializes now what gRPC would serialize next. Negative when there is nothing to be had.
inline std::int64_t serialized_bytes(grpc::experimental::InterceptorBatchMethods& batch) {
  const grpc::ByteBuffer* const bytes = batch.GetSerializedSendMessage();
  return bytes == nullptr ? -1 : static_cast<std::int64_t>(bytes->Length());
}

}  // namespace shmx

#endif  // SHM_EXPORTER_SHIM_SERIALIZED_BYTES_H
