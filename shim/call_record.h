// One call: what it counts and when, whichever side it is on. The rules of the canon live here:
// nothing before the start, one end per start, one observation per message. The batches of a call
// may arrive on different threads; gRPC orders most of them, and where it does not the fields are
// atomic. No gRPC here: what a hook of gRPC says is the interceptors' to ask, in C++ and in Python.
#ifndef SHM_EXPORTER_SHIM_CALL_RECORD_H
#define SHM_EXPORTER_SHIM_CALL_RECORD_H

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <memory>
#include <string_view>
#include <vector>

#include "shim/rpc_metrics.h"
#include "shim/trace_context.h"

namespace shmx {

class CallRecord {
 public:
  explicit CallRecord(RpcMethod& method) noexcept : method_(method) {}
  CallRecord(const CallRecord&) = delete;
  CallRecord& operator=(const CallRecord&) = delete;

  bool started() const noexcept { return series() != nullptr; }
  /// Relaxed: whoever needs exactly once asks finish().
  bool finished() const noexcept { return finished_.load(std::memory_order_relaxed); }
  /// Finished, and of a type that has no more messages to come after that.
  bool over() const noexcept { return finished() && method_.type() == RpcType::unary; }

  /// Begins the call. `metadata` gives a pointer to the request's metadata and is only asked when
  /// there are labels or exemplars from it.
  template <typename MetadataOf>
  void start(MetadataOf metadata) {
    MethodSeries* const series =
        method_.metrics().looks_at_metadata() ? series_of(metadata()) : method_.series();
    if (series == nullptr) [[unlikely]] {
      return;
    }
    series->count_started();
    if (series->timed()) {
      start_ns_ = now_ns();
      received_ns_ = start_ns_;
    }
    // Release: pairs with the acquire in series(); a cancellation may come on another thread while
    // the call begins, and sees a call that has begun whole or not at all.
    series_.store(series, std::memory_order_release);
  }

  void message_received() noexcept {
    const MethodSeries* const counted = series();
    counted->count_received();
    if (counted->times_receiving()) {
      const std::int64_t now = now_ns();
      counted->observe_receiving(std::max<std::int64_t>(0, now - received_ns_));
      received_ns_ = now;
    }
  }

  /// `bytes_of` gives the message's serialized length, negative if there is none to be had; it is
  /// only asked where the length is measured.
  template <typename BytesOf>
  void message_sent(BytesOf bytes_of) {
    const MethodSeries* const counted = series();
    counted->count_sent();
    if (counted->times_sending()) {
      sending_done();  // the message before, if gRPC never told
      // Relaxed: the value is all there is to see.
      sending_since_ns_.store(now_ns(), std::memory_order_relaxed);
    }
    if (counted->measures_sent()) {
      const std::int64_t bytes = bytes_of();
      if (bytes >= 0) {
        counted->observe_sent_bytes(bytes);
      }
    }
  }

  bool times_sending() const noexcept { return series()->times_sending(); }

  /// gRPC has taken the message that was sent last, or never will.
  void sending_done() noexcept {
    // Relaxed: who takes the value observes it, once; nothing else is ordered by it.
    const std::int64_t since = sending_since_ns_.exchange(kNotSending, std::memory_order_relaxed);
    if (since != kNotSending) {
      series()->observe_sending(std::max<std::int64_t>(0, now_ns() - since));
    }
  }

  /// Ends the call; only the first time counts, and is told by true.
  bool finish(int code) noexcept {
    // Relaxed: the exchange itself decides who is first; what is read below was written by the
    // start, which gRPC orders before every other batch and before the destructor.
    if (finished_.exchange(true, std::memory_order_relaxed)) {
      return false;
    }
    MethodSeries* const counted = series();
    if (!counted->ends_plainly()) [[unlikely]] {
      finish_with_more(*counted, code);
      return true;
    }
    counted->count_handled(code, elapsed_ns(*counted));
    return true;
  }

 private:
  static constexpr std::int64_t kNotSending = INT64_MIN;

  /// Null before the start. Acquire: pairs with the release in start().
  MethodSeries* series() const noexcept { return series_.load(std::memory_order_acquire); }

  static std::int64_t now_ns() noexcept {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
  }

  // Out of line, so that the others' ends stay short.
  [[gnu::noinline]] void finish_with_more(MethodSeries& counted, int code) noexcept {
    if (counted.times_sending()) {
      sending_done();
    }
    counted.count_handled(code, elapsed_ns(counted),
                          counted.keeps_exemplars() ? span_ : SpanContext());
  }

  std::int64_t elapsed_ns(const MethodSeries& counted) const noexcept {
    return counted.timed() ? std::max<std::int64_t>(0, now_ns() - start_ns_) : 0;
  }

  // What the plan wants of the metadata: the series of its labels, and the span. Out of line, since
  // most plans want nothing.
  template <typename Metadata>
  [[gnu::noinline]] MethodSeries* series_of(const Metadata* metadata) {
    const RpcPlan& plan = method_.metrics().plan();
    if (plan.exemplars) {
      std::construct_at(&span_, metadata == nullptr ? SpanContext() : sampled_span(*metadata));
    }
    return plan.metadata_labels.empty() ? method_.series() : labelled_series(metadata);
  }

  template <typename Metadata>
  static SpanContext sampled_span(const Metadata& metadata) {
    auto context = parse_traceparent(only_value(metadata, kTraceparentKey));
    if (!context) {
      context = parse_grpc_trace_bin(only_value(metadata, kGrpcTraceBinKey));
    }
    return context && context->sampled ? context->span : SpanContext();
  }

  // Empty where there is none, and where there are several: which of them is meant nobody knows.
  template <typename Metadata>
  static std::string_view only_value(const Metadata& metadata, std::string_view key) {
    const auto [first, last] =
        metadata.equal_range(typename Metadata::key_type(key.data(), key.size()));
    if (first == last || std::next(first) != last) {
      return {};
    }
    return {first->second.data(), first->second.size()};
  }

  // The series of the plan's metadata labels: each key's first value counts.
  template <typename Metadata>
  MethodSeries* labelled_series(const Metadata* metadata) const {
    std::vector<std::string_view> values;
    for (const MetadataLabel& label : method_.metrics().plan().metadata_labels) {
      if (metadata == nullptr) {
        values.emplace_back();
        continue;
      }
      const auto found = metadata->find(typename Metadata::key_type(label.key));
      values.push_back(found == metadata->end()
                           ? std::string_view()
                           : std::string_view(found->second.data(), found->second.size()));
    }
    return method_.labelled_series(values);
  }

  RpcMethod& method_;
  std::atomic<MethodSeries*> series_{nullptr};
  std::int64_t start_ns_ = 0;
  std::int64_t received_ns_ = 0;  ///< when the last message came; reads are one after another
  std::atomic<std::int64_t> sending_since_ns_{kNotSending};
  std::atomic<bool> finished_{false};
  union {
    SpanContext span_;  ///< there from the start on in a plan with exemplars, else never
  };
};

}  // namespace shmx

#endif  // SHM_EXPORTER_SHIM_CALL_RECORD_H
