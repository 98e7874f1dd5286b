#include "agent/config/settings.h"

#include <yaml-cpp/yaml.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

namespace shmx::config {
namespace {

// What is wrong, and where; caught below, never seen outside.
struct Mistake {
  YAML::Mark mark;
  std::string expected;
};

const YAML::Node& map_in(const YAML::Node& node, const std::string& what) {
  if (!node.IsMap()) {
    throw Mistake{node.Mark(), "expected a map of " + what};
  }
  return node;
}

bool boolean_in(const YAML::Node& node, const std::string& key) {
  bool value = false;
  if (!node.IsScalar() || !YAML::convert<bool>::decode(node, value)) {
    throw Mistake{node.Mark(), "expected true or false for " + key};
  }
  return value;
}

// A key given twice would silently be one of them.
std::string fresh_key(const YAML::Node& key, std::set<std::string>& seen) {
  if (!key.IsScalar()) {
    throw Mistake{key.Mark(), "expected a plain key"};
  }
  if (!seen.insert(key.Scalar()).second) {
    throw Mistake{key.Mark(), "expected the key " + key.Scalar() + " once"};
  }
  return key.Scalar();
}

void read_job(const std::string& job, const YAML::Node& node, Settings& settings) {
  std::set<std::string> seen;
  for (const auto& entry : map_in(node, "settings of job " + job)) {
    const std::string key = fresh_key(entry.first, seen);
    if (key != "per_process") {
      throw Mistake{entry.first.Mark(), "expected per_process, found " + key};
    }
    if (boolean_in(entry.second, key)) {
      settings.per_process_jobs.insert(job);
    }
  }
}

Settings read_settings(const YAML::Node& root) {
  Settings settings;
  if (root.IsNull()) {
    return settings;
  }
  std::set<std::string> seen;
  for (const auto& entry : map_in(root, "settings")) {
    const std::string key = fresh_key(entry.first, seen);
    if (key != "jobs") {
      throw Mistake{entry.first.Mark(), "expected jobs, found " + key};
    }
    std::set<std::string> jobs;
    for (const auto& job : map_in(entry.second, "jobs")) {
      read_job(fresh_key(job.first, jobs), job.second, settings);
    }
  }
  return settings;
}

Error mistake(const std::string& name, const YAML::Mark& mark, const std::string& expected) {
  return {name + ":" + std::to_string(mark.line + 1) + ":" + std::to_string(mark.column + 1) +
          ": " + expected};
}

}  // namespace

Result<Settings> parse_settings(const std::string& text, const std::string& name) {
  try {
    return read_settings(YAML::Load(text));
  } catch (const Mistake& m) {
    return mistake(name, m.mark, m.expected);
  } catch (const YAML::Exception& e) {
    return mistake(name, e.mark, e.msg);
  }
}

Result<Settings> load_settings(const std::string& path) {
  std::ifstream file(path);
  if (!file) {
    return Error{"cannot read " + path + ": " + std::strerror(errno), errno};
  }
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (file.bad()) {
    return Error{"cannot read " + path, EIO};
  }
  return parse_settings(text, path);
}

}  // namespace shmx::config
