#include "tests/shm/hostile_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <tuple>

namespace shmx::test {
namespace {

constexpr std::int64_t kPage = layout::kPageBytes;

/// What it may extend its file to: some pages, and never much of the machine.
constexpr std::int64_t kMostPages = 64;

/// After so many acts, it tries with another file.
constexpr int kActsPerFile = 20;

}  // namespace

HostileWriter::HostileWriter(std::string directory, Files files, std::uint64_t seed)
    : directory_(std::move(directory)), random_(seed) {
  constexpr std::string_view kName = "mallory";
  std::memcpy(image_.header().service, kName.data(), kName.size());
  image_.header().service_bytes = kName.size();
  if (files == Files::one) {
    image_.write_to(create_file(path()));
  }
  thread_ = std::thread([this, files] { run(files); });
}

void HostileWriter::stop() {
  stop_.store(true, std::memory_order_relaxed);
  if (thread_.joinable()) {
    thread_.join();
  }
}

void HostileWriter::run(Files files) {
  for (std::uint64_t number = 0; !stopped(); ++number) {
    const std::string path =
        files == Files::one ? this->path() : directory_ + "/" + std::to_string(number) + ".shmx";
    const UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
    lock_segment(fd.get());
    live(fd);
    if (files == Files::many) {
      ::unlink(path.c_str());
    }
  }
}

void HostileWriter::live(const UniqueFd& fd) {
  write(fd, image_.bytes());
  for (int i = 0; i < kActsPerFile && !stopped(); ++i) {
    act(fd);
    acts_.fetch_add(1, std::memory_order_relaxed);
  }
}

void HostileWriter::write(const UniqueFd& fd, const std::vector<std::byte>& bytes) {
  std::ignore = ::pwrite(fd.get(), bytes.data(), bytes.size(), 0);
}

void HostileWriter::act(const UniqueFd& fd) {
  switch (below(9)) {
    case 0:
      std::ignore = ::ftruncate(fd.get(), below(6 * kPage));
      break;
    case 1:
      std::ignore = ::ftruncate(fd.get(), below(kMostPages) * kPage);
      break;
    case 2:
      std::ignore = ::fallocate(fd.get(), 0, 0, (1 + below(kMostPages)) * kPage);
      break;
    case 3:
      std::ignore = ::fallocate(fd.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                                below(4) * kPage, kPage);
      break;
    case 4: {
      const std::uint64_t word = random_();
      std::ignore = ::pwrite(fd.get(), &word, sizeof word, below(kPage * 4 / 8) * 8);
      break;
    }
    case 5: {
      Image wrong = image_;
      corruptions_[static_cast<std::size_t>(below(std::ssize(corruptions_)))].apply(wrong);
      write(fd, wrong.bytes());
      break;
    }
    case 6:
      std::ignore = ::ftruncate(fd.get(), 0);
      write(fd, image_.bytes());
      break;
    default:
      // What an honest writer does.
      image_.cell(0, kHitsCell).fetch_add(1, std::memory_order_relaxed);
      write(fd, image_.bytes());
      break;
  }
}

}  // namespace shmx::test
