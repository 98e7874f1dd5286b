// Resolves a method's series.
#include "shim/method_series.h"

#include <string>
#include <string_view>
#include <utility>

#include "shm/registry.h"

namespace shmx {
namespace {

// The recv and send histograms are for the messages of streaming calls that the mode counts.
bool streams(RpcType type) noexcept {
  return type != RpcType::unary;
}

}  // namespace

bool times_receiving(const RpcPlan& plan, RpcType type) noexcept {
  return plan.receive && streams(type) && counts_received(plan.side, plan.mode, type);
}

bool times_sending(const RpcPlan& plan, RpcType type) noexcept {
  return plan.send && streams(type) && counts_sent(plan.side, plan.mode, type);
}

MethodSeries::MethodSeries(const RpcPlan& plan, const RpcFamilies& families, RpcType type,
                           Labels labels)
    : plan_(plan),
      families_(families),
      labels_(std::move(labels)),
      counts_in_flight_(plan.in_flight),
      counts_received_(shmx::counts_received(plan.side, plan.mode, type)),
      counts_sent_(shmx::counts_sent(plan.side, plan.mode, type)),
      counts_handling_(plan.handling),
      times_receiving_(shmx::times_receiving(plan, type)),
      times_sending_(shmx::times_sending(plan, type)),
      measures_sent_(plan.sent_bytes),
      keeps_exemplars_(plan.exemplars),
      ends_plainly_(!times_sending_ && !plan.exemplars),
      timed_(plan.handling || times_receiving_ || times_sending_),
      started_(families.started.labels(labels_)) {
  if (counts_received_) {
    received_ = families.received.labels(labels_);
  }
  if (counts_sent_) {
    sent_ = families.sent.labels(labels_);
  }
  if (counts_in_flight_) {
    in_flight_ = families.in_flight.labels(labels_);
  }
  if (counts_handling_ && !plan.code_on_handling) {
    handling_ = families.handling.labels(labels_);
  }
  if (times_receiving_) {
    receive_ = families.receive.labels(labels_);
  }
  if (times_sending_) {
    send_ = families.send.labels(labels_);
  }
  if (measures_sent_) {
    sent_bytes_ = families.sent_bytes.labels(labels_);
  }
}

MethodSeries::CodeSeries MethodSeries::register_code(int code) const {
  Labels labels = labels_;
  for (const std::string_view name : code_label_names(plan_.mode)) {
    labels.push_back({std::string(name), status_code_name(code, plan_.mode)});
  }
  CodeSeries series;
  series.handled = families_.handled.labels(labels);
  series.handling = plan_.code_on_handling ? families_.handling.labels(labels) : handling_;
  return series;
}

const MethodSeries::CodeSeries& MethodSeries::resolve_locked(int code) {
  if (code < 0 || code >= kStatusCodes) {
    const auto known = other_codes_.find(code);
    if (known != other_codes_.end()) {
      return known->second;
    }
    if (other_codes_.size() < kMaxOtherCodes) {
      return other_codes_.emplace(code, register_code(code)).first->second;
    }
    code = grpc::StatusCode::UNKNOWN;
  }
  CodeSeries& series = by_code_[static_cast<std::size_t>(code)];
  const std::uint32_t bit = std::uint32_t{1} << code;
  // Relaxed: bits are set under the mutex that is held.
  if ((resolved_.load(std::memory_order_relaxed) & bit) == 0) {
    series = register_code(code);
    // Release: pairs with the acquire in series_of().
    resolved_.fetch_or(bit, std::memory_order_release);
  }
  return series;
}

const MethodSeries::CodeSeries& MethodSeries::resolve_slow(int code) noexcept {
  // Handles that lead nowhere: counting into them is counted as lost.
  static constinit const CodeSeries kLost;
  try {
    const ProblemsLater later;
    const std::lock_guard lock(mutex_);
    return resolve_locked(code);
  } catch (...) {
    return kLost;
  }
}

}  // namespace shmx
