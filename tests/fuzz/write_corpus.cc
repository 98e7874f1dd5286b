// Writes what the fuzz targets start from into a directory: right segments, also with exemplars,
// each row of the table of corruptions as the bytes that it makes, headers that name a span, and an
// audit log.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>

#include "tests/fuzz/judge.h"
#include "tests/shm/corruptions.h"

namespace {

bool write(const std::string& path, std::span<const std::byte> bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
  file.close();
  return file.good();
}

shmx::test::Image image_with_exemplars() {
  shmx::test::Image image = shmx::test::right_image();
  image.append(shmx::test::new_series(0, 7, 1));
  image.write_slot(image.append_exemplars(3, 1), shmx::test::full_slot(5));
  image.append(shmx::test::new_series(1, 8, 4));
  image.write_slot(image.append_exemplars(4, 3), shmx::test::full_slot(6));
  return image;
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

int write_headers(const std::string& directory) {
  constexpr std::string_view kTraceparent =
      "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  constexpr std::string_view kTraceBin("\0\0trace-id-trace-i\1span-id-\2\1", 29);
  return (write(directory + "traceparent", bytes_of(kTraceparent)) ? 1 : 0) +
         (write(directory + "grpc-trace-bin", bytes_of(kTraceBin)) ? 1 : 0);
}

int write_audit_log(const std::string& directory) {
  std::ifstream golden(SHMX_GOLDEN_LOG, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(golden), {});
  return write(directory + "audit-log", bytes_of(text)) ? 1 : 0;
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
  int written = 2 + write_headers(directory) + write_audit_log(directory);
  written += write(directory + "exemplars", image_with_exemplars().bytes()) ? 1 : 0;
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
