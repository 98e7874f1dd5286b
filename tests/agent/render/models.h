// Models for tests: families put together by hand, and random ones that hold whatever the model
// can.
#ifndef SHM_EXPORTER_TESTS_AGENT_RENDER_MODELS_H
#define SHM_EXPORTER_TESTS_AGENT_RENDER_MODELS_H

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "agent/model/model.h"

namespace shmx::render {

using Value = decltype(model::Point::value);

/// A point with a series of its own.
model::Point point(Labels labels, Value value);

/// Families of all types, sometimes split into neighbours of a name; histograms with classic
/// buckets, native ones, both; labels, help, numbers, exemplars and start times that are hard to
/// print. The names of two families clash in no format unless `clashing`; then histograms have
/// nothing below 0.
model::Snapshot random_model(std::mt19937_64& random, bool clashing);

std::vector<const model::Family*> pointers(const model::Snapshot& snapshot);

/// How many code points the labels have.
std::size_t code_points(const Labels& labels);

}  // namespace shmx::render

#endif  // SHM_EXPORTER_TESTS_AGENT_RENDER_MODELS_H
