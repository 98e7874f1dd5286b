// A snapshot of the feed as plain values.
#ifndef SHM_EXPORTER_AGENT_FEED_SNAPSHOT_VALUES_H
#define SHM_EXPORTER_AGENT_FEED_SNAPSHOT_VALUES_H

#include <opentelemetry/proto/metrics/v1/metrics.pb.h>
#include <shmx/v1/metrics_feed.pb.h>

#include "agent/feed/client.h"

namespace shmx::feed {

/// Whatever the message holds: metrics of kinds that the agent does not send are left out, and a
/// histogram whose counts do not fit its bounds has one bucket.
Snapshot values_of(const v1::Snapshot& message);

/// Upper bounds of all buckets where there are observations, and the lower ones where nothing was
/// observed right below them: what is between two bounds was observed between them.
Histogram values_of(const opentelemetry::proto::metrics::v1::ExponentialHistogramDataPoint& point);
Histogram values_of(const opentelemetry::proto::metrics::v1::HistogramDataPoint& point);

}  // namespace shmx::feed

#endif  // SHM_EXPORTER_AGENT_FEED_SNAPSHOT_VALUES_H
