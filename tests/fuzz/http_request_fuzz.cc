// Whatever comes on a connection: read as agent/web reads it, checked, made plain, routed, and an
// answer made. Read whole and in pieces it must be the same request.
#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "agent/web/content_coding.h"
#include "agent/web/messages.h"
#include "agent/web/query.h"
#include "agent/web/router.h"
#include "tests/fuzz/judge.h"

namespace {

using shmx::fuzz::demand;
using shmx::web::Limits;
using shmx::web::Parser;
using shmx::web::Request;

/// A request, or the status that its bytes get; 0: the client would have to send more.
using Outcome = std::variant<Request, unsigned>;

Outcome outcome_of(const Parser& parser, const boost::system::error_code& error) {
  if (error) return shmx::web::status_of(error);
  if (!parser.is_done()) return 0U;
  return shmx::web::to_request(parser.get(), {});
}

/// As a connection reads: what is there is parsed, what is left is parsed with what comes next.
Outcome read(std::string_view bytes, std::size_t piece_bytes) {
  const Limits limits;
  Parser parser;
  shmx::web::limit(parser, limits);
  boost::beast::flat_buffer buffer(limits.header_bytes + limits.body_bytes);
  boost::system::error_code error;
  while (!error && !parser.is_done()) {
    const auto piece = std::min({piece_bytes, bytes.size(), buffer.max_size() - buffer.size()});
    if (piece == 0) break;
    buffer.commit(
        boost::asio::buffer_copy(buffer.prepare(piece), boost::asio::buffer(bytes.data(), piece)));
    bytes.remove_prefix(piece);
    std::size_t used = 0;
    do {
      used = parser.put(buffer.data(), error);
      buffer.consume(used);
      // The connection looks at the head before it reads on.
      if (parser.is_header_done()) {
        if (const auto refusal = shmx::web::refusal_of(parser.get()); refusal != 0) return refusal;
      }
    } while (!error && used > 0 && buffer.size() > 0 && !parser.is_done());
    if (error == boost::beast::http::error::need_more) error = {};
  }
  return outcome_of(parser, error);
}

bool same(const Request& a, const Request& b) {
  const auto same_header = [](const auto& x, const auto& y) {
    return x.name == y.name && x.value == y.value;
  };
  return a.method == b.method && a.path == b.path && a.query == b.query &&
         std::ranges::equal(a.headers, b.headers, same_header);
}

void judge_request(const Request& request, std::string_view bytes) {
  demand(request.path.find('?') == std::string::npos, "a path ends where the query begins");
  demand(bytes.find(request.query) != std::string_view::npos, "the query is the client's bytes");
  demand(request.header("host").empty() == request.list_header("Host").empty(),
         "a header is found by either way");
  for (const auto& header : request.headers) {
    demand(header.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos,
           "no header has an end of line in it");
  }
  const auto names = shmx::web::query_values(request.query, "name[]");
  demand(!names || names.value().size() <= shmx::web::kMaxQueryValues, "names are bounded");
  shmx::web::accepted_codings(request.list_header("Accept-Encoding"));

  shmx::web::Router router({{"/metrics", {}, 1}});
  const auto found = router.find(request);
  demand(std::holds_alternative<shmx::web::Refusal>(found) ||
             (request.path == "/metrics" && (request.method == "GET" || request.method == "HEAD")),
         "a page is found by its path and method alone");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const Outcome whole = read(bytes, bytes.size());
  if (const auto* status = std::get_if<unsigned>(&whole)) {
    demand(*status == 0 || *status == 400 || *status == 411 || *status == 413 || *status == 431,
           "a refusal has one of the statuses that there are");
    return 0;
  }
  const auto& request = std::get<Request>(whole);
  judge_request(request, bytes);
  const Outcome pieces = read(bytes, 1);
  // Beast measures a head that has not ended: one over the limit that comes at once has.
  const auto* refusal = std::get_if<unsigned>(&pieces);
  if (refusal != nullptr && *refusal == 431 && size > Limits().header_bytes) return 0;
  demand(std::holds_alternative<Request>(pieces) && same(request, std::get<Request>(pieces)),
         "bytes that come one by one are the same request");
  return 0;
}
