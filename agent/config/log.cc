#include "agent/config/log.h"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/json/parse.hpp>
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

// A JSON string. JSON is UTF-8, and what a stranger named a file need not be: other bytes become
// question marks then.
std::string json_value(std::string_view text) {
  std::string value = boost::json::serialize(boost::json::string(text));
  boost::json::error_code not_utf8;
  boost::json::parse(value, not_utf8);
  if (not_utf8) {
    std::ranges::replace_if(
        value, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  }
  return value;
}

// A bare word where logfmt allows one; quoted with escapes otherwise, so that a value that a
// stranger chose can neither end the line nor add a key.
std::string logfmt_value(std::string_view text) {
  const bool bare = !text.empty() && std::ranges::all_of(text, [](char c) {
    return c > ' ' && c < 0x7f && c != '"' && c != '=' && c != '\\';
  });
  return bare ? std::string(text) : fmt::format("{:?}", text);
}

}  // namespace

std::string log_line(LogFormat format, LogLevel level, std::string_view message,
                     std::span<const LogField> fields) {
  std::string line;
  if (format == LogFormat::json) {
    line.append("\"level\":").append(json_value(name_of(level)));
    line.append(",\"msg\":").append(json_value(message));
    for (const LogField& field : fields) {
      line.append(",").append(json_value(field.key)).append(":").append(json_value(field.value));
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
