// Large values that nobody reads any more, to be filled again: a page of many series, or a snapshot
// of many small allocations, whose memory is warm. Thread-safe: the last reader of a value may be
// any thread.
#ifndef SHM_EXPORTER_AGENT_MODEL_POOL_H
#define SHM_EXPORTER_AGENT_MODEL_POOL_H

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace shmx::model {

template <typename Value>
class Pool {
 public:
  Pool() : spares_(std::make_shared<Spares>()) { spares_->values.reserve(kMaxSpares); }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// A spare one with its last content, or an empty one.
  std::unique_ptr<Value> take() {
    const std::lock_guard lock(spares_->mutex);
    if (spares_->values.empty()) {
      return std::make_unique<Value>();
    }
    std::unique_ptr<Value> value = std::move(spares_->values.back());
    spares_->values.pop_back();
    return value;
  }

  /// From now on nobody changes it until its last reader has let it go; then it is a spare one.
  /// Outlives the pool where it has to.
  std::shared_ptr<const Value> share(std::unique_ptr<Value> value) {
    return {value.release(),
            [spares = spares_](Value* done) { spares->give_back(std::unique_ptr<Value>(done)); }};
  }

 private:
  /// One is read by the scrape before while the next is filled; more would only hold memory.
  static constexpr std::size_t kMaxSpares = 2;

  struct Spares {
    std::mutex mutex;
    std::vector<std::unique_ptr<Value>> values;

    void give_back(std::unique_ptr<Value> value) {
      const std::lock_guard lock(mutex);
      if (values.size() < kMaxSpares) {
        values.push_back(std::move(value));
      }
    }
  };

  std::shared_ptr<Spares> spares_;
};

}  // namespace shmx::model

#endif  // SHM_EXPORTER_AGENT_MODEL_POOL_H
