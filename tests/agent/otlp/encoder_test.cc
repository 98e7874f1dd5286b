// Random models, encoded, decoded with protobuf's own classes, and compared with what the model
// says.
#include "agent/otlp/encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/self/self_metrics.h"
#include "tests/agent/otlp/decoded.h"
#include "tests/agent/otlp/reference.h"
#include "tests/agent/render/models.h"

namespace shmx::otlp {
namespace {

using render::pointers;
using render::random_model;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::int64_t kNow = 1'700'000'000'123'456'789;

/// Of every choice there is, but for names and filters.
Options random_options(std::mt19937_64& random) {
  Options options;
  options.histograms = random() % 2 == 0 ? Histograms::explicit_buckets : Histograms::exponential;
  options.instance = random() % 4 == 0 ? "" : "host-1";
  options.resource = {{"host.name", "host-1"}, {"service.name", "not this"}};
  if (random() % 2 == 0) {
    options.resource.push_back({"service.namespace", "größe"});
    options.resource.push_back({"service.instance.id", "nor this"});
    options.resource.push_back({"host.name", "nor this"});
  }
  if (random() % 4 == 0) {
    options.own_service = "";
  }
  options.per_process_jobs = {"", "1", "a"};
  return options;
}

/// Gives some points a label pid, as processes of jobs have.
model::Snapshot with_processes(model::Snapshot snapshot, std::mt19937_64& random) {
  for (model::Family& family : snapshot.families) {
    for (model::Point& point : family.points) {
      Labels labels = point.series->labels();
      if (random() % 2 == 0) {
        labels.push_back({"pid", std::to_string(random() % 3)});
        std::sort(labels.begin(), labels.end());
        point.series = std::make_shared<const model::Series>(std::move(labels));
      }
    }
  }
  return snapshot;
}

Choice random_choice(std::mt19937_64& random) {
  Choice choice;
  choice.temporality = random() % 2 == 0 ? Temporality::delta : Temporality::cumulative;
  choice.unix_ns = kNow;
  return choice;
}

/// Where two lists differ first: all of them are too much to read.
testing::AssertionResult are_same(const std::vector<std::string>& made,
                                  const std::vector<std::string>& expected) {
  const auto [a, b] = std::mismatch(made.begin(), made.end(), expected.begin(), expected.end());
  if (a == made.end() && b == expected.end()) {
    return testing::AssertionSuccess();
  }
  return testing::AssertionFailure() << "stream " << a - made.begin() << " is\n"
                                     << (a == made.end() ? "not there" : *a) << "\nand not\n"
                                     << (b == expected.end() ? "there" : *b);
}

std::size_t count_points(const model::Snapshot& snapshot) {
  std::size_t points = 0;
  for (const model::Family& family : snapshot.families) {
    points += family.points.size();
  }
  return points;
}

TEST(Encoder, RandomModelsComeBackAsTheyWere) {
  std::mt19937_64 random(1);
  std::size_t points = 0;
  for (int i = 0; i < 800; ++i) {
    const model::Snapshot snapshot = with_processes(random_model(random, i % 4 == 0), random);
    const Options options = random_options(random);
    const Choice choice = random_choice(random);
    const auto families = pointers(snapshot);
    const std::vector<std::string> expected = expected_streams(options, families, choice);
    ASSERT_TRUE(are_same(streams(request(options, families, choice)), expected)) << i;
    ASSERT_EQ(expected.size(), count_points(snapshot));
    points += expected.size();
  }
  EXPECT_GT(points, 2500U);
}

TEST(Encoder, NoTwoPointsAreOneStream) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 500; ++i) {
    const model::Snapshot snapshot = with_processes(random_model(random, false), random);
    const auto made = identities(request(random_options(random), pointers(snapshot)));
    EXPECT_EQ(std::set<std::string>(made.begin(), made.end()).size(), made.size());
  }
}

