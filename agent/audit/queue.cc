#include "agent/audit/queue.h"

#include <iterator>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace shmx::audit {
namespace {

std::size_t bytes_of(const Value& value) {
  return std::visit(
      [](const auto& held) -> std::size_t {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, std::string>) {
          return held.size();
        } else if constexpr (std::is_same_v<Held, std::vector<std::string>>) {
          std::size_t bytes = 0;
          for (const std::string& text : held) bytes += sizeof(std::string) + text.size();
          return bytes;
        } else {
          return 0;
        }
      },
      value);
}

std::size_t bytes_of(const Event& event) {
  std::size_t bytes = sizeof(Pending) + event.type.size();
  for (const auto& field : event.fields) {
    bytes += sizeof(field) + field.first.size() + bytes_of(field.second);
  }
  return bytes;
}

}  // namespace

bool Queue::push(Pending pending) {
  pending.bytes = bytes_of(pending.event);
  const std::lock_guard lock(mutex_);
  if (held_records_ >= kMaxQueuedRecords || held_bytes_ + pending.bytes > kMaxQueuedBytes) {
    ++lost_;
    ++lost_untold_;
    return false;
  }
  ++held_records_;
  held_bytes_ += pending.bytes;
  pending.unix_ns = now_unix_ns_();
  urgent_ = urgent_ || pending.done != nullptr;
  new_.push_back(std::move(pending));
  if (new_.size() == 1 || urgent_) woken_.notify_one();  // Else it is awake, or not to be woken.
  return true;
}

bool Queue::take(std::vector<Pending>& into, std::optional<std::chrono::milliseconds> pause) {
  std::unique_lock lock(mutex_);
  if (pause) {
    woken_.wait_for(lock, *pause, [this] { return urgent_ || stopping_; });
  } else {
    woken_.wait(lock, [this] { return !new_.empty() || stopping_; });
  }
  if (into.empty()) {
    into.swap(new_);  // The two take turns, and neither is allocated anew.
  } else {
    into.insert(into.end(), std::move_iterator(new_.begin()), std::move_iterator(new_.end()));
    new_.clear();
  }
  urgent_ = false;
  return !stopping_;
}

void Queue::release(const Pending& pending) {
  const std::lock_guard lock(mutex_);
  --held_records_;
  held_bytes_ -= pending.bytes;
}

void Queue::add_lost(std::uint64_t records) {
  const std::lock_guard lock(mutex_);
  lost_ += records;
  lost_untold_ += records;
}

std::uint64_t Queue::take_lost() {
  const std::lock_guard lock(mutex_);
  return std::exchange(lost_untold_, 0);
}

std::uint64_t Queue::lost() const {
  const std::lock_guard lock(mutex_);
  return lost_;
}

void Queue::stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  woken_.notify_one();
}

}  // namespace shmx::audit
