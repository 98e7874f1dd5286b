// What was acknowledged outlives the agent, or is said to be lost; never read in part.
#include "agent/state/acknowledged.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <ostream>
#include <stdexcept>
#include <variant>

#include "tests/agent/testing/temporary_directory.h"

namespace shmx::state {
namespace {

namespace fs = std::filesystem;
using model::Acknowledged;
using model::Ticks;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const Ticks kBeyondSixtyFourBits = (static_cast<Ticks>(1) << 90) + 5;

std::shared_ptr<const model::FamilyInfo> info(model::Type type, std::vector<double> bounds = {},
                                              std::optional<NativeBuckets> native = {}) {
  auto made = std::make_shared<model::FamilyInfo>();
  made->type = type;
  made->ticks_per_unit = 1'000'000'000;
  made->bounds = std::move(bounds);
  made->native = native;
  return made;
}

std::vector<Acknowledged> some_series() {
  const auto histogram = model::Type::histogram;
  const NativeBuckets octaves{0, 1, 2, false};
  return {
      {"a_total{x=\"\n\"", info(model::Type::counter), model::CounterValue{kBeyondSixtyFourBits}, 1,
       2},
      {"b{", info(histogram, {0.5, 1}), model::HistogramValue{{1, 2, 3}, -4, {}}, 3, 4},
      {"c{", info(histogram, {}, octaves), model::HistogramValue{{}, 5, {1, 2, 3, 4}}, 0, 6},
      {"d{", info(histogram, {1}, octaves), model::HistogramValue{{9, 1}, 5, {1, 2, 3, 4}}, 7, 8},
      {"e{", info(histogram), model::HistogramValue{{9}, 5, {}}, 7, 8},
  };
}

model::AcknowledgedChanges written(const std::vector<Acknowledged>& series) {
  model::AcknowledgedChanges changes;
  for (const Acknowledged& one : series) {
    changes.written.push_back(&one);
  }
  return changes;
}

bool same(const Acknowledged& a, const Acknowledged& b) {
  const auto* const one = std::get_if<model::HistogramValue>(&a.value);
  const auto* const other = std::get_if<model::HistogramValue>(&b.value);
  const bool values = one == nullptr ? std::get<model::CounterValue>(a.value).ticks ==
                                           std::get<model::CounterValue>(b.value).ticks
                                     : one->buckets == other->buckets &&
                                           one->native == other->native && one->sum == other->sum;
  return a.key == b.key && a.info->type == b.info->type && a.info->bounds == b.info->bounds &&
         a.info->native == b.info->native && a.info->ticks_per_unit == b.info->ticks_per_unit &&
         a.created_unix_ns == b.created_unix_ns && a.unix_ns == b.unix_ns && values;
}

class AcknowledgedSeries : public ::testing::Test {
 protected:
  AcknowledgedFile file() const { return AcknowledgedFile(path()); }
  std::string path() const { return directory_.file("acknowledged.db"); }

  // As the next agent finds it.
  model::AcknowledgedLoaded loaded() const {
    AcknowledgedFile next = file();
    auto found = next.load();
    if (!found) {
      throw std::runtime_error(found.error().message);
    }
    std::sort(found->series.begin(), found->series.end(),
              [](const Acknowledged& a, const Acknowledged& b) { return a.key < b.key; });
    return std::move(found).value();
  }

  std::vector<std::string> keys() const {
    std::vector<std::string> all;
    for (const Acknowledged& one : loaded().series) {
      all.push_back(one.key);
    }
    return all;
  }

