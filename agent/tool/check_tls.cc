#include "agent/tool/check_tls.h"

#include <fmt/format.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "agent/identity/dns_name.h"
#include "agent/tool/printable.h"
#include "agent/tool/tls_probe.h"
#include "agent/x509/names.h"

namespace shmx::tool {
namespace {

constexpr std::int64_t kSecondsPerDay = 86'400;
constexpr std::int64_t kSecondsPerHour = 3'600;

struct HostAndPort {
  std::string host;
  std::string port;
};

/// A number of 16 bits, or a service's name: of other numbers the resolver takes the lowest 16
/// bits.
bool is_port(std::string_view text) {
  if (std::isalpha(static_cast<unsigned char>(text.front())) != 0) {
    return true;
  }
  std::uint16_t number = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  return parsed.ec == std::errc() && parsed.ptr == end;
}

std::optional<HostAndPort> split(const std::string& target) {
  const std::size_t colon = target.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == target.size() ||
      !is_port(std::string_view(target).substr(colon + 1))) {
    return std::nullopt;
  }
  std::string host = target.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string::npos) {
    return std::nullopt;  // Of an IPv6 address it is not said where it ends.
  }
  return HostAndPort{std::move(host), target.substr(colon + 1)};
}

/// The address in its one form, or nothing if the text is none.
std::optional<std::string> as_address(const std::string& text) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(text, error);
  return error ? std::nullopt : std::optional(address.to_string());
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// As clients match: URIs and addresses whole, DNS names by RFC 6125; the common name never.
bool presents(const x509::Names& names, const std::string& expected) {
  if (expected.find("://") != std::string::npos) {
    return contains(names.uris, expected);
  }
  if (const auto address = as_address(expected)) {
    return contains(names.addresses, *address);
  }
  return std::any_of(names.dns.begin(), names.dns.end(), [&](const std::string& name) {
    return identity::dns_name_covers(name, expected);
  });
}

std::string list(const std::vector<std::string>& texts) {
  return texts.empty() ? "none" : printable(fmt::format("{}", fmt::join(texts, ", ")));
}

std::string span_text(std::int64_t seconds) {
  return seconds >= 2 * kSecondsPerDay ? fmt::format("{} days", seconds / kSecondsPerDay)
                                       : fmt::format("{} hours", seconds / kSecondsPerHour);
}

/// "expired 3 days ago", "ends in 20 hours".
std::string end_text(const x509::Names& names, std::int64_t now) {
  const std::int64_t left = names.not_after_unix_s - now;
  return left < 0 ? fmt::format("expired {} ago", span_text(-left))
                  : fmt::format("ends in {}", span_text(left));
}

class Report {
 public:
  void line(std::string_view what, const std::string& value) {
    text_ += fmt::format("{:<11} {}\n", what, value);
  }
  void problem(const std::string& sentence) {
    problems_.push_back(fmt::format("{:<11} {}\n", "problem", printable(sentence)));
  }
  TlsVerdict verdict() && {
    for (const std::string& problem : problems_) {
      text_ += problem;
    }
    if (problems_.empty()) {
      line("verdict", "it fits");
    }
    return {std::move(text_), problems_.empty()};
  }

 private:
  std::string text_;
  std::vector<std::string> problems_;
};

void report_session(Report& report, const TlsCheck& check, const TlsAnswer& answer) {
  report.line("protocol", fmt::format("{}, {}, ALPN {}", answer.version, answer.cipher,
                                      answer.alpn.empty() ? "none" : printable(answer.alpn)));
  if (!check.alpn.empty() && answer.alpn != check.alpn) {
    report.problem(
        fmt::format("the server did not choose {} by ALPN: have it offer that{}", check.alpn,
                    check.alpn == "h2" ? ", for gRPC clients end a connection without it" : ""));
  }
  report.line("client", !answer.asks_for_certificate     ? "no certificate is asked for"
                        : check.certificate_file.empty() ? "a certificate is asked for, none is "
                                                           "given (--cert, --key)"
                                                         : "a certificate is asked for, and given");
  if (!answer.refusal.empty()) {
    report.problem(fmt::format(
        "the server refused the client after the handshake ({}): {}", answer.refusal,
        check.certificate_file.empty()
            ? "give a client certificate by --cert and --key"
            : "have a client certificate issued by an authority that the server knows"));
  }
}

