#include "tests/agent/push/delta_receiver.h"

#include <algorithm>
#include <stdexcept>
#include <variant>

namespace shmx::push {
namespace {

void check(bool right, const std::string& key, const char* rule) {
  if (!right) {
    throw std::runtime_error(key + ": " + rule);
  }
}

}  // namespace

Cells cells_of(const decltype(model::Point::value)& value) {
  if (const auto* const counter = std::get_if<model::CounterValue>(&value)) {
    return {counter->ticks};
  }
  const auto& histogram = std::get<model::HistogramValue>(value);
  Cells cells = histogram.buckets;
  cells.insert(cells.end(), histogram.native.begin(), histogram.native.end());
  cells.push_back(histogram.sum);
  return cells;
}

std::string key_of(const model::Family& family, const model::Point& point) {
  return family.info->name + "{" + point.series->label_block();
}

std::vector<otlp::Encoded> points_of(const std::vector<const model::Family*>& families) {
  std::vector<otlp::Encoded> all;
  for (const model::Family* const family : families) {
    for (const model::Point& point : family->points) {
      all.push_back({family, &point});
    }
  }
  return all;
}

void DeltaReceiver::accept(std::span<const otlp::Encoded> points, std::int64_t unix_ns) {
  for (const auto& [family, point] : points) {
    if (std::holds_alternative<model::GaugeValue>(point->value)) {
      continue;
    }
    const std::string key = key_of(*family, *point);
    const Cells cells = cells_of(point->value);
    Stream& stream = streams_[key];
    check(std::all_of(cells.begin(), cells.end(), [](auto cell) { return cell >= 0; }), key,
          "a negative difference");
    check(std::any_of(cells.begin(), cells.end(), [](auto cell) { return cell > 0; }), key,
          "a difference of nothing");
    check(point->created_unix_ns >= stream.end, key, "intervals that overlap");
    check(point->created_unix_ns <= unix_ns, key, "an interval that ends before it begins");
    stream.total.resize(cells.size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
      stream.total[i] += cells[i];
    }
    stream.end = unix_ns;
  }
}

Cells DeltaReceiver::total(const std::string& key) const {
  const auto found = streams_.find(key);
  return found == streams_.end() ? Cells{} : found->second.total;
}

AcknowledgedStore StoreInMemory::store() {
  return {[this]() -> Result<model::AcknowledgedLoaded> {
            if (fails_to_load) {
              return Error{"no descriptors", 24};
            }
            model::AcknowledgedLoaded loaded;
            loaded.loss = std::exchange(loss, "");
            if (!loaded.loss.empty()) {
              series.clear();
            }
            for (const auto& [key, one] : series) {
              loaded.series.push_back(one);
            }
            return loaded;
          },
          [this](const model::AcknowledgedChanges& changes) -> Result<bool> {
            ++saves;
            if (fails_to_save) {
              return Error{"disk full", 28};
            }
            if (changes.whole) {
              series.clear();
            }
            for (const std::string& key : changes.removed) {
              series.erase(key);
            }
            for (const model::Acknowledged* const one : changes.written) {
              series.insert_or_assign(one->key, *one);
            }
            return true;
          }};
}

}  // namespace shmx::push
