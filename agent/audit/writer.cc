#include "agent/audit/writer.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "agent/audit/digest.h"
#include "agent/audit/format.h"
#include "agent/audit/lines.h"
#include "agent/audit/record.h"

namespace shmx::audit {
namespace {

/// Of one write: large enough that its cost does not matter, small enough that no reader of the log
/// waits long for what is in the queue.
constexpr std::size_t kMaxWriteBytes = std::size_t{256} << 10;

std::uint64_t size_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

Result<Record> first_record(const std::string& path) {
  auto lines = Lines::open(path);
  if (!lines) return lines.error();
  auto line = lines->next();
  if (!line) return line.error();
  if (!*line) return Error{path + " has no record"};
  return parse_record(**line);
}

}  // namespace

Writer::Writer(const Options& options, Warn warn, Directory directory, SigningKey key, LogEnd end)
    : options_(options),
      warn_(std::move(warn)),
      directory_(std::move(directory)),
      chain_(end.position, std::move(key)),
      number_(end.file_number) {
  if (end.position.unsigned_records == 0 && end.torn.empty()) return;
  recovered_ =
      Fields{{"unsigned_records", static_cast<std::int64_t>(end.position.unsigned_records)},
             {"torn_bytes", static_cast<std::int64_t>(end.torn.size())},
             {"torn_sha256", hex(sha256(end.torn))}};
}

Result<Writer> Writer::open(const Options& options, Warn warn) {
  auto key = SigningKey::read(options.key_file);
  if (!key) return key.error();
  auto directory = Directory::take(options.directory);
  if (!directory) return directory.error();
  auto end = read_end(*directory);
  if (!end) return end.error();
  if (!end->key_id.empty() && end->key_id != key->public_key().id()) {
    return Error{"the audit log in " + options.directory + " is signed with the key " +
                 end->key_id + ", and " + options.key_file + " holds the key " +
                 key->public_key().id() +
                 ": start with the old key, and replace it while the agent runs, so that the old "
                 "key endorses the new one; without the old key, begin a new log in another "
                 "directory"};
  }
  std::optional<LogFile> file;
  if (end->file_number != 0) {
    auto reopened = LogFile::reopen(directory->file(end->file_number), end->file_bytes);
    if (!reopened) return reopened.error();
    file.emplace(std::move(reopened).value());
  }
  Writer writer(options, std::move(warn), std::move(directory).value(), std::move(key).value(),
                std::move(end).value());
  writer.file_ = std::move(file);
  return writer;
}

Result<std::vector<std::uint64_t>> Writer::write(std::span<const Pending> events,
                                                 std::int64_t now_ns) {
  if (auto ready = prepare_file(now_ns); !ready) return ready.error();
  Chain next = chain_;
  std::string bytes;
  append_beginning(next, bytes, now_ns);
  std::vector<std::uint64_t> seqs;
  for (const Pending& pending : events) {
    const bool full = bytes.size() >= kMaxWriteBytes ||
                      file_->size_bytes() + bytes.size() >= options_.max_file_bytes;
    if (full && !seqs.empty()) break;
    seqs.push_back(next.position().seq + 1);
    if (pending.new_key) {
      next.change_key(bytes, pending.unix_ns, *pending.new_key);
    } else {
      next.append(bytes, pending.unix_ns, pending.event);
    }
    if (next.position().unsigned_records >= options_.checkpoint_every) {
      next.checkpoint(bytes, pending.unix_ns);
    }
  }
  if (auto written = commit(std::move(next), bytes); !written) return written.error();
  recovered_.reset();
  return seqs;
}

void Writer::append_beginning(Chain& chain, std::string& bytes, std::int64_t now_ns) {
  if (file_->size_bytes() == 0) chain.start_file(bytes, now_ns);
  if (recovered_) chain.append_signed(bytes, now_ns, kRecovered, *recovered_);
}

Result<bool> Writer::commit(Chain next, const std::string& bytes) {
  if (bytes.empty()) return true;
  if (auto appended = file_->append(bytes); !appended) return appended;
  const std::uint64_t records = next.position().seq - chain_.position().seq;
  sync_due_ = sync_due_ || next.position().unsigned_records < records;  // One of them is signed.
  chain_ = std::move(next);
  return true;
}

Result<bool> Writer::prepare_file(std::int64_t now_ns) {
  if (file_ && !file_->intact()) {
    warn_("the audit log's file " + file_->path() +
          " was removed, replaced or changed by someone else; the log goes on in the next one");
    file_.reset();
    directory_.reset();  // Its lock, too: it may be another directory by now.
  }
  if (file_ && file_->size_bytes() < options_.max_file_bytes) return true;
  if (file_) {
    if (auto done = sign_off(now_ns); !done) return done;
    file_.reset();
  }
  return next_file();
}

Result<bool> Writer::next_file() {
  if (!directory_) {
    auto taken = Directory::take(options_.directory);
    if (!taken) return taken.error();
    directory_.emplace(std::move(taken).value());
  }
  auto created = LogFile::create(directory_->file(++number_));
  while (!created && created.error().code == EEXIST) {  // Whoever made it: it is not ours.
    created = LogFile::create(directory_->file(++number_));
  }
  if (!created) {
    --number_;
    directory_.reset();  // Perhaps it is gone: the next try makes it.
    return created.error();
  }
  directory_->sync();
  file_.emplace(std::move(created).value());
  removal_due_ = true;
  return true;
}

Result<bool> Writer::sign_off(std::int64_t now_ns) {
  if (chain_.position().unsigned_records > 0) {
    Chain next = chain_;
    std::string bytes;
    next.checkpoint(bytes, now_ns);
    if (auto written = commit(std::move(next), bytes); !written) return written;
  }
  if (!sync_due_) return true;
  auto synced = file_->sync();
  sync_due_ = !synced;
  return synced;
}

Result<bool> Writer::settle(std::int64_t now_ns) {
  if (!file_) return true;
  if (sync_due_) {
    sync_due_ = false;  // Asked again, a kernel that lost pages would say that all is well.
    if (auto synced = file_->sync(); !synced) return synced;
  }
  if (!removal_due_) return true;
  removal_due_ = false;
  return remove_oldest(now_ns);
}

/// So that with a full file of this one's there are no more than max_total_bytes. A removal is
/// recorded, on the disk, before it happens: whatever happens in between, nothing is missing
/// without a record.
Result<bool> Writer::remove_oldest(std::int64_t now_ns) {
  auto numbers = file_numbers(directory_->path());
  if (!numbers) return numbers.error();
  std::uint64_t total_bytes = options_.max_file_bytes;
  for (const std::uint64_t number : *numbers) {
    if (number != number_) total_bytes += size_of(directory_->file(number));
  }
  for (std::size_t i = 0; i + 1 < numbers->size() && total_bytes > options_.max_total_bytes; ++i) {
    const std::string path = directory_->file((*numbers)[i]);
    auto fields = described((*numbers)[i], (*numbers)[i + 1]);
    if (!fields) return fields.error();
    Chain next = chain_;
    std::string bytes;
    next.append_signed(bytes, now_ns, kFileRemoved, *fields);
    if (auto written = commit(std::move(next), bytes); !written) return written;
    sync_due_ = false;
    if (auto synced = file_->sync(); !synced) return synced;
    total_bytes -= size_of(path);
    if (::unlink(path.c_str()) != 0) {
      return Error{"remove " + path + ": " + std::strerror(errno), errno};
    }
  }
  return true;
}

/// What is recorded about a file that is to be removed, told by its first record and that of the
/// next one.
Result<Fields> Writer::described(std::uint64_t number, std::uint64_t next) const {
  auto first = first_record(directory_->file(number));
  if (!first) return first.error();
  auto after = first_record(directory_->file(next));
  if (!after) return after.error();
  return Fields{{"file", file_name(number)},
                {"first_seq", static_cast<std::int64_t>(first->seq)},
                {"last_seq", static_cast<std::int64_t>(after->seq) - 1},
                {"last_hash", hex(after->prev)}};
}

Result<bool> Writer::close(std::int64_t now_ns) {
  if (!file_ || !file_->intact()) return Error{"the audit log's file is not there"};
  return sign_off(now_ns);
}

}  // namespace shmx::audit
