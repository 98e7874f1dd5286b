// Every reason why something is not served has its own advice.
#include "agent/model/remedies.h"

#include <gtest/gtest.h>

#include "agent/scan/admission.h"
#include "shm/reader.h"

namespace shmx::model {
namespace {

constexpr Refusal kRefusals[] = {
    Refusal::io,     Refusal::not_a_segment, Refusal::version, Refusal::truncated,
    Refusal::sparse, Refusal::too_large,     Refusal::header,  Refusal::extents,
    Refusal::record, Refusal::name,          Refusal::bounds,  Refusal::cells,
    Refusal::value,  Refusal::decreased,
};

TEST(Remedies, EveryReasonHasOne) {
  const std::string_view of_any = remedy_of("a reason that is none");
  EXPECT_FALSE(of_any.empty());
  for (const scan::FileRefusal reason : scan::kAllFileRefusals) {
    EXPECT_NE(remedy_of(scan::to_string(reason)), of_any) << scan::to_string(reason);
  }
  for (const Refusal reason : kRefusals) {
    EXPECT_NE(remedy_of(to_string(reason)), of_any) << to_string(reason);
  }
  EXPECT_NE(remedy_of("claim"), of_any);
  EXPECT_NE(remedy_of("not_presented"), of_any);
}

}  // namespace
}  // namespace shmx::model
