// The families of a page as OpenMetrics names and types them. Its families claim names: a counter
// `a_total` those of `a` and `a_created` too, a histogram `x` those of `x_count` and others,
// whether there is such a sample or not, and no two families may claim the same. Text 0.0.4 has no
// such rule, and so neither has the model: what clashes is shown as plain numbers of unknown type,
// with the sample names that it always has.
#ifndef SHM_EXPORTER_AGENT_RENDER_OPENMETRICS_FAMILIES_H
#define SHM_EXPORTER_AGENT_RENDER_OPENMETRICS_FAMILIES_H

#include <deque>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/model.h"

namespace shmx::render {

/// What has one header, of one or more families of the model.
struct OpenMetricsFamily {
  std::string name;
  model::Type type = model::Type::untyped;  ///< untyped: unknown, with CounterValue and GaugeValue
  std::vector<const model::Family*> parts;
};

class OpenMetricsFamilies {
 public:
  /// `families`: those on the page, in its order, each with points. They must outlive this.
  explicit OpenMetricsFamilies(std::span<const model::Family* const> families);

  /// In the page's order; valid as long as this is.
  const std::vector<OpenMetricsFamily>& families() const noexcept { return families_; }

 private:
  /// A family of unknown type: where in families_ it is, and of which group its first part was.
  struct Unknown {
    std::size_t place;
    std::string group;
    bool joined = false;  ///< it has parts of others too
  };

  void add_unknown(const OpenMetricsFamily& group);
  void add_part(const std::string& group, const model::Family& part);
  void make_distinct(OpenMetricsFamily& family);

  std::vector<OpenMetricsFamily> families_;
  std::map<std::string, Unknown> unknown_;
  std::deque<model::Family> made_;
};

}  // namespace shmx::render

#endif  // SHM_EXPORTER_AGENT_RENDER_OPENMETRICS_FAMILIES_H
