// Finds and makes the methods and series of a plan.
#include "shim/rpc_metrics.h"

#include <algorithm>
#include <utility>

#include "shim/method_name.h"
#include "shm/descriptor.h"
#include "shm/registry.h"

namespace shmx {
namespace {

// Whether gRPC's name of a method can be a label value.
bool is_label_value(std::string_view name) {
  return name.size() <= layout::kMaxLabelValueBytes && is_utf8(name);
}

}  // namespace

RpcMethod::RpcMethod(RpcMetrics& metrics, std::string service, std::string method, RpcType type)
    : metrics_(metrics), service_(std::move(service)), method_(std::move(method)), type_(type) {}

MethodSeries* RpcMethod::labelled_series(const std::vector<std::string_view>& values) noexcept {
  try {
    Values admitted;
    admitted.reserve(metrics_.label_values_.size());
    for (std::size_t i = 0; i < metrics_.label_values_.size(); ++i) {
      admitted.push_back(
          metrics_.label_values_[i].admit(i < values.size() ? values[i] : std::string_view()));
    }
    return find_or_make(std::move(admitted));
  } catch (...) {
    count_loss(layout::Loss::observations_dropped);
    return nullptr;
  }
}

MethodSeries* RpcMethod::find_or_make(Values values) {
  {
    const std::shared_lock lock(mutex_);
    const auto known = series_.find(values);
    if (known != series_.end() && known->second != nullptr) {
      return known->second.get();
    }
  }
  const ProblemsLater later;
  const std::lock_guard lock(mutex_);
  if (!series_.contains(values) && !values.empty() && !metrics_.reserve_labelled_series()) {
    // One such set per method at most: the number of methods has its own limit.
    std::ranges::transform(metrics_.label_values_, values.begin(), &LabelValues::overflow);
    count_loss(layout::Loss::label_values_overflowed);
  }
  std::unique_ptr<MethodSeries>& series = series_[values];
  if (series == nullptr) {
    series = make_series(values);
    if (values.empty()) {
      // Release: pairs with the acquire in series().
      plain_.store(series.get(), std::memory_order_release);
    }
  }
  return series.get();
}

std::unique_ptr<MethodSeries> RpcMethod::make_series(const Values& values) const {
  const RpcPlan& plan = metrics_.plan_;
  Labels labels = plan.constant_labels;
  labels.push_back({std::string(kTypeLabel), std::string(type_name(type_, plan.mode))});
  labels.push_back({std::string(kServiceLabel), service_});
  labels.push_back({std::string(kMethodLabel), method_});
  for (std::size_t i = 0; i < values.size(); ++i) {
    labels.push_back({plan.metadata_labels[i].label, *values[i]});
  }
  return std::make_unique<MethodSeries>(plan, metrics_.families_, type_, std::move(labels));
}

RpcMetrics::RpcMetrics(RpcPlan plan)
    : plan_(std::move(plan)),
      looks_at_metadata_(!plan_.metadata_labels.empty() || plan_.exemplars),
      families_(plan_) {
  for (const MetadataLabel& label : plan_.metadata_labels) {
    label_values_.emplace_back(label.max_value_bytes, label.max_values);
  }
  for (std::size_t type = 0; type < kRpcTypes; ++type) {
    unknown_.emplace_back(*this, std::string(kUnknownName), std::string(kUnknownName),
                          static_cast<RpcType>(type));
  }
}

RpcMetrics& RpcMetrics::of(const RpcPlan& plan) {
  static std::mutex mutex;
  // Never destroyed: calls may still end while the process does.
  static auto& all = *new std::vector<std::unique_ptr<RpcMetrics>>();
  const ProblemsLater later;
  const std::lock_guard lock(mutex);
  const auto known =
      std::ranges::find_if(all, [&](const auto& metrics) { return metrics->plan() == plan; });
  return known != all.end() ? **known : *all.emplace_back(std::make_unique<RpcMetrics>(plan));
}

RpcMethod& RpcMetrics::method(std::string_view full_name, RpcType type) {
  const MethodName name = split_method(full_name);
  if (!is_label_value(name.service) || !is_label_value(name.method)) {
    return unknown(type);
  }
  std::pair<std::string, RpcType> key(full_name, type);
  const std::lock_guard lock(mutex_);
  const auto known = methods_.find(key);
  if (known != methods_.end()) {
    return *known->second;
  }
  if (methods_.size() >= kMaxMethods) {
    return unknown(type);
  }
  auto made =
      std::make_unique<RpcMethod>(*this, std::string(name.service), std::string(name.method), type);
  return *methods_.emplace(std::move(key), std::move(made)).first->second;
}

RpcMethod& RpcMetrics::unknown(RpcType type) noexcept {
  return unknown_[static_cast<std::size_t>(type) % kRpcTypes];
}

bool RpcMetrics::reserve_labelled_series() noexcept {
  // Relaxed: a limit, it orders nothing.
  return labelled_series_.fetch_add(1, std::memory_order_relaxed) < kMaxLabelledSeries;
}

}  // namespace shmx