  testing::TemporaryDirectory directory_;
};

TEST_F(AcknowledgedSeries, AreNoneAtAFirstStart) {
  const auto first = loaded();
  EXPECT_THAT(first.series, IsEmpty());
  EXPECT_THAT(first.loss, IsEmpty());
}

TEST_F(AcknowledgedSeries, AreReadAsTheyWereWritten) {
  const auto series = some_series();
  {
    AcknowledgedFile store = file();
    ASSERT_TRUE(store.load());
    ASSERT_TRUE(store.save(written(series)));
  }
  const auto found = loaded();
  EXPECT_THAT(found.loss, IsEmpty());
  ASSERT_THAT(found.series, SizeIs(series.size()));
  for (std::size_t i = 0; i < series.size(); ++i) {
    EXPECT_TRUE(same(found.series[i], series[i])) << series[i].key;
  }
}

TEST_F(AcknowledgedSeries, AreReplacedAndRemoved) {
  auto series = some_series();
  {
    AcknowledgedFile store = file();
    ASSERT_TRUE(store.load());
    ASSERT_TRUE(store.save(written(series)));
    series[0].value = model::CounterValue{kBeyondSixtyFourBits + 1};
    auto changes = written({});
    changes.written = {&series[0]};
    changes.removed = {series[1].key, "never there"};
    ASSERT_TRUE(store.save(changes));
  }
  const auto found = loaded();
  ASSERT_THAT(found.series, SizeIs(series.size() - 1));
  EXPECT_TRUE(same(found.series[0], series[0]));
  EXPECT_EQ(found.series[1].key, series[2].key);
}

TEST_F(AcknowledgedSeries, AreAllThereIsWhenTheyAreWhole) {
  const auto series = some_series();
  {
    AcknowledgedFile store = file();
    ASSERT_TRUE(store.load());
    ASSERT_TRUE(store.save(written(series)));
    auto changes = written({});
    changes.whole = true;
    changes.written = {&series[2]};
    ASSERT_TRUE(store.save(changes));
  }
  EXPECT_THAT(keys(), ElementsAre("c{"));
}

TEST_F(AcknowledgedSeries, OfAFirstStartThatWasCutShortAreNotLost) {
  std::ofstream(path()).flush();
  const auto found = loaded();
  EXPECT_THAT(found.loss, IsEmpty());
  EXPECT_THAT(found.series, IsEmpty());
}

TEST_F(AcknowledgedSeries, ThatCannotBeStoredCanBeStoredLater) {
  const auto series = some_series();
  {
    AcknowledgedFile store = file();
    ASSERT_TRUE(store.load());
    fs::create_directory(path());
    const auto failed = store.save(written(series));
    ASSERT_FALSE(failed);
    EXPECT_THAT(failed.error().message, HasSubstr("remove it"));
    fs::remove(path());
    ASSERT_TRUE(store.save(written(series)));
  }
  EXPECT_THAT(keys(), SizeIs(series.size()));
}

// Runs SQL on the file as a stranger would.
void meddle(const std::string& path, const std::string& sql) {
  sqlite3* database = nullptr;
  sqlite3_open(path.c_str(), &database);
  const int code = sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr);
  sqlite3_close(database);
  if (code != SQLITE_OK) {
    throw std::runtime_error("SQLite: " + std::to_string(code));
  }
}

struct Damage {
  const char* name;
  std::function<void(const std::string& path)> cause;
};

std::ostream& operator<<(std::ostream& out, const Damage& damage) {
  return out << damage.name;
}

class LostAcknowledged : public AcknowledgedSeries, public ::testing::WithParamInterface<Damage> {};

TEST_P(LostAcknowledged, AreSetAsideAndToldUntilTheBaselineIsStored) {
  const auto series = some_series();
  {
    AcknowledgedFile store = file();
    ASSERT_TRUE(store.load());
    ASSERT_TRUE(store.save(written(series)));
  }
  GetParam().cause(path());
  for (int start = 0; start < 2; ++start) {
    const auto found = loaded();
    EXPECT_THAT(found.loss, HasSubstr("acknowledged.db"));
    EXPECT_THAT(found.series, IsEmpty());
  }
  {
    AcknowledgedFile store = file();
    ASSERT_TRUE(store.load());
    ASSERT_TRUE(store.save(written(series)));
  }
  EXPECT_THAT(loaded().loss, IsEmpty());
  EXPECT_THAT(keys(), SizeIs(series.size()));
}

const Damage kDamages[] = {
    {"Removed", [](const std::string& path) { fs::remove(path); }},
    {"Empty", [](const std::string& path) { fs::resize_file(path, 0); }},
    {"CutInTheMiddle",
     [](const std::string& path) { fs::resize_file(path, fs::file_size(path) / 2); }},
    {"NoDatabase", [](const std::string& path) { std::ofstream(path) << std::string(5000, 'x'); }},
    {"ADirectory",
     [](const std::string& path) {
       fs::remove(path);
       fs::create_directory(path);
     }},
    {"ASymlink",
     [](const std::string& path) {
       fs::rename(path, path + ".elsewhere");
       fs::create_symlink(path + ".elsewhere", path);
     }},
    {"AnotherApplications",
     [](const std::string& path) { meddle(path, "PRAGMA application_id = 7"); }},
    {"OfALaterMajor",
     [](const std::string& path) { meddle(path, "PRAGMA user_version = 131072"); }},
    {"WithAChangedNumber",
     [](const std::string& path) { meddle(path, "UPDATE acknowledged SET unix_ns = 9"); }},
    {"WithoutItsTable", [](const std::string& path) { meddle(path, "DROP TABLE acknowledged"); }},
};

INSTANTIATE_TEST_SUITE_P(Damages, LostAcknowledged, ::testing::ValuesIn(kDamages),
                         [](const auto& damage) { return damage.param.name; });

}  // namespace
}  // namespace shmx::state