TEST(Encoder, AtAnyLimitEachPointIsInOneMessageThatKeepsIt) {
  std::mt19937_64 random(3);
  std::size_t split = 0;
  for (int i = 0; i < 500; ++i) {
    const model::Snapshot snapshot = with_processes(random_model(random, false), random);
    const Options options = random_options(random);
    const Choice choice = random_choice(random);
    const auto families = pointers(snapshot);
    const std::size_t limit = random() % 8000;
    std::vector<Message> made = messages(options, families, choice, limit);
    std::reverse(made.begin(), made.end());  // The last points come first.
    std::vector<std::string> all;
    for (const Message& message : made) {
      EXPECT_TRUE(message.bytes.size() <= limit || message.points.size() == 1);
      const std::vector<std::string> some = streams(decode(message.bytes));
      EXPECT_EQ(some.size(), message.points.size());
      all.insert(all.end(), some.begin(), some.end());
    }
    ASSERT_TRUE(are_same(all, expected_streams(options, families, choice))) << i;
    split += made.size() > 1 ? 1 : 0;
  }
  EXPECT_GT(split, 150U);
}

TEST(Encoder, AMessageSaysWhichPointsItHolds) {
  std::mt19937_64 random(4);
  for (int i = 0; i < 300; ++i) {
    const model::Snapshot snapshot = random_model(random, false);
    const Options options = random_options(random);
    for (const Message& message : messages(options, pointers(snapshot), {}, 3000)) {
      std::vector<std::string> said;
      for (const Encoded& encoded : message.points) {
        const model::Family single{encoded.family->info, {*encoded.point}};
        const std::vector<const model::Family*> families = {&single};
        const auto streams_of_it = expected_streams(options, families, {});
        said.insert(said.end(), streams_of_it.begin(), streams_of_it.end());
      }
      ASSERT_TRUE(are_same(streams(decode(message.bytes)), said));
    }
  }
}

TEST(Encoder, MessagesOfAUsualLimitAreWellFilled) {
  std::mt19937_64 random(5);
  model::Family family{std::make_shared<model::FamilyInfo>(), {}};
  for (int i = 0; i < 5000; ++i) {
    family.points.push_back(render::point({{"n", std::to_string(i)}}, model::GaugeValue{1}));
  }
  const std::vector<const model::Family*> families = {&family};
  constexpr std::size_t kLimit = 20'000;
  std::vector<Message> made = messages({}, families, {}, kLimit);
  ASSERT_GT(made.size(), 5U);
  made.pop_back();
  for (const Message& message : made) {
    EXPECT_LE(message.bytes.size(), kLimit);
    EXPECT_GT(message.bytes.size(), kLimit - 1000);
  }
}

TEST(Encoder, PointsOfNeighbouringFamiliesOfANameShareItsHeader) {
  auto info = std::make_shared<model::FamilyInfo>();
  info->name = "took_seconds";
  info->type = model::Type::histogram;
  info->bounds = {1, 2};
  auto other = std::make_shared<model::FamilyInfo>(*info);
  other->bounds = {5};
  const model::Family a{info,
                        {render::point({{"m", "a"}}, model::HistogramValue{{1, 2, 3}, 4}),
                         render::point({{"m", "b"}}, model::HistogramValue{{1, 2, 3}, 4})}};
  const model::Family b{other, {render::point({{"m", "c"}}, model::HistogramValue{{7, 8}, 9})}};
  const std::vector<const model::Family*> families = {&a, &b};
  const Request made = request({}, families);
  ASSERT_EQ(made.resource_metrics_size(), 1);
  ASSERT_EQ(made.resource_metrics(0).scope_metrics(0).metrics_size(), 1);
  const proto::Histogram& histogram =
      made.resource_metrics(0).scope_metrics(0).metrics(0).histogram();
  ASSERT_EQ(histogram.data_points_size(), 3);
  EXPECT_THAT(histogram.data_points(1).explicit_bounds(), ElementsAre(1, 2));
  EXPECT_THAT(histogram.data_points(2).explicit_bounds(), ElementsAre(5));
}

TEST(Encoder, ATenantIsItsJobsNamespace) {
  const auto family_of = [](const std::string& tenant, double value) {
    auto info = std::make_shared<model::FamilyInfo>();
    info->name = "lights";
    info->type = model::Type::gauge;
    info->tenant = tenant;
    return model::Family{
        std::move(info),
        {render::point({{"job", "orders"}, {"tenant", tenant}}, model::GaugeValue{value})}};
  };
  const model::Family shop = family_of("shop", 1);
  const model::Family bank = family_of("bank", 2);
  const std::vector<const model::Family*> families = {&shop, &bank};
  const Options options{.resource = {{"service.namespace", "not this"}}, .instance = "host"};
  const Request made = request(options, families);
  ASSERT_EQ(made.resource_metrics_size(), 2);
  for (int i = 0; i < 2; ++i) {
    const proto::ResourceMetrics& resource = made.resource_metrics(i);
    EXPECT_THAT(labels_of(resource.resource().attributes()),
                ElementsAre(Label{"service.name", "orders"}, Label{"service.instance.id", "host"},
                            Label{"service.namespace", i == 0 ? "bank" : "shop"}));
    const auto& points = resource.scope_metrics(0).metrics(0).gauge().data_points();
    ASSERT_EQ(points.size(), 1);
    EXPECT_EQ(points[0].as_double(), i == 0 ? 2 : 1);
    EXPECT_THAT(points[0].attributes(), IsEmpty());
  }
}

