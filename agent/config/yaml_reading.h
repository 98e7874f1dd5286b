// What all readers of YAML files share: values with their places, strict maps, and mistakes that
// say where they are. A part of this room's .cc files, which alone include this: yaml-cpp goes no
// further.
#ifndef SHM_EXPORTER_AGENT_CONFIG_YAML_READING_H
#define SHM_EXPORTER_AGENT_CONFIG_YAML_READING_H

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/config/otlp_values.h"
#include "shm/result.h"

namespace shmx::config {

/// What is wrong, and where. Thrown by the readers, caught by read_document().
struct Mistake {
  YAML::Mark mark;
  std::string expected;  ///< "expected …, found …": never with the value of a secret
};

/// A value and what it is called: the member of a map, or an element of a list.
struct Entry {
  std::string key;
  YAML::Mark key_mark;
  YAML::Node value;

  /// Where it is; of nothing (`key:`), where its key is.
  YAML::Mark mark() const { return value.IsNull() ? key_mark : value.Mark(); }
};

/// Members of one map and elements of one list. Aliases make a small file say much: lists of lists
/// of this size are still read at once.
inline constexpr std::size_t kMostMembers = 1'000;

/// NAME:LINE:COLUMN, from 1.
std::string place_of(const std::string& name, const YAML::Mark& mark);

/// ", found TEXT", or nothing where the text is long or not printable ASCII.
std::string found(std::string_view text);

/// Calls `read` with the one document that there is; not at all if there is none. What `read`
/// throws, and what is no YAML, becomes an error: "NAME:LINE:COLUMN: expected …".
std::optional<Error> read_document(const std::string& text, const std::string& name,
                                   const std::function<void(const Entry& root)>& read);

/// The members of a map, none of them twice. `what` says of what it is a map.
std::vector<Entry> members_of(const Entry& map, const std::string& what,
                              std::size_t most = kMostMembers);
std::vector<Entry> elements_of(const Entry& list);

std::string text_in(const Entry& entry);
/// Not empty, printable: no control characters.
std::string name_in(const Entry& entry);
std::string absolute_path_in(const Entry& entry);
bool boolean_in(const Entry& entry);

/// Whole numbers, durations (kDurationUnits; milliseconds) and sizes (kSizeUnits; bytes) within a
/// range. `range` tells it: "1 to 31".
std::uint64_t number_in(const Entry& entry, std::span<const Unit> units, std::uint64_t least,
                        std::uint64_t most, const std::string& range);

/// Names of which none may be there twice.
std::vector<std::string> names_in(const Entry& list);

/// Words that mean a value.
template <typename T>
struct Choice {
  std::string_view word;
  T value;
};

/// "a, b or c".
std::string one_of(const std::vector<std::string_view>& words);

template <typename T, std::size_t kCount>
T choice_in(const Entry& entry, const Choice<T> (&choices)[kCount]) {
  const std::string text = text_in(entry);
  const auto* const chosen = std::ranges::find(choices, text, &Choice<T>::word);
  if (chosen != std::end(choices)) {
    return chosen->value;
  }
  std::vector<std::string_view> words;
  for (const Choice<T>& choice : choices) {
    if (!choice.word.empty()) {
      words.push_back(choice.word);
    }
  }
  throw Mistake{entry.mark(), "expected " + one_of(words) + " for " + entry.key + found(text)};
}

/// A key that a map may have, and what reads it.
template <typename T>
struct Field {
  std::string_view key;
  void (*read)(const Entry& entry, T& into);
};

[[noreturn]] void refuse_key(const Entry& entry, const std::vector<std::string_view>& known);

/// Reads the members that are there, in the table's order, whatever theirs is. A key that the table
/// does not have is a mistake.
template <typename T, std::size_t kCount>
void read_fields(const Entry& map, const std::string& what, const Field<T> (&fields)[kCount],
                 T& into) {
  const std::vector<Entry> members = members_of(map, what);
  for (const Entry& member : members) {
    if (std::ranges::find(fields, std::string_view(member.key), &Field<T>::key) ==
        std::end(fields)) {
      std::vector<std::string_view> known;
      std::ranges::transform(fields, std::back_inserter(known), &Field<T>::key);
      refuse_key(member, known);
    }
  }
  for (const Field<T>& field : fields) {
    const auto member = std::ranges::find(members, field.key, &Entry::key);
    if (member != members.end()) {
      field.read(*member, into);
    }
  }
}

}  // namespace shmx::config

#endif  // SHM_EXPORTER_AGENT_CONFIG_YAML_READING_H
