#include "agent/model/rpc_families.h"

#include <algorithm>

namespace shmx::model {

std::string_view label(const Labels& labels, std::string_view name) noexcept {
  const auto found = std::ranges::find(labels, name, &Label::name);
  return found != labels.end() ? std::string_view(found->value) : std::string_view();
}

std::string_view code_of(const Labels& labels) noexcept {
  const std::string_view code = label(labels, "grpc_code");
  return code.empty() ? label(labels, "code") : code;
}

}  // namespace shmx::model
