// The series that the calls of one method count in, with one set of metadata label values: handles
// resolved once, then plain adds from any thread. The series of a status code are resolved at its
// first use, so that a code that never occurred has none.
#ifndef SHM_EXPORTER_SHIM_METHOD_SERIES_H
#define SHM_EXPORTER_SHIM_METHOD_SERIES_H

#include <array>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>

#include "shim/metrics.h"
#include "shim/rpc_families.h"
#include "shim/rpc_plan.h"
#include "shim/status_code_names.h"

namespace shmx {

/// Numbers that are no status codes of gRPC and yet get series of their own, per MethodSeries: they
/// come from the peer. The others count as unknown.
inline constexpr std::size_t kMaxOtherCodes = 8;

/// Whether each message that is received, or sent, in calls of this type is timed.
bool times_receiving(const RpcPlan& plan, RpcType type) noexcept;
bool times_sending(const RpcPlan& plan, RpcType type) noexcept;

class MethodSeries {
 public:
  /// `labels` are all labels but the code's. The plan and the families outlive this.
  MethodSeries(const RpcPlan& plan, const RpcFamilies& families, RpcType type, Labels labels);
  MethodSeries(const MethodSeries&) = delete;
  MethodSeries& operator=(const MethodSeries&) = delete;

  /// Whether anything here wants a clock.
  bool timed() const noexcept { return timed_; }
  bool times_receiving() const noexcept { return times_receiving_; }
  bool times_sending() const noexcept { return times_sending_; }
  bool measures_sent() const noexcept { return measures_sent_; }
  bool keeps_exemplars() const noexcept { return keeps_exemplars_; }
  /// Whether the end of a call is but the end: no message is being timed, no exemplar is kept.
  bool ends_plainly() const noexcept { return ends_plainly_; }

  void count_started() const noexcept {
    started_.add();
    if (counts_in_flight_) {
      in_flight_.add(1);
    }
  }

  void count_received() const noexcept {
    if (counts_received_) {
      received_.add();
    }
  }

  void count_sent() const noexcept {
    if (counts_sent_) {
      sent_.add();
    }
  }

  void observe_receiving(std::int64_t elapsed_ns) const noexcept {
    receive_.observe_ticks(elapsed_ns);
  }
  void observe_sending(std::int64_t elapsed_ns) const noexcept { send_.observe_ticks(elapsed_ns); }
  void observe_sent_bytes(std::int64_t bytes) const noexcept { sent_bytes_.observe_ticks(bytes); }

  /// The one end of a call; with the span that it was made in, or one that is not valid, where
  /// keeps_exemplars().
  template <std::same_as<SpanContext>... Span>
  void count_handled(int code, std::int64_t elapsed_ns, const Span&... span) noexcept {
    const CodeSeries& series = series_of(code);
    series.handled.add(1, span...);
    if (counts_handling_) {
      series.handling.observe_ticks(elapsed_ns, span...);
    }
    if (counts_in_flight_) {
      in_flight_.add(-1);
    }
  }

  /// Makes a code's series exist with 0.
  void resolve(int code) noexcept { series_of(code); }

 private:
  struct CodeSeries {
    Counter handled;
    Histogram handling;  ///< the same for all codes, unless the code is a label of it
  };

  const CodeSeries& series_of(int code) noexcept {
    if (code >= 0 && code < kStatusCodes) [[likely]] {
      // Acquire: pairs with the release in resolve_slow(), so that the handles are seen complete.
      const std::uint32_t resolved = resolved_.load(std::memory_order_acquire);
      if ((resolved >> code & 1U) != 0) [[likely]] {
        return by_code_[static_cast<std::size_t>(code)];
      }
    }
    return resolve_slow(code);
  }

  const CodeSeries& resolve_slow(int code) noexcept;
  const CodeSeries& resolve_locked(int code);
  CodeSeries register_code(int code) const;

  const RpcPlan& plan_;
  const RpcFamilies& families_;
  const Labels labels_;
  const bool counts_in_flight_;
  const bool counts_received_;
  const bool counts_sent_;
  const bool counts_handling_;
  const bool times_receiving_;
  const bool times_sending_;
  const bool measures_sent_;
  const bool keeps_exemplars_;
  const bool ends_plainly_;
  const bool timed_;
  Counter started_;
  Counter received_;
  Counter sent_;
  InFlight in_flight_;
  Histogram handling_;
  Histogram receive_;
  Histogram send_;
  Histogram sent_bytes_;

  std::atomic<std::uint32_t> resolved_{0};  ///< bit n: by_code_[n] is complete and never changes
  std::array<CodeSeries, kStatusCodes> by_code_;
  std::mutex mutex_;                       ///< for what follows, and for completing by_code_
  std::map<int, CodeSeries> other_codes_;  ///< nodes stay where they are
};

}  // namespace shmx

#endif  // SHM_EXPORTER_SHIM_METHOD_SERIES_H
