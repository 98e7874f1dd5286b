#include "agent/push/tls_material.h"

#include <utility>

#include "agent/push/http_tls.h"

namespace shmx::push {
namespace {

Result<std::string> read_if_given(const std::string& path) {
  if (path.empty()) return std::string();
  auto read = files::read_small_file(path);
  if (read && read->empty()) return Error{"read " + path + ": it is empty"};
  return read;
}

}  // namespace

std::array<files::FileStamp, 3> WatchedTls::stamps() const {
  return {files::stamp_of(files_.authorities), files::stamp_of(files_.certificate),
          files::stamp_of(files_.key)};
}

Result<TlsMaterial> WatchedTls::read() const {
  TlsMaterial material;
  const auto read_into = [](const std::string& path, std::string& text) {
    auto read = read_if_given(path);
    if (!read) return Result<bool>(Error{"TLS: " + read.error().message, read.error().code});
    text = std::move(read).value();
    return Result<bool>(true);
  };
  if (auto read = read_into(files_.authorities, material.authorities); !read) return read.error();
  if (auto read = read_into(files_.certificate, material.certificate); !read) return read.error();
  if (auto read = read_into(files_.key, material.key); !read) return read.error();
  const auto context = make_client_context(material);
  if (context) return material;
  std::string names;
  for (const auto* const path : {&files_.authorities, &files_.certificate, &files_.key}) {
    if (!path->empty()) names += (names.empty() ? "" : ", ") + *path;
  }
  return Error{"TLS: " + context.error().message + " (" + names + ")"};
}

Result<WatchedTls> WatchedTls::open(const TlsFiles& files) {
  if (files.certificate.empty() != files.key.empty()) {
    return Error{"TLS: a client certificate and its key belong together; only one is given"};
  }
  WatchedTls watched(files);
  watched.stamps_ = watched.stamps();  // before reading: a change meanwhile is seen the next time
  auto read = watched.read();
  if (!read) return read.error();
  watched.material_ = std::move(read).value();
  return watched;
}

bool WatchedTls::refresh(std::string& problem) {
  const auto now = stamps();
  if (now == stamps_) return false;
  stamps_ = now;
  auto read = this->read();
  if (!read) {
    problem = read.error().message + "; the last files are still used";
    return false;
  }
  material_ = std::move(read).value();
  return true;
}

}  // namespace shmx::push
