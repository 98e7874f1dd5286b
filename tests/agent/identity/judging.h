// A judge in a test, with a clock that stands still until it is moved.
#ifndef SHM_EXPORTER_TESTS_AGENT_IDENTITY_JUDGING_H
#define SHM_EXPORTER_TESTS_AGENT_IDENTITY_JUDGING_H

#include <atomic>
#include <cstdint>
#include <future>
#include <memory>
#include <string>

#include "agent/identity/judge.h"

namespace shmx::testing {

inline constexpr std::uint32_t kOwnUid = 990;

class Judging {
 public:
  explicit Judging(std::int64_t now_unix_s) : now_(now_unix_s) {}

  /// By these rules from now on. Throws where they are refused.
  void use(const identity::Policy& policy, const web::Config& config);

  /// Empty: they are accepted, and in force.
  std::string problem_of(const identity::Policy& policy, const web::Config& config);

  /// "NAME sees everything", "NAME sees TENANT,TENANT", or KIND and reason of a refusal: "401
  /// scheme". Waits for it.
  std::string outcome(const identity::Presented& presented);

  std::future<identity::Verdict> ask(const identity::Presented& presented);

  /// What the last refusal's detail said.
  const std::string& detail() const noexcept { return detail_; }

  void move_clock(std::int64_t seconds) { now_ += seconds; }
  identity::Judge& judge() noexcept { return *judge_; }

 private:
  std::atomic<std::int64_t> now_;
  std::string detail_;
  identity::Resources resources_{{[this] { return now_.load(); }, [](const auto&) {}, kOwnUid}};
  std::shared_ptr<identity::Judge> judge_;
};

identity::Presented with_header(const std::string& authorization);
identity::Presented with_password(const std::string& user, const std::string& password);
identity::Presented with_uid(std::uint32_t uid);
identity::Presented with_chain(x509::Chain chain);

model::Scope only(std::vector<std::string> tenants);

}  // namespace shmx::testing

#endif  // SHM_EXPORTER_TESTS_AGENT_IDENTITY_JUDGING_H