TEST(Encoder, WhatTheAgentItselfSaysOfTenantsHasThemAsAnAttribute) {
  self::SelfMetrics self({.version = "1", .revision = "", .compiler = ""}, "/proc");
  aggregate::Statistics statistics;
  statistics.tenant_series = {{"bank", 1}, {"shop", 2}};
  statistics.identity_mismatches = {{"bank", "orders", "issuer", 1},
                                    {"shop", "orders", "issuer", 2}};
  const std::vector<model::Family> own = self.collect(statistics);
  std::vector<const model::Family*> families;
  families.reserve(own.size());
  for (const model::Family& family : own) {
    families.push_back(&family);
  }
  const Request made = request(
      {}, families, {.metrics = {"shm_exporter_tenant_series", "shm_exporter_identity_mismatch"}});
  ASSERT_EQ(made.resource_metrics_size(), 2);
  const auto attributes = [&](int resource, int point) {
    return labels_of(made.resource_metrics(resource)
                         .scope_metrics(0)
                         .metrics(0)
                         .gauge()
                         .data_points(point)
                         .attributes());
  };
  EXPECT_THAT(attributes(0, 0), ElementsAre(Label{"tenant", "bank"}));
  EXPECT_THAT(attributes(0, 1), ElementsAre(Label{"tenant", "shop"}));
  // What processes of a job do not present is a metric of the job's own resource.
  EXPECT_THAT(labels_of(made.resource_metrics(1).resource().attributes()),
              ElementsAre(Label{"service.name", "orders"}));
  EXPECT_THAT(attributes(1, 0), ElementsAre(Label{"reason", "issuer"}, Label{"tenant", "bank"}));
  EXPECT_THAT(attributes(1, 1), ElementsAre(Label{"reason", "issuer"}, Label{"tenant", "shop"}));
}

TEST(Encoder, FiltersLeaveOutWhatIsNotChosen) {
  std::mt19937_64 random(6);
  std::size_t shown = 0;
  for (int i = 0; i < 300; ++i) {
    model::Snapshot snapshot = random_model(random, false);
    Options options = random_options(random);
    Choice choice = random_choice(random);
    for (const model::Family& family : snapshot.families) {
      if (random() % 2 == 0) {
        choice.metrics.push_back(family.info->name);
      }
    }
    if (random() % 2 == 0) {
      choice.jobs = {options.own_service, "", "a"};
    }
    const auto families = pointers(snapshot);
    const auto expected = expected_streams(options, families, choice);
    ASSERT_TRUE(are_same(streams(request(options, families, choice)), expected));
    shown += expected.size();
  }
  EXPECT_GT(shown, 200U);
}

TEST(Encoder, ASampleOfAFamilyIsNotItsName) {
  const model::Family family{std::make_shared<model::FamilyInfo>(
                                 model::FamilyInfo{"a", "", "", model::Type::histogram, 1, {1}}),
                             {render::point({}, model::HistogramValue{{1, 2}, 3})}};
  const std::vector<const model::Family*> families = {&family};
  EXPECT_THAT(messages({}, families, {.metrics = {"a_count", "a_bucket"}}), IsEmpty());
  EXPECT_EQ(messages({}, families, {.metrics = {"a_count", "a"}}).size(), 1U);
}

TEST(Encoder, NothingIsNoMessage) {
  EXPECT_THAT(messages({}, {}, {}), IsEmpty());
  const model::Family empty{std::make_shared<model::FamilyInfo>(), {}};
  const std::vector<const model::Family*> families = {&empty};
  EXPECT_THAT(messages({}, families, {}), IsEmpty());
}

}  // namespace
}  // namespace shmx::otlp
