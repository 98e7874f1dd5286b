// A directory of a test's own on a tmpfs, as segments have it, removed with all it holds.
#ifndef SHM_EXPORTER_TESTS_SHM_TEMP_DIR_H
#define SHM_EXPORTER_TESTS_SHM_TEMP_DIR_H

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace shmx::test {

class TempDir {
 public:
  TempDir() {
    std::string name = "/dev/shm/shmx-segments-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) {
      ADD_FAILURE() << "cannot create " << name;
    }
    path_ = name;
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::string& path() const { return path_; }
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

}  // namespace shmx::test

#endif  // SHM_EXPORTER_TESTS_SHM_TEMP_DIR_H
