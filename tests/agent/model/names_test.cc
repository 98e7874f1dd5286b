// Every number of the layout has a word.
#include "agent/model/names.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace shmx::model {
namespace {

TEST(Names, EveryLossHasAWordOfItsOwn) {
  std::set<std::string_view> words;
  for (std::size_t loss = 0; loss < kNamedLosses; ++loss) {
    EXPECT_NE(loss_name(loss), "unknown");
    words.insert(loss_name(loss));
  }
  EXPECT_EQ(words.size(), kNamedLosses);
}

TEST(Names, ALossOfALaterWriterIsUnknown) {
  EXPECT_EQ(loss_name(kNamedLosses), "unknown");
}

TEST(Names, KindsAndModesReadAsTheDocumentationSpellsThem) {
  EXPECT_EQ(kind_name(layout::FamilyKind::counter), "counter");
  EXPECT_EQ(kind_name(static_cast<layout::FamilyKind>(77)), "unknown");
  EXPECT_EQ(mode_name(layout::GaugeMode::most_recent), "mostrecent");
  EXPECT_EQ(mode_name(layout::GaugeMode::none), "none");
}

}  // namespace
}  // namespace shmx::model
