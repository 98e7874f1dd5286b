// What a page needs of memory, and what happens when there is none.
#include "agent/main/page_maker.h"

#include <gmock/gmock.h>

#include <cerrno>

#include "tests/agent/main/failing_new.h"
#include "tests/agent/web/inflated.h"

namespace shmx {
namespace {

using testing::largest_new;

/// Two families: one of many series, one of a single one.
class PageMakerTest : public ::testing::Test {
 protected:
  PageMakerTest() {
    add("many_total", 20'000);
    add("single_total", 1);
  }
  ~PageMakerTest() override { largest_new = SIZE_MAX; }

  void add(const std::string& name, int series) {
    auto info = std::make_shared<model::FamilyInfo>();
    info->name = name;
    info->help = "Help.";
    info->type = model::Type::counter;
    auto& family = families_.emplace_back(std::make_unique<model::Family>());
    family->info = info;
    for (int i = 0; i < series; ++i) {
      const Labels labels = {{"job", "shop"}, {"n", std::to_string(i)}};
      family->points.push_back({std::make_shared<model::Series>(labels), model::CounterValue{5}});
    }
    pointers_.push_back(family.get());
  }

  PageMaker::Pages pages(const std::vector<std::string>& names = {}) {
    render::Choice choice;
    choice.names = names;
    return maker_.pages(choice, pointers_);
  }

  static constexpr std::size_t kLimit = std::size_t{64} << 20;
  std::vector<std::unique_ptr<model::Family>> families_;
  std::vector<const model::Family*> pointers_;
  self::SelfMetrics self_{{.version = "1", .revision = "", .compiler = ""}, "/proc"};
  PageMaker maker_{kLimit, self_};
};

TEST_F(PageMakerTest, APageWithoutMemoryIsAnErrorAndNotAPart) {
  largest_new = 500'000;  // less than the page takes
  auto failed = pages();
  EXPECT_EQ(failed.answer({}).error().code, ENOMEM);
  EXPECT_EQ(failed.answer({.gzip = true}).error().code, ENOMEM);
  largest_new = SIZE_MAX;
  auto whole = pages();
  ASSERT_TRUE(whole.answer({}).ok());
  EXPECT_THAT(std::string(whole.answer({}).value().body.bytes),
              ::testing::EndsWith("single_total{job=\"shop\",n=\"0\"} 5\n"));
}

TEST_F(PageMakerTest, EqualAnswersAreOneBody) {
  auto both = pages();
  const auto plain = both.answer({}).value();
  const auto gzip = both.answer({.gzip = true}).value();
  EXPECT_EQ(both.answer({}).value().body.bytes.data(), plain.body.bytes.data());
  EXPECT_EQ(both.answer({.gzip = true}).value().body.bytes.data(), gzip.body.bytes.data());
  EXPECT_FALSE(plain.gzip);
  EXPECT_TRUE(gzip.gzip);
  EXPECT_EQ(web::inflated(gzip.body.bytes), plain.body.bytes);
}

TEST_F(PageMakerTest, ASmallPageIsCompressedForNobodyButWhoTakesNothingElse) {
  auto small = pages({"single_total"});
  EXPECT_FALSE(small.answer({.gzip = true}).value().gzip);
  EXPECT_TRUE((small.answer({.gzip = true, .identity = false}).value().gzip));
}

TEST_F(PageMakerTest, APageThatOnlyCompressedAnswersNeedIsNotHeld) {
  const auto gzip = pages().answer({.gzip = true}).value();
  EXPECT_EQ(maker_.held_bytes(), gzip.body.bytes.size());
}

TEST_F(PageMakerTest, ASmallPageDoesNotHoldTheMemoryOfALargeOne) {
  ASSERT_TRUE(pages().answer({}).ok());  // leaves its memory to the next
  const auto small = pages({"single_total"}).answer({}).value();
  EXPECT_LT(maker_.held_bytes(), 1000U);
  EXPECT_GE(maker_.held_bytes(), small.body.bytes.size());
}

TEST_F(PageMakerTest, NothingIsHeldOnceEveryAnswerIsGone) {
  {
    auto both = pages();
    const auto plain = both.answer({}).value();
    const auto gzip = both.answer({.gzip = true}).value();
    EXPECT_GE(maker_.held_bytes(), plain.body.bytes.size() + gzip.body.bytes.size());
  }
  EXPECT_EQ(maker_.held_bytes(), 0U);
}

}  // namespace
}  // namespace shmx
