// See attributes.h. Within a message fields are written last to first.
#include "agent/otlp/attributes.h"

#include <optional>

#include "agent/otlp/grpc_attributes.h"

namespace shmx::otlp {
namespace {

using render::BackwardWriter;

/// Completes an attribute whose string has been written since at() was `end`.
void close_attribute(unsigned field, std::string_view key, const char* end,
                     BackwardWriter& out) noexcept {
  out.close(1, end);  // AnyValue.string_value
  out.close(2, end);
  out.string_field(1, key);
  out.close(field, end);
}

void write_method(unsigned field, const GrpcAttributes& grpc, BackwardWriter& out) noexcept {
  constexpr std::string_view kKey = "grpc.method";
  if (grpc.is_other) {
    write_attribute(field, kKey, "other", out);
    return;
  }
  const char* const end = out.at();
  out.bytes(grpc.method);
  out.bytes("/");
  out.bytes(grpc.service);
  close_attribute(field, kKey, end, out);
}

void write_renamed(unsigned field, const Label& label, const GrpcAttributes& grpc,
                   BackwardWriter& out) noexcept {
  if (label.name == "grpc_method") {
    write_method(field, grpc, out);
  } else if (label.name == "grpc_code") {
    write_attribute(field, "grpc.status", grpc.status, out);
  } else if (label.name != "grpc_service") {
    write_attribute(field, label.name, label.value, out);
  }
}

}  // namespace

void write_attribute(unsigned field, std::string_view key, std::string_view value,
                     BackwardWriter& out) noexcept {
  const char* const end = out.at();
  out.bytes(value);
  close_attribute(field, key, end, out);
}

void write_attributes(unsigned field, const Labels& labels, AttributeRules rules,
                      BackwardWriter& out) noexcept {
  const std::optional<GrpcAttributes> grpc =
      rules.has_otel_labels ? grpc_attributes(labels) : std::nullopt;
  // A cursor that nobody else can see stays in a register.
  BackwardWriter at = out;
  for (auto label = labels.rbegin(); label != labels.rend(); ++label) {
    if (label->name == "job" || (rules.without_tenant && label->name == "tenant") ||
        (rules.without_pid && label->name == "pid")) {
      continue;
    }
    if (grpc) {
      write_renamed(field, *label, *grpc, at);
    } else {
      write_attribute(field, label->name, label->value, at);
    }
  }
  out = at;
}

}  // namespace shmx::otlp
