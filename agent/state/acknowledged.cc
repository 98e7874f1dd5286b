#include "agent/state/acknowledged.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include "agent/model/buckets.h"
#include "agent/state/encoding.h"
#include "agent/state/table.h"
#include "shm/file.h"

namespace shmx::state {
namespace {

/// "SHMA": not the state's, so that neither is ever taken for the other.
constexpr std::int64_t kAcknowledgedId = 0x53484d41;
/// As the state's: another major is lost to this release.
constexpr std::int64_t kMajor = 1;
constexpr std::int64_t kMinor = 0;

enum class Kind : std::int64_t { counter = 1, histogram = 2, native_histogram = 3 };

const Table& table() {
  static const Table acknowledged("acknowledged", {{"key", "TEXT"},
                                                   {"kind", "INTEGER"},
                                                   {"ticks_per_unit", "INTEGER"},
                                                   {"buckets", "BLOB"},
                                                   {"ticks", "BLOB"},
                                                   {"created_unix_ns", "INTEGER"},
                                                   {"unix_ns", "INTEGER"}});
  return acknowledged;
}

std::vector<std::string> creation() {
  return {"PRAGMA application_id = " + std::to_string(kAcknowledgedId),
          "PRAGMA user_version = " + std::to_string(kMajor * 65536 + kMinor),
          table().create_statement()};
}

Row row_of(const model::Acknowledged& series) {
  FamilyDescriptor buckets;
  std::vector<model::Ticks> ticks;
  Kind kind = Kind::counter;
  if (const auto* const histogram = std::get_if<model::HistogramValue>(&series.value)) {
    kind = series.info->native ? Kind::native_histogram : Kind::histogram;
    buckets.bounds = series.info->bounds;
    buckets.native = series.info->native;
    ticks = histogram->buckets;
    ticks.insert(ticks.end(), histogram->native.begin(), histogram->native.end());
    ticks.push_back(histogram->sum);
  } else {
    ticks = {std::get<model::CounterValue>(series.value).ticks};
  }
  return {series.key,
          static_cast<std::int64_t>(kind),
          static_cast<std::int64_t>(series.info->ticks_per_unit),
          encode_buckets(buckets),
          encode_ticks(ticks),
          series.created_unix_ns,
          series.unix_ns};
}

/// Nothing, if the ticks are not those of such a histogram.
std::optional<model::HistogramValue> histogram_of(const model::FamilyInfo& info,
                                                  const std::vector<model::Ticks>& ticks) {
  const model::Buckets buckets{info.bounds, info.native};
  if (ticks.size() != buckets.slots()) {
    return std::nullopt;
  }
  const auto native = ticks.begin() + buckets.classic_slots();
  return model::HistogramValue{{ticks.begin(), native}, ticks.back(), {native, ticks.end() - 1}};
}

std::optional<model::Acknowledged> series_of(const Row& row) {
  const auto kind = static_cast<Kind>(std::get<std::int64_t>(row[1]));
  const auto ticks_per_unit = std::get<std::int64_t>(row[2]);
  const auto ticks = decode_ticks(std::get<Bytes>(row[4]));
  FamilyDescriptor buckets;
  if (kind < Kind::counter || kind > Kind::native_histogram || ticks_per_unit <= 0 || !ticks ||
      !decode_buckets(std::get<Bytes>(row[3]), kind == Kind::native_histogram, buckets)) {
    return std::nullopt;
  }
  auto info = std::make_shared<model::FamilyInfo>();
  info->type = kind == Kind::counter ? model::Type::counter : model::Type::histogram;
  info->ticks_per_unit = static_cast<std::uint64_t>(ticks_per_unit);
  info->bounds = std::move(buckets.bounds);
  info->native = buckets.native;
  model::Acknowledged series{std::get<std::string>(row[0]), info, model::CounterValue{},
                             std::get<std::int64_t>(row[5]), std::get<std::int64_t>(row[6])};
  if (kind == Kind::counter) {
    if (ticks->size() != 1) {
      return std::nullopt;
    }
    series.value = model::CounterValue{ticks->front()};
    return series;
  }
  auto histogram = histogram_of(*info, *ticks);
  if (!histogram) {
    return std::nullopt;
  }
  series.value = std::move(*histogram);
  return series;
}

}  // namespace

bool AcknowledgedFile::marked() const noexcept {
  return ::access((path_ + ".started").c_str(), F_OK) == 0;
}

/// Outside the database, and as old as its first transaction: tells a lost file from a first start.
void AcknowledgedFile::mark() noexcept {
  if (!marked_) {
    const UniqueFd marker(
        ::open((path_ + ".started").c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    marked_ = marker.valid();
  }
}

void AcknowledgedFile::set_aside() {
  database_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(path_ + ".lost", ignored);
  static_cast<void>(::rename(path_.c_str(), (path_ + ".lost").c_str()));
}

Result<model::AcknowledgedLoaded> AcknowledgedFile::load() {
  model::AcknowledgedLoaded loaded;
  struct stat file {};
  if (::lstat(path_.c_str(), &file) != 0) {
    if (errno != ENOENT) {
      return Error{"lstat " + path_ + ": " + std::strerror(errno), errno};
    }
    loaded.loss = marked() ? path_ + " is gone" : "";
    return loaded;
  }
  const auto loss = read(loaded);
  if (!loss && loss.error().passing) {
    database_.reset();
    return Error{loss.error().message, loss.error().code};
  }
  if (loss && !loss.value()) {
    mark();
    return loaded;
  }
  const std::string reason = loss ? loss.value()->reason : "unreadable";
  loaded = {};
  // An empty file is a first start that was cut short: nothing was pushed from it.
  if (reason != "unfinished" || marked()) {
    mark();  // Before it is renamed: should this be cut short, too, there was one.
    loaded.loss = path_ + ": " + (loss ? loss.value()->detail : loss.error().message);
  }
  set_aside();
  return loaded;
}

Outcome<std::optional<Loss>> AcknowledgedFile::read(model::AcknowledgedLoaded& loaded) {
  auto opened = Database::open(path_);
  if (!opened) {
    return opened.error();
  }
  database_.emplace(std::move(opened).value());
  if (const auto set = apply_settings(*database_); !set) {
    return set.error();
  }
  auto unusable = check_file(*database_, kAcknowledgedId, kMajor);
  if (!unusable || unusable.value()) {
    return unusable;
  }
  const auto rows = table().read(*database_);
  if (!rows) {
    return rows.error();
  }
  if (!rows.value()) {
    return std::optional<Loss>(Loss{"corrupt", "a row is not what was written"});
  }
  for (const Row& row : *rows.value()) {
    auto series = series_of(row);
    if (!series) {
      return std::optional<Loss>(Loss{"corrupt", "a row is none of a series"});
    }
    loaded.series.push_back(std::move(*series));
  }
  return std::optional<Loss>();
}

Outcome<bool> AcknowledgedFile::open_new() {
  // What could not be renamed is not written over, and a journal belongs to no file now.
  struct stat file {};
  if (::lstat(path_.c_str(), &file) == 0) {
    return DatabaseError{path_ + " cannot be used and cannot be renamed: remove it"};
  }
  ::unlink((path_ + "-journal").c_str());
  auto made = Database::open(path_);
  if (!made) {
    return made.error();
  }
  database_.emplace(std::move(made).value());
  return apply_settings(*database_);
}

Outcome<bool> AcknowledgedFile::write(const model::AcknowledgedChanges& changes) {
  if (changes.whole) {
    if (auto emptied = run_all(*database_, {"DELETE FROM acknowledged"}); !emptied) {
      return emptied;
    }
  }
  for (const std::string& key : changes.removed) {
    if (auto removed = table().remove(*database_, key); !removed) {
      return removed;
    }
  }
  for (const model::Acknowledged* const series : changes.written) {
    if (auto written = table().write(*database_, row_of(*series)); !written) {
      return written;
    }
  }
  return true;
}

Result<bool> AcknowledgedFile::save(const model::AcknowledgedChanges& changes) {
  const bool fresh = !database_;
  Outcome<bool> done = fresh ? open_new() : true;
  if (done) {
    done = in_transaction(*database_, [&]() -> Outcome<bool> {
      // With its first rows: an empty file in place of a lost one would say that nothing was ever
      // acknowledged.
      auto made = fresh ? run_all(*database_, creation()) : true;
      return made ? write(changes) : made;
    });
  }
  if (!done) {
    if (fresh && database_) {
      database_.reset();
      ::unlink(path_.c_str());
    }
    return Error{path_ + ": " + done.error().message, done.error().code};
  }
  mark();
  return true;
}

}  // namespace shmx::state
