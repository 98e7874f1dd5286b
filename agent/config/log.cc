#include "agent/config/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <memory>

namespace shmx::config {
namespace {

LogFormat g_format = LogFormat::logfmt;  // Set once, before any thread logs.

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warn:
      return "warn";
    case LogLevel::error:
      return "error";
  }
  return "info";
}

spdlog::level::level_enum severity_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warn:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::string quoted(std::string_view text) {
  return boost::json::serialize(boost::json::string(text));
}

// A bare word where logfmt allows one; quoted with escapes otherwise, so that a value that a
// stranger chose can neither end the line nor add a key.
std::string logfmt_value(std::string_view text) {
  bool bare = !text.empty();
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    bare = bare && byte > ' ' && byte < 0x7f && c != '"' && c != '=' && c != '\\';
  }
  return bare ? std::string(text) : quoted(text);
}

}  // namespace

std::string log_line(LogFormat format, LogLevel level, std::string_view message,
                     std::span<const LogField> fields) {
  std::string line;
  if (format == LogFormat::json) {
    line.append("\"level\":").append(quoted(name_of(level)));
    line.append(",\"msg\":").append(quoted(message));
    for (const LogField& field : fields) {
      line.append(",").append(quoted(field.key)).append(":").append(quoted(field.value));
    }
    return line;
  }
  line.append("level=").append(name_of(level)).append(" msg=").append(logfmt_value(message));
  for (const LogField& field : fields) {
    line.append(" ").append(field.key).append("=").append(logfmt_value(field.value));
  }
  return line;
}

void set_up_log(LogLevel level, LogFormat format) {
  g_format = format;
  auto logger = std::make_shared<spdlog::logger>("shm_exporter",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_level(severity_of(level));
  logger->flush_on(spdlog::level::trace);
  logger->set_pattern(format == LogFormat::json ? R"({"ts":"%Y-%m-%dT%H:%M:%S.%eZ",%v})"
                                                : "ts=%Y-%m-%dT%H:%M:%S.%eZ %v",
                      spdlog::pattern_time_type::utc);
  spdlog::set_default_logger(std::move(logger));
}

void log(LogLevel level, std::string_view message, const std::vector<LogField>& fields) {
  // As an argument, never as the format: a message may hold braces.
  spdlog::log(severity_of(level), "{}", log_line(g_format, level, message, fields));
}

}  // namespace shmx::config
