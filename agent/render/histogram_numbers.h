// Histograms' samples as plain numbers, for where they cannot be shown as histograms. Rare: each
// sample gets a series of its own.
#ifndef SHM_EXPORTER_AGENT_RENDER_HISTOGRAM_NUMBERS_H
#define SHM_EXPORTER_AGENT_RENDER_HISTOGRAM_NUMBERS_H

#include <deque>
#include <span>
#include <vector>

#include "agent/model/model.h"
#include "agent/render/numbers.h"

namespace shmx::render {

bool has_histograms(const model::Family& family);

/// `parts`, of one name, without their histograms, followed by untyped families of these, named
/// like their samples, neighbours of a name together. `write` writes the values of `le`. New
/// families are put into `made`, and none without points is returned.
std::vector<const model::Family*> as_numbers(std::span<const model::Family* const> parts,
                                             DoubleWriter write, std::deque<model::Family>& made);

/// A page's families, with that in place of the untyped ones that have histograms: a sample of
/// theirs may have the name of another family, and is its neighbour then.
std::vector<const model::Family*> with_numbers(std::vector<const model::Family*> families,
                                               DoubleWriter write, std::deque<model::Family>& made);

}  // namespace shmx::render

#endif  // SHM_EXPORTER_AGENT_RENDER_HISTOGRAM_NUMBERS_H
