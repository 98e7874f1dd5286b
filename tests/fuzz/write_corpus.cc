// Writes what the fuzz targets start from into a directory: right segments, also with exemplars,
// each row of the table of corruptions as the bytes that it makes, headers that name a span, and
// requests.
#include <cstdio>
#include <fstream>
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

int write_requests(const std::string& directory) {
  constexpr std::string_view kGet =
      "GET http://host/metrics?name[]=up&name[]=a%20b HTTP/1.1\r\nHost: host\r\n"
      "Accept-Encoding: gzip;q=0.5, identity\r\nAuthorization: Bearer token\r\n\r\n";
  constexpr std::string_view kPost =
      "POST /-/reload HTTP/1.1\r\nHost: host\r\nContent-Length: 3\r\n\r\nabc";
  constexpr std::string_view kChunks =
      "POST /metrics HTTP/1.1\r\nHost: host\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3;a=b\r\nabc\r\n0\r\nX: y\r\n\r\n";
  return (write(directory + "get", bytes_of(kGet)) ? 1 : 0) +
         (write(directory + "post", bytes_of(kPost)) ? 1 : 0) +
         (write(directory + "chunks", bytes_of(kChunks)) ? 1 : 0);
}

int write_headers(const std::string& directory) {
  constexpr std::string_view kTraceparent =
      "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  constexpr std::string_view kTraceBin("\0\0trace-id-trace-i\1span-id-\2\1", 29);
  return (write(directory + "traceparent", bytes_of(kTraceparent)) ? 1 : 0) +
         (write(directory + "grpc-trace-bin", bytes_of(kTraceBin)) ? 1 : 0);
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
  int written = 2 + write_headers(directory) + write_requests(directory);
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
