// Which native buckets are shown, and how they follow each other.
#include "agent/render/spans.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shmx::render {
namespace {

using model::Ticks;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Buckets -2..9 of schema 0.
constexpr NativeBuckets kBuckets{.schema = 0, .first_index = -2, .count = 12};

Spans spans_of(std::vector<Ticks> cells) {
  cells.resize(kBuckets.count + 1);
  Spans spans;
  spans.assign(kBuckets, cells);
  return spans;
}

TEST(Spans, WithoutObservationsThereAreNone) {
  const Spans spans = spans_of({});
  EXPECT_THAT(spans.spans, IsEmpty());
  EXPECT_THAT(spans.counts, IsEmpty());
}

TEST(Spans, TheFirstOffsetIsTheIndexOfTheFirstBucket) {
  EXPECT_THAT(spans_of({1, 2, 3}).spans, ElementsAre(BucketSpan{-2, 3}));
  EXPECT_THAT(spans_of({0, 0, 1}).spans, ElementsAre(BucketSpan{0, 1}));
  EXPECT_THAT(spans_of({0, 0, 0, 0, 4}).spans, ElementsAre(BucketSpan{2, 1}));
}

TEST(Spans, GapsOfOneAndTwoAreFilledLongerOnesBeginASpan) {
  const Spans spans = spans_of({1, 0, 2, 0, 0, 3, 0, 0, 0, 4});
  EXPECT_THAT(spans.spans, ElementsAre(BucketSpan{-2, 6}, BucketSpan{3, 1}));
  EXPECT_THAT(spans.counts, ElementsAre(1, 0, 2, 0, 0, 3, 4));
}

TEST(Spans, OverflowIsTheBucketBeyondTheLargestDouble) {
  std::vector<Ticks> cells(kBuckets.count + 1);
  cells.front() = 1;
  cells.back() = 7;
  const Spans spans = spans_of(cells);
  // 1025 is the bucket above 2^1024; buckets -1..1024 are empty.
  EXPECT_THAT(spans.spans, ElementsAre(BucketSpan{-2, 1}, BucketSpan{1026, 1}));
  EXPECT_THAT(spans.counts, ElementsAre(1, 7));
}

TEST(Spans, HoldOneValueAtATime) {
  Spans spans = spans_of({1, 2, 3});
  spans.assign(kBuckets, std::vector<Ticks>(kBuckets.count + 1));
  EXPECT_THAT(spans.spans, IsEmpty());
  EXPECT_THAT(spans.counts, IsEmpty());
}

}  // namespace
}  // namespace shmx::render
