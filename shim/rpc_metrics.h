// All methods and series of one plan. There is one RpcMetrics per distinct plan and process, and it
// is never destroyed: calls may end after their server or channel, and series live as long as the
// process anyway. A process that makes channels by the thousand, with the same options, has one.
#ifndef SHM_EXPORTER_SHIM_RPC_METRICS_H
#define SHM_EXPORTER_SHIM_RPC_METRICS_H

#include <array>
#include <atomic>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shim/label_values.h"
#include "shim/method_series.h"
#include "shim/rpc_families.h"
#include "shim/rpc_plan.h"

namespace shmx {

/// Methods per plan: with five series each they are the 10,000 series that a process may have by
/// default. A client's method names may come from anywhere (a generic proxy); those beyond are
/// counted under "unknown".
inline constexpr std::size_t kMaxMethods = 2'000;

/// Sets of metadata label values per plan, each with a MethodSeries of about a kilobyte. Beyond it
/// all values of a new set are "overflow".
inline constexpr std::size_t kMaxLabelledSeries = 2'000;

class RpcMetrics;

/// A method and its series, of which a method that was never called has none.
class RpcMethod {
 public:
  RpcMethod(RpcMetrics& metrics, std::string service, std::string method, RpcType type);
  RpcMethod(const RpcMethod&) = delete;
  RpcMethod& operator=(const RpcMethod&) = delete;

  const RpcMetrics& metrics() const noexcept { return metrics_; }
  RpcType type() const noexcept { return type_; }

  /// The series of calls, in a plan without metadata labels. Null (counted as lost) when memory is
  /// short.
  MethodSeries* series() noexcept {
    // Acquire: pairs with the release in make_series(), so that the series are seen complete.
    MethodSeries* const series = plain_.load(std::memory_order_acquire);
    if (series != nullptr) [[likely]] {
      return series;
    }
    return labelled_series({});
  }

  /// The series of calls with these values of the plan's metadata labels, in their order; missing
  /// ones are "".
  MethodSeries* labelled_series(const std::vector<std::string_view>& values) noexcept;

 private:
  using Values = std::vector<const std::string*>;
  MethodSeries* find_or_make(Values values);
  std::unique_ptr<MethodSeries> make_series(const Values& values) const;

  RpcMetrics& metrics_;
  const std::string service_;
  const std::string method_;
  const RpcType type_;
  std::atomic<MethodSeries*> plain_{nullptr};  ///< set once, in a plan without metadata labels
  std::shared_mutex mutex_;
  std::map<Values, std::unique_ptr<MethodSeries>> series_;
};

class RpcMetrics {
 public:
  /// The process's metrics of this plan. May throw std::bad_alloc.
  static RpcMetrics& of(const RpcPlan& plan);

  explicit RpcMetrics(RpcPlan plan);
  RpcMetrics(const RpcMetrics&) = delete;
  RpcMetrics& operator=(const RpcMetrics&) = delete;

  const RpcPlan& plan() const noexcept { return plan_; }
  bool looks_at_metadata() const noexcept { return looks_at_metadata_; }

  /// The method of that full name; unknown(type) when it cannot be a label value or there are too
  /// many. May throw std::bad_alloc.
  RpcMethod& method(std::string_view full_name, RpcType type);

  /// What is counted where the method is not known by name.
  RpcMethod& unknown(RpcType type) noexcept;

 private:
  friend class RpcMethod;
  bool reserve_labelled_series() noexcept;

  const RpcPlan plan_;
  const bool looks_at_metadata_;
  const RpcFamilies families_;
  std::deque<LabelValues> label_values_;  ///< one per metadata label
  std::deque<RpcMethod> unknown_;         ///< one per type
  std::atomic<std::size_t> labelled_series_{0};
  std::mutex mutex_;
  std::map<std::pair<std::string, RpcType>, std::unique_ptr<RpcMethod>> methods_;
};

}  // namespace shmx

#endif  // SHM_EXPORTER_SHIM_RPC_METRICS_H
