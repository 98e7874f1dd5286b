// A directory that is gone with its test.
#ifndef SHM_EXPORTER_TESTS_AGENT_TESTING_TEMPORARY_DIRECTORY_H
#define SHM_EXPORTER_TESTS_AGENT_TESTING_TEMPORARY_DIRECTORY_H

#include <string>
#include <vector>

namespace shmx::testing {

class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::string& path() const noexcept { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  void write(const std::string& name, const std::string& bytes) const;

  /// The names in it, sorted.
  std::vector<std::string> names() const;

 private:
  std::string path_;
};

}  // namespace shmx::testing

#endif  // SHM_EXPORTER_TESTS_AGENT_TESTING_TEMPORARY_DIRECTORY_H
