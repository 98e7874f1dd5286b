#include "agent/config/settings.h"

#include <yaml-cpp/yaml.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>
#include <vector>

#include "agent/config/otlp_table.h"

namespace shmx::config {
namespace {

// Thousands of jobs fit; a wrong path to something huge does not.
constexpr std::size_t kMaxFileBytes = std::size_t{1} << 20;

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

std::string place_of(const std::string& name, const YAML::Mark& mark) {
  return name + ":" + std::to_string(mark.line + 1) + ":" + std::to_string(mark.column + 1);
}

std::string text_in(const YAML::Node& node, const std::string& key) {
  if (!node.IsScalar()) {
    throw Mistake{node.Mark(), "expected one value for " + key};
  }
  return node.Scalar();
}

// Names no member: a header that is indented wrongly may be a secret.
Pairs pairs_in_map(const YAML::Node& node, const std::string& key) {
  Pairs pairs;
  for (const auto& entry : map_in(node, key)) {
    pairs.emplace_back(text_in(entry.first, "a name in " + key),
                       text_in(entry.second, "each of " + key));
  }
  return pairs;
}

void read_otlp(const YAML::Node& node, const std::string& name, Settings& settings) {
  std::set<std::string> seen;
  for (const auto& entry : map_in(node, "settings of otlp")) {
    const std::string key = fresh_key(entry.first, seen);
    const OtlpSetting* const setting = find_otlp_setting(key);
    if (setting == nullptr) {
      std::string expected = "expected one of";
      for (const OtlpSetting& known : otlp_table()) {
        expected.append(" ").append(known.word).append(",");
      }
      throw Mistake{entry.first.Mark(), expected.append(" found ").append(key)};
    }
    OtlpValue value{place_of(name, entry.second.Mark())};
    if (setting->is_pairs) {
      value.pairs = pairs_in_map(entry.second, key);
    } else {
      value.text = text_in(entry.second, key);
    }
    settings.otlp.emplace(key, std::move(value));
  }
}

void read_jobs(const YAML::Node& node, Settings& settings) {
  std::set<std::string> jobs;
  for (const auto& job : map_in(node, "jobs")) {
    read_job(fresh_key(job.first, jobs), job.second, settings);
  }
}

Settings read_settings(const YAML::Node& root, const std::string& name) {
  Settings settings;
  if (root.IsNull()) {
    return settings;
  }
  std::set<std::string> seen;
  for (const auto& entry : map_in(root, "settings")) {
    const std::string key = fresh_key(entry.first, seen);
    if (key == "jobs") {
      read_jobs(entry.second, settings);
    } else if (key == "otlp") {
      read_otlp(entry.second, name, settings);
    } else {
      throw Mistake{entry.first.Mark(), "expected jobs or otlp, found " + key};
    }
  }
  return settings;
}

Error mistake(const std::string& name, const YAML::Mark& mark, const std::string& expected) {
  return {place_of(name, mark) + ": " + expected};
}

}  // namespace

Result<Settings> parse_settings(const std::string& text, const std::string& name) {
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(text);
    if (documents.size() > 1) {
      throw Mistake{documents[1].Mark(), "expected one document, found another"};
    }
    return documents.empty() ? Settings{} : read_settings(documents.front(), name);
  } catch (const Mistake& m) {
    return mistake(name, m.mark, m.expected);
  } catch (const YAML::Exception& e) {
    return mistake(name, e.mark, e.msg);
  }
}

Result<Settings> load_settings(const std::string& path) {
  std::ifstream file(path);
  std::string text(kMaxFileBytes + 1, '\0');
  if (!file || !file.read(text.data(), static_cast<std::streamsize>(text.size())).eof()) {
    if (file.gcount() > static_cast<std::streamsize>(kMaxFileBytes)) {
      return Error{"cannot read " + path + ": more than " + std::to_string(kMaxFileBytes) +
                   " bytes"};
    }
    return Error{"cannot read " + path + ": " + std::strerror(errno), errno};
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  return parse_settings(text, path);
}

}  // namespace shmx::config
