// How a status code is spelled in a label. Nothing else about statuses.
#ifndef SHM_EXPORTER_SHIM_STATUS_CODE_NAMES_H
#define SHM_EXPORTER_SHIM_STATUS_CODE_NAMES_H

#include <string>

#include "shim/options.h"

namespace shmx {

/// gRPC's codes are 0 to 16.
inline constexpr int kStatusCodes = 17;

/// The mode's spelling. A number that is no code of gRPC is `Code(n)` in Mode::go, as in Go, and
/// UNKNOWN in the others, as Python and Java read it.
std::string status_code_name(int code, Mode mode);

}  // namespace shmx

#endif  // SHM_EXPORTER_SHIM_STATUS_CODE_NAMES_H
