// Options to plans: defaults, the modes' rules, and the labels that are refused.
#include "shim/rpc_plan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <string_view>

#include "shm/descriptor.h"
#include "shm/reserved_names.h"

namespace shmx {
namespace {

// Names that a series of RPC metrics has already.
constexpr std::array<std::string_view, 6> kOwnNames = {kOverflowLabel, "grpc_type", "grpc_service",
                                                       "grpc_method",  "grpc_code", "code"};

bool is_taken(std::string_view name) {
  return is_reserved_label(name) || std::ranges::find(kOwnNames, name) != kOwnNames.end();
}

std::string label_name_of(std::string_view key) {
  std::string name(key);
  std::ranges::replace_if(
      name, [](char c) { return c == '-' || c == '.'; }, '_');
  return name;
}

// Checks names one by one: valid, free, and not more than fit.
class LabelNames {
 public:
  bool admit(const std::string& name) {
    if (!is_label_name(name) || is_taken(name) || names_.size() == kMaxExtraLabels ||
        std::ranges::find(names_, name) != names_.end()) {
      count_loss(layout::Loss::registrations_dropped);
      return false;
    }
    names_.push_back(name);
    return true;
  }

 private:
  std::vector<std::string> names_;
};

void plan_constant_labels(const RpcOptions& options, LabelNames& names, RpcPlan& plan) {
  for (const Label& label : options.constant_labels) {
    if (label.value.size() > layout::kMaxLabelValueBytes || !is_utf8(label.value)) {
      count_loss(layout::Loss::registrations_dropped);
    } else if (names.admit(label.name)) {
      plan.constant_labels.push_back(label);
    }
  }
  std::ranges::sort(plan.constant_labels);
}

void plan_metadata_labels(const RpcOptions& options, LabelNames& names, RpcPlan& plan) {
  for (MetadataLabel label : options.metadata_labels) {
    // gRPC refuses to send keys in upper case: a peer's key never has any.
    std::ranges::transform(label.key, label.key.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    if (label.label.empty()) {
      label.label = label_name_of(label.key);
    }
    label.max_value_bytes = std::min(label.max_value_bytes, layout::kMaxLabelValueBytes);
    if (names.admit(label.label)) {
      plan.metadata_labels.push_back(std::move(label));
    }
  }
}

/// A NaN would make a plan that no plan is equal to, not even its own: what is refused all the same
/// stands for it.
double equal_to_itself(double value) {
  return std::isnan(value) ? -std::numeric_limits<double>::infinity() : value;
}

BucketPlan plan_buckets(BucketKind kind, const std::vector<double>& wanted,
                        std::span<const double> defaults, const NativeOptions& native) {
  BucketPlan plan{kind,
                  wanted.empty() ? std::vector<double>(defaults.begin(), defaults.end()) : wanted,
                  native};
  std::ranges::transform(plan.bounds, plan.bounds.begin(), equal_to_itself);
  plan.native.smallest = equal_to_itself(plan.native.smallest);
  plan.native.largest = equal_to_itself(plan.native.largest);
  return plan;
}

BucketPlan plan_seconds(const RpcOptions& options, BucketKind kind,
                        const std::vector<double>& wanted) {
  return plan_buckets(kind, wanted, default_time_buckets(options.mode), options.native_seconds);
}

RpcPlan plan_common(const RpcOptions& options, Side side, bool handling) {
  RpcPlan plan;
  plan.side = side;
  plan.mode = options.mode;
  plan.in_flight = options.in_flight;
  plan.handling = handling || options.mode == Mode::python_legacy;
  plan.sent_bytes = options.message_bytes_histograms;
  plan.code_on_handling = plan.handling && options.code_on_handling_histogram;
  plan.exemplars = options.exemplars;
  plan.handling_buckets =
      plan_seconds(options, options.handling_bucket_kind, options.handling_buckets);
  plan.size_buckets = plan_buckets(options.message_bytes_bucket_kind, options.message_bytes_buckets,
                                   default_size_buckets(), options.native_bytes);
  LabelNames names;
  plan_constant_labels(options, names, plan);
  plan_metadata_labels(options, names, plan);
  return plan;
}

}  // namespace

RpcPlan plan_of(const ServerOptions& options) {
  return plan_common(options, Side::server, options.handling_time_histogram);
}

RpcPlan plan_of(const ClientOptions& options) {
  RpcPlan plan = plan_common(options, Side::client, options.client_handling_time_histogram);
  const bool modern = options.mode != Mode::python_legacy;
  plan.receive = modern && options.client_stream_receive_time_histogram;
  plan.send = modern && options.client_stream_send_time_histogram;
  plan.receive_buckets =
      plan_seconds(options, options.receive_bucket_kind, options.receive_buckets);
  plan.send_buckets = plan_seconds(options, options.send_bucket_kind, options.send_buckets);
  return plan;
}

}  // namespace shmx
