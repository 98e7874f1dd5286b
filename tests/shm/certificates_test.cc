// A process's certificates from the option to the reader: what is published, and that no file in
// their place keeps the process from counting, waits, or shows what is not public.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

#include "shim/metrics.h"
#include "shm/certificate_file.h"
#include "tests/shm/corruptions.h"
#include "tests/shm/process_test.h"

namespace shmx::test {
namespace {

using layout::Loss;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr std::string_view kKeyBody = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgKEYKEYKEY0";

class CertificatesTest : public ProcessTest {
 protected:
  void SetUp() override { std::filesystem::create_directory(dir_ / "segments"); }

  void in_process(const std::function<void()>& body, ProcessOptions options = {}) {
    options.directory = dir_ / "segments";
    options.certificate_chain_file = file();
    options.on_problem = [this](std::string_view text) { problems_.emplace_back(text); };
    ProcessTest::in_process(body, std::move(options));
  }

  std::string file() const { return dir_ / "chain.pem"; }
  void write_file(std::string_view text) const { std::ofstream(file()) << text; }

  SegmentView segment() const { return only_segment(dir_ / "segments"); }

  /// What is in the segment, whoever reads it.
  std::string bytes() const {
    std::ifstream in(segment().path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  /// The process counts as if there was no such option, and says what is wrong once.
  void expect_none(const std::string& problem, std::uint64_t left_out = 1) {
    in_process([&] {
      counter("hits_total", "Hits.").labels().add(3);
      EXPECT_EQ(segment().value("hits_total"), 3U);
      EXPECT_EQ(segment().certificates, "");
      EXPECT_EQ(segment().lost(Loss::certificates_left_out), left_out);
      ASSERT_THAT(problems_, SizeIs(1));
      EXPECT_THAT(problems_[0], HasSubstr(problem));
    });
  }

  std::vector<std::string> problems_;
};

TEST_F(CertificatesTest, OfTheOptionsFileAreInTheSegment) {
  write_file(kOrdersCertificate);
  in_process([&] {
    counter("hits_total", "Hits.").labels().add();
    EXPECT_EQ(segment().certificates, kOrdersCertificate);
    EXPECT_EQ(segment().value("hits_total"), 1U);
    EXPECT_EQ(segment().lost(Loss::certificates_left_out), 0U);
    EXPECT_THAT(problems_, IsEmpty());
  });
}

TEST_F(CertificatesTest, AreThereWithoutAnySeries) {
  write_file(kOrdersCertificate);
  in_process([&] {
    publish();
    EXPECT_EQ(segment().certificates, kOrdersCertificate);
  });
}

TEST_F(CertificatesTest, ComeWithoutTheKeyOfTheirFile) {
  const std::string key =
      "-----BEGIN PRIVATE KEY-----\n" + std::string(kKeyBody) + "\n-----END PRIVATE KEY-----\n";
  write_file(key + std::string(kOrdersCertificate) + key);
  in_process([&] {
    publish();
    EXPECT_EQ(segment().certificates, kOrdersCertificate);
    EXPECT_THAT(bytes(), Not(HasSubstr(std::string(kKeyBody.substr(0, 8)))));
    EXPECT_THAT(bytes(), Not(HasSubstr("PRIVATE")));
  });
}

TEST_F(CertificatesTest, AreBehindSymlinksAsRotatingToolsHaveThem) {
  std::ofstream(dir_ / "archive.pem") << kOrdersCertificate;
  std::filesystem::create_symlink(dir_ / "archive.pem", file());
  in_process([&] {
    publish();
    EXPECT_EQ(segment().certificates, kOrdersCertificate);
  });
}

TEST_F(CertificatesTest, ThatAreNotThereAreTold) {
  expect_none("open " + file() + ": No such file");
}

TEST_F(CertificatesTest, ThatAreAKeyAloneAreTold) {
  write_file("-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----\n");
  expect_none("has no certificate");
}

TEST_F(CertificatesTest, InAFifoThatNobodyWritesToAreNotWaitedFor) {
  ASSERT_EQ(mkfifo(file().c_str(), 0600), 0);
  expect_none("is no regular file");
}

TEST_F(CertificatesTest, InADirectoryAreTold) {
  std::filesystem::create_directory(file());
  expect_none("is no regular file");
}

TEST_F(CertificatesTest, OfADeviceThatNeverEndsAreNotRead) {
  std::filesystem::create_symlink("/dev/zero", file());
  expect_none("is no regular file");
}

TEST_F(CertificatesTest, OfALargeFileAreNotRead) {
  write_file(std::string(kOrdersCertificate) + std::string(kMaxCertificateFileBytes, '\n'));
  expect_none("is larger than 65536 bytes");
}

TEST_F(CertificatesTest, BeyondTheirRoomAreLeftOutAndTold) {
  std::string chain;
  for (int i = 0; i < 30; ++i) {
    chain += kOrdersCertificate;
  }
  write_file(chain);
  in_process([&] {
    publish();
    const std::size_t fit = layout::kMaxCertificateBytes / kOrdersCertificate.size();
    EXPECT_EQ(segment().certificates, chain.substr(0, fit * kOrdersCertificate.size()));
    EXPECT_EQ(segment().lost(Loss::certificates_left_out), 30 - fit);
    ASSERT_THAT(problems_, SizeIs(1));
    EXPECT_THAT(problems_[0], HasSubstr("beyond 16384 bytes"));
  });
}

TEST_F(CertificatesTest, LeaveASmallSegmentToWhatIsCounted) {
  std::string chain;
  for (int i = 0; i < 21; ++i) {
    chain += kOrdersCertificate;
  }
  write_file(chain);
  // Room for a directory of 16 KiB, most of which the series need.
  in_process(
      [&] {
        const auto hits = counter("hits_total", "Hits.");
        std::vector<Counter> all;
        all.reserve(100);
        for (int i = 0; i < 100; ++i) {
          all.push_back(hits.labels({{"n", std::to_string(i)}}));
        }
        for (const Counter& each : all) {
          each.add();
        }
        EXPECT_EQ(segment().family_total("hits_total"), 100U);
        EXPECT_EQ(segment().certificates, "");
        EXPECT_EQ(segment().lost(Loss::certificates_left_out), 1U);
        ASSERT_THAT(problems_, SizeIs(1));
        EXPECT_THAT(problems_[0], HasSubstr("no room"));
      },
      {.max_segment_bytes = 7 * layout::kPageBytes});
}

TEST_F(CertificatesTest, AreTheForkedChildsToo) {
  write_file(kOrdersCertificate);
  in_process([&] {
    counter("hits_total", "Hits.").labels().add();
    std::filesystem::remove(file());
    in_fresh_process([&] {
      const Counter hits = counter("hits_total", "Hits.").labels();
      hits.add(2);
      const SegmentView child = segment_of(dir_ / "segments", getpid());
      EXPECT_EQ(child.certificates, kOrdersCertificate);
      EXPECT_EQ(child.value("hits_total"), 2U);
    });
  });
}

TEST_F(CertificatesTest, AreReplacedWhenTheProcessSaysThatItRotated) {
  write_file(kOrdersCertificate);
  in_process([&] {
    const CounterFamily hits = counter("hits_total", "Hits.", {.exemplars = true});
    hits.labels({{"n", "1"}}).add();
    const std::string other = std::string(kOrdersCertificate) + std::string(kOrdersCertificate);
    write_file(other);
    EXPECT_EQ(segment().certificates, kOrdersCertificate) << "nobody said so";
    republish_certificates();
    EXPECT_EQ(segment().certificates, other);
    hits.labels({{"n", "2"}}).add(2);
    EXPECT_EQ(segment().value("hits_total", {{"n", "1"}}), 1U);
    EXPECT_EQ(segment().value("hits_total", {{"n", "2"}}), 2U);

    std::filesystem::remove(file());
    republish_certificates();
    EXPECT_EQ(segment().certificates, other) << "what was presented last";
    EXPECT_EQ(segment().lost(Loss::certificates_left_out), 1U);
  });
}

TEST_F(CertificatesTest, ThatStayTheSameTakeNoMoreRoom) {
  write_file(kOrdersCertificate);
  in_process([&] {
    publish();
    const std::uint64_t before = segment().file_bytes;
    for (int i = 0; i < 1'000; ++i) {
      republish_certificates();
    }
    EXPECT_EQ(segment().file_bytes, before);
    EXPECT_EQ(segment().lost(Loss::certificates_left_out), 0U);
  });
}

TEST_F(CertificatesTest, ThatAreReplacedForEverEndAtTheirLimit) {
  write_file(kOrdersCertificate);
  in_process([&] {
    publish();
    std::string text(kOrdersCertificate);
    // Chains of 21, which differ in one character.
    for (int i = 0; i < 200; ++i) {
      std::string chain;
      text.replace(text.find("\nMII") + 4, 3, std::to_string(100 + i));
      for (int n = 0; n < 21; ++n) {
        chain += text;
      }
      write_file(chain);
      republish_certificates();
      text = kOrdersCertificate;
    }
    EXPECT_LE(segment().file_bytes, 2 * kMaxCertificateRecordBytes);
    EXPECT_GT(segment().lost(Loss::certificates_left_out), 0U);
    EXPECT_THAT(problems_, SizeIs(1));
    // What is counted goes on.
    counter("hits_total", "Hits.").labels().add(5);
    EXPECT_EQ(segment().value("hits_total"), 5U);
  });
}

TEST_F(CertificatesTest, KeepNoDescriptor) {
  write_file(kOrdersCertificate);
  in_process([&] {
    const auto open_descriptors = [] {
      const std::filesystem::directory_iterator all("/proc/self/fd");
      return std::distance(begin(all), end(all));
    };
    const auto before = open_descriptors();
    publish();
    republish_certificates();
    EXPECT_EQ(open_descriptors(), before);
  });
}

}  // namespace
}  // namespace shmx::test
