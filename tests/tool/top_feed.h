// Snapshots of an agent's feed as a test writes them.
#ifndef SHM_EXPORTER_TESTS_TOOL_TOP_FEED_H
#define SHM_EXPORTER_TESTS_TOOL_TOP_FEED_H

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "agent/feed/client.h"

namespace shmx::tool::top::test {

constexpr std::int64_t kSecond = 1'000'000'000;

/// When the first snapshot of a test is taken: 2020-09-13 12:26:40 UTC.
constexpr std::int64_t kBegin = 1'600'000'000 * kSecond;

/// When what a test counts was 0.
constexpr std::int64_t kStart = kBegin - 100 * kSecond;

inline Labels method(const std::string& name, Labels more = {}) {
  more.push_back({"grpc_method", name});
  more.push_back({"grpc_service", "shop.Orders"});
  more.push_back({"grpc_type", "unary"});
  return more;
}

inline Labels code(const std::string& name, const std::string& code) {
  return method(name, {{"grpc_code", code}});
}

inline feed::Sample counter(std::string metric, std::string job, Labels labels, double value,
                            std::int64_t start_unix_ns = kStart) {
  return {std::move(metric), std::move(job), std::move(labels), value, start_unix_ns};
}

inline feed::Sample gauge(std::string metric, std::string job, Labels labels, double value) {
  return {std::move(metric), std::move(job), std::move(labels), value, 0};
}

inline feed::Sample histogram(std::string metric, std::string job, Labels labels,
                              std::vector<double> bounds, std::vector<std::uint64_t> counts,
                              std::int64_t start_unix_ns = kStart) {
  return {std::move(metric), std::move(job), std::move(labels),
          feed::Histogram{std::move(bounds), std::move(counts), 0}, start_unix_ns};
}

/// Taken so many seconds after the first.
inline feed::Snapshot snapshot(std::int64_t seconds, std::vector<feed::Sample> samples) {
  return {kBegin + seconds * kSecond, std::move(samples)};
}

}  // namespace shmx::tool::top::test

#endif  // SHM_EXPORTER_TESTS_TOOL_TOP_FEED_H
