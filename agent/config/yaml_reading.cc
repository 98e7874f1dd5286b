// See yaml_reading.h.
#include "agent/config/yaml_reading.h"

#include <yaml-cpp/eventhandler.h>

#include <set>
#include <sstream>

namespace shmx::config {
namespace {

/// What is longer is no word that somebody mistyped: it may be a key, or a whole file.
constexpr std::size_t kMostShownBytes = 48;

bool is_printable(std::string_view text) {
  return std::ranges::none_of(
      text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; });
}

/// Names in it are the file's: no terminal is to act on them, and no log to hold a whole file.
std::string shown(std::string message) {
  constexpr std::size_t kMostBytes = 1'000;
  message.resize(std::min(message.size(), kMostBytes));
  std::ranges::replace_if(
      message, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, '?');
  return message;
}

/// Where documents begin. YAML::LoadAll would not do: of some texts (a comma alone) it makes
/// documents without end.
class DocumentStarts : public YAML::EventHandler {
 public:
  std::vector<YAML::Mark> marks;

  void OnDocumentStart(const YAML::Mark& mark) override { marks.push_back(mark); }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override {}
  void OnAlias(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override {}
  void OnScalar(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                const std::string& /*value*/) override {}
  void OnSequenceStart(const YAML::Mark& /*mark*/, const std::string& /*tag*/,
                       YAML::anchor_t /*anchor*/, YAML::EmitterStyle::value /*style*/) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                  YAML::EmitterStyle::value /*style*/) override {}
  void OnMapEnd() override {}
};

Entry root_of(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  DocumentStarts starts;
  if (parser.HandleNextDocument(starts) && parser.HandleNextDocument(starts)) {
    throw Mistake{starts.marks.back(), "expected one document, found another"};
  }
  return {"the file", YAML::Mark(), YAML::Load(text)};
}

}  // namespace

std::string place_of(const std::string& name, const YAML::Mark& mark) {
  return name + ":" + std::to_string(mark.line + 1) + ":" + std::to_string(mark.column + 1);
}

std::string found(std::string_view text) {
  const bool shown = !text.empty() && text.size() <= kMostShownBytes &&
                     std::ranges::all_of(text, [](char c) { return c >= ' ' && c < '\x7f'; });
  return shown ? ", found " + std::string(text) : "";
}

std::optional<Error> read_document(const std::string& text, const std::string& name,
                                   const std::function<void(const Entry& root)>& read) {
  try {
    const Entry root = root_of(text);
    if (!root.value.IsNull()) {
      read(root);
    }
    return std::nullopt;
  } catch (const Mistake& mistake) {
    return Error{place_of(name, mistake.mark) + ": " + shown(mistake.expected)};
  } catch (const YAML::Exception& error) {
    return Error{place_of(name, error.mark) + ": " + shown(error.msg)};
  }
}

std::vector<Entry> members_of(const Entry& map, const std::string& what, std::size_t most) {
  if (!map.value.IsMap()) {
    throw Mistake{map.mark(), "expected a map of " + what};
  }
  std::vector<Entry> members;
  std::set<std::string> seen;
  for (const auto& member : map.value) {
    if (!member.first.IsScalar()) {
      throw Mistake{member.first.Mark(), "expected a plain key"};
    }
    Entry entry{member.first.Scalar(), member.first.Mark(), member.second};
    // Twice would silently be one of them.
    if (!seen.insert(entry.key).second) {
      throw Mistake{entry.key_mark, "expected each key once" + found(entry.key) + " again"};
    }
    members.push_back(std::move(entry));
    if (members.size() > most) {
      throw Mistake{members.back().key_mark,
                    "expected " + std::to_string(most) + " " + what + " at most, found more"};
    }
  }
  return members;
}

std::vector<Entry> elements_of(const Entry& list) {
  if (!list.value.IsSequence()) {
    throw Mistake{list.mark(), "expected a list for " + list.key};
  }
  std::vector<Entry> elements;
  for (const YAML::Node& element : list.value) {
    elements.push_back({"each of " + list.key, list.mark(), element});
    if (elements.size() > kMostMembers) {
      throw Mistake{element.Mark(), "expected " + std::to_string(kMostMembers) + " of " + list.key +
                                        " at most, found more"};
    }
  }
  return elements;
}

std::string text_in(const Entry& entry) {
  if (!entry.value.IsScalar()) {
    throw Mistake{entry.mark(), "expected one value for " + entry.key};
  }
  return entry.value.Scalar();
}

std::string name_in(const Entry& entry) {
  std::string text = text_in(entry);
  if (text.empty() || !is_printable(text)) {
    throw Mistake{
        entry.mark(),
        "expected a value that is not empty and has no control characters for " + entry.key};
  }
  return text;
}

std::string absolute_path_in(const Entry& entry) {
  std::string path = name_in(entry);
  if (!path.starts_with('/')) {
    throw Mistake{entry.mark(),
                  "expected a path that begins with / for " + entry.key + found(path)};
  }
  return path;
}

bool boolean_in(const Entry& entry) {
  bool value = false;
  if (!entry.value.IsScalar() || !YAML::convert<bool>::decode(entry.value, value)) {
    throw Mistake{entry.mark(), "expected true or false for " + entry.key};
  }
  return value;
}

std::uint64_t number_in(const Entry& entry, std::span<const Unit> units, std::uint64_t least,
                        std::uint64_t most, const std::string& range) {
  const std::string text = text_in(entry);
  const std::optional<std::uint64_t> number = number_in(std::string_view(text), units);
  if (!number || *number < least || *number > most) {
    throw Mistake{entry.mark(), "expected " + range + " for " + entry.key + found(text)};
  }
  return *number;
}

std::vector<std::string> names_in(const Entry& list) {
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (const Entry& element : elements_of(list)) {
    names.push_back(name_in(element));
    if (!seen.insert(names.back()).second) {
      throw Mistake{element.mark(),
                    "expected " + element.key + " once" + found(names.back()) + " again"};
    }
  }
  return names;
}

std::string one_of(const std::vector<std::string_view>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) {
      text += i + 1 == words.size() ? " or " : ", ";
    }
    text += words[i];
  }
  return text;
}

void refuse_key(const Entry& entry, const std::vector<std::string_view>& known) {
  throw Mistake{entry.key_mark, "expected " + one_of(known) + found(entry.key)};
}

}  // namespace shmx::config
