// Connections to a unix socket that another user has made.
#ifndef SHM_EXPORTER_TESTS_AGENT_FEED_LOCAL_USER_H
#define SHM_EXPORTER_TESTS_AGENT_FEED_LOCAL_USER_H

#include <sys/types.h>

#include <memory>
#include <string>

#include <grpcpp/channel.h>

#include "shm/file.h"

namespace shmx::feed {

/// Another user than the test's, if the test may become others; else the test's own.
uid_t another_user();

/// A connection that a process of that user has made; none, with errno, if it could not.
UniqueFd connect_as(uid_t uid, const std::string& path);

/// The same for gRPC.
std::shared_ptr<grpc::Channel> channel_as(uid_t uid, const std::string& path);

}  // namespace shmx::feed

#endif  // SHM_EXPORTER_TESTS_AGENT_FEED_LOCAL_USER_H
