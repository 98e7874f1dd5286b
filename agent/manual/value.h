// What an option or an argument takes, by what stands for its value in --help.
#ifndef SHM_EXPORTER_AGENT_MANUAL_VALUE_H
#define SHM_EXPORTER_AGENT_MANUAL_VALUE_H

#include <string>

namespace shmx::manual {

enum class ValueKind {
  words,      ///< one of those that are named: debug|info
  file,       ///< FILE, PATH, PUBLIC.pem
  directory,  ///< DIR, or the PATH of an option that is called so
  other,      ///< nothing can be offered
};

/// `name` is the option's; empty for an argument.
ValueKind kind_of_value(const std::string& name, const std::string& value);

/// The words of a value that is words, with a space between them.
std::string words_of(const std::string& value);

}  // namespace shmx::manual

#endif  // SHM_EXPORTER_AGENT_MANUAL_VALUE_H