void report_names(Report& report, const std::vector<std::string>& expected,
                  const x509::Names& names) {
  const std::vector<std::string> all = x509::alternatives(names);
  report.line("presented", list(all));
  report.line("CN", names.common_name.empty() ? "none" : printable(names.common_name));
  report.line("expected", list(expected));
  for (const std::string& name : expected) {
    if (presents(names, name)) {
      continue;
    }
    const bool in_common_name = all.empty() && names.common_name == name;
    report.problem(fmt::format(
        "the certificate is for {}, the client expects {}: add it to the SANs, or set the "
        "client's server name (gRPC: grpc.ssl_target_name_override; a proxy: its SNI or "
        "server name) to one that is there",
        in_common_name ? fmt::format("{} in its CN alone, which clients ignore", name) : list(all),
        name));
  }
}

void report_chain(Report& report, const x509::Chain& chain, std::int64_t now) {
  for (std::size_t i = 0; i < chain.size(); ++i) {
    const auto names = x509::names_of(chain[i]);
    if (!names) {
      report.problem(fmt::format("certificate {} of the chain: {}", i, names.error().message));
      continue;
    }
    report.line(i == 0 ? "chain" : "", fmt::format("{} {}", i, printable(names->subject)));
    report.line("", fmt::format("  issued by {}", printable(names->issuer)));
    report.line("", fmt::format("  until {}, {}", seconds_text(names->not_after_unix_s),
                                end_text(names.value(), now)));
  }
}

/// What is wrong with a certificate, and what to do.
std::string fault_text(const ChainFault& fault, std::int64_t now) {
  const auto parsed = x509::names_of(fault.der);
  const x509::Names names = parsed ? parsed.value() : x509::Names{};
  const std::string which = fmt::format("certificate \"{}\"", names.subject);
  switch (fault.code) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return fmt::format("{} {}, at {}: renew it, and have the server load it", which,
                         end_text(names, now), seconds_text(names.not_after_unix_s));
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return fmt::format("{} is valid from {} only: check the clocks of both hosts", which,
                         seconds_text(names.not_before_unix_s));
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
      return fmt::format(
          "{} is issued by \"{}\", whose certificate is neither presented nor among the "
          "authorities: give it by --ca, or have the server present its intermediates",
          which, names.issuer);
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return fmt::format(
          "{} is self-signed and not among the authorities: give it by --ca if it "
          "is to be trusted",
          which);
    case X509_V_ERR_INVALID_PURPOSE:
      return fmt::format(
          "{} is not for this purpose (extended key usage): issue it for "
          "serverAuth",
          which);
    default:
      return fmt::format("{}: {}", which, fault.check);
  }
}

}  // namespace

TlsVerdict check_tls(const TlsCheck& check, std::int64_t now_unix_s) {
  Report report;
  report.line("server", printable(check.target));
  const auto target = split(check.target);
  if (!target) {
    report.problem("expected HOST:PORT, with an IPv6 address in brackets");
    return std::move(report).verdict();
  }
  std::vector<std::string> expected = check.expected_names;
  if (expected.empty()) {
    expected.push_back(target->host);
  }
  const bool is_uri = expected.front().find("://") != std::string::npos;
  const TlsProbe probe{
      target->host,           target->port, is_uri ? target->host : expected.front(),
      check.authorities_file, check.alpn,   check.certificate_file,
      check.key_file,         check.timeout};
  const auto answer = probe_tls(probe, now_unix_s);
  if (!answer) {
    report.problem(answer.error().message);
    return std::move(report).verdict();
  }
  report.line("address", answer->address);
  report_session(report, check, answer.value());
  if (answer->chain.empty()) {
    report.problem("the server presents no certificate");
    return std::move(report).verdict();
  }
  if (const auto names = x509::names_of(answer->chain.front())) {
    report_names(report, expected, names.value());
  }
  report_chain(report, answer->chain, now_unix_s);
  report.line("verified",
              fmt::format("{}, by {}", answer->faults.empty() ? "yes" : "no",
                          check.authorities_file.empty() ? "the system's authorities"
                                                         : printable(check.authorities_file)));
  for (const ChainFault& fault : answer->faults) {
    report.problem(fault_text(fault, now_unix_s));
  }
  return std::move(report).verdict();
}

}  // namespace shmx::tool
