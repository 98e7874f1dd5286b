// Writes what the fuzz targets start from into a directory: right segments, and each row of the
// table of corruptions as the bytes that it makes.
#include <cstdio>
#include <fstream>
#include <string>

#include "tests/fuzz/judge.h"
#include "tests/shm/corruptions.h"

namespace {

bool write(const std::string& path, const std::vector<std::byte>& bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
  file.close();
  return file.good();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: write_corpus DIRECTORY\n");
    return 2;
  }
  const std::string directory = std::string(argv[1]) + "/";
  if (!write(directory + "right", shmx::test::right_image().bytes()) ||
      !write(directory + "minor_1", shmx::test::minor_1_image().bytes())) {
    std::perror(directory.c_str());
    return 1;
  }
  int written = 2;
  for (const shmx::test::Corruption& row : shmx::test::all_corruptions()) {
    shmx::test::Image image = shmx::test::right_image();
    row.apply(image);
    if (image.bytes().size() <= shmx::fuzz::kMaxInputBytes) {
      written += write(directory + row.name, image.bytes()) ? 1 : 0;
    }
  }
  std::printf("%d inputs\n", written);
  return 0;
}
