// Declares the families of a plan.
#include "shim/rpc_families.h"

#include <cstdint>

#include "shim/family_names.h"

namespace shmx {
namespace {

CounterFamily declare_counter(const RpcPlan& plan, RpcFamily family, bool exemplars = false) {
  CounterOptions options;
  options.exemplars = exemplars;
  return counter(family_name(family, plan.side, plan.mode), family_help(family, plan.side),
                 options);
}

HistogramFamily declare_histogram(const RpcPlan& plan, RpcFamily family, const BucketPlan& buckets,
                                  std::uint64_t ticks_per_unit, const char* unit,
                                  bool exemplars = false) {
  HistogramOptions options;
  options.bounds = buckets.bounds;
  options.ticks_per_unit = ticks_per_unit;
  options.unit = unit;
  options.exemplars = exemplars;
  options.buckets = buckets.kind;
  options.native = buckets.native;
  return histogram(family_name(family, plan.side, plan.mode), family_help(family, plan.side),
                   options);
}

HistogramFamily declare_seconds(const RpcPlan& plan, RpcFamily family, const BucketPlan& buckets,
                                bool exemplars = false) {
  return declare_histogram(plan, family, buckets, kNanosecondTicks, "seconds", exemplars);
}

}  // namespace

RpcFamilies::RpcFamilies(const RpcPlan& plan)
    : started(declare_counter(plan, RpcFamily::started)),
      handled(declare_counter(plan, RpcFamily::handled, plan.exemplars)),
      received(declare_counter(plan, RpcFamily::received)),
      sent(declare_counter(plan, RpcFamily::sent)) {
  if (plan.in_flight) {
    in_flight = shmx::in_flight(family_name(RpcFamily::in_flight, plan.side, plan.mode),
                                family_help(RpcFamily::in_flight, plan.side));
  }
  if (plan.handling) {
    handling = declare_seconds(plan, RpcFamily::handling, plan.handling_buckets, plan.exemplars);
  }
  if (plan.receive) {
    receive = declare_seconds(plan, RpcFamily::receive, plan.receive_buckets);
  }
  if (plan.send) {
    send = declare_seconds(plan, RpcFamily::send, plan.send_buckets);
  }
  if (plan.sent_bytes) {
    sent_bytes = declare_histogram(plan, RpcFamily::sent_bytes, plan.size_buckets, 1, "bytes");
  }
}

}  // namespace shmx
