// Declares the families of a plan.
#include "shim/rpc_families.h"

#include <vector>

#include "shim/family_names.h"

namespace shmx {
namespace {

CounterFamily declare_counter(const RpcPlan& plan, RpcFamily family, bool exemplars = false) {
  CounterOptions options;
  options.exemplars = exemplars;
  return counter(family_name(family, plan.side, plan.mode), family_help(family, plan.side),
                 options);
}

HistogramFamily declare_seconds(const RpcPlan& plan, RpcFamily family,
                                const std::vector<double>& buckets, bool exemplars = false) {
  HistogramOptions options;
  options.bounds = buckets;
  options.ticks_per_unit = kNanosecondTicks;
  options.unit = "seconds";
  options.exemplars = exemplars;
  return histogram(family_name(family, plan.side, plan.mode), family_help(family, plan.side),
                   options);
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
    HistogramOptions options;
    options.bounds = plan.size_buckets;
    options.ticks_per_unit = 1;
    options.unit = "bytes";
    sent_bytes = histogram(family_name(RpcFamily::sent_bytes, plan.side, plan.mode),
                           family_help(RpcFamily::sent_bytes, plan.side), options);
  }
}

}  // namespace shmx
