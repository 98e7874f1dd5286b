// One row per setting of the OTLP push: what it is called as a variable, a key and a flag, how its
// value is checked and where it goes. Flags, file and environment are read by this table, so that a
// new setting is a new row.
#ifndef SHM_EXPORTER_AGENT_CONFIG_OTLP_TABLE_H
#define SHM_EXPORTER_AGENT_CONFIG_OTLP_TABLE_H

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "agent/config/otlp_values.h"
#include "agent/push/options.h"

namespace shmx::config {

/// A later one wins.
enum class OtlpSource { file, environment, flag };

/// What a source says of a setting.
struct OtlpGiven {
  OtlpSource source = OtlpSource::flag;
  std::string name{};  ///< for errors: the variable, "a.yml:3:5: endpoint" or the flag
  std::string text{};
  Pairs pairs{};
};

/// What the settings add up to; some say something only together.
struct OtlpDraft {
  push::Options options{};
  bool disabled = false;
  bool exported = true;
  bool insecure = false;
  std::optional<OtlpGiven> endpoint{};
  bool per_signal = false;                       ///< of endpoint
  std::optional<OtlpGiven> attribute_service{};  ///< resource attributes that name the service
};

/// What a bad value of a variable does. Those of files and flags are errors always.
enum class OtlpBadVariable {
  error,
  ignored,   ///< with a warning: it is as if it were not set, as the standard wants it
  is_false,  ///< with a warning, as the standard wants it for booleans
};

struct OtlpSetting {
  std::string_view word;  ///< the key in the file
  /// The variables, the one that wins first.
  std::array<std::string_view, 2> variables{};
  std::string_view value{};     ///< what the help calls the flag's value
  std::string_view standard{};  ///< what holds if it is not set, as a flag writes it
  std::string_view help{};      ///< of the flag, in lines; empty: there is no flag
  bool is_pairs = false;        ///< a map in the file
  bool is_secret = false;       ///< never shown
  OtlpBadVariable bad_variable = OtlpBadVariable::error;
  /// Checks the value and puts it into the draft; returns what was expected if it cannot be.
  std::string (*take)(const OtlpGiven& given, OtlpDraft& draft);
};

std::span<const OtlpSetting> otlp_table() noexcept;

/// Nothing if there is no such row.
const OtlpSetting* find_otlp_setting(std::string_view word) noexcept;

/// `--otlp.` and the word, with dashes.
std::string otlp_flag(const OtlpSetting& setting);

}  // namespace shmx::config

#endif  // SHM_EXPORTER_AGENT_CONFIG_OTLP_TABLE_H
