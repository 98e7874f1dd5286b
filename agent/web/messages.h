// Beast's messages: what is read by its parser, checked and made plain, and what is written. No
// I/O: the connection does that, and the fuzz target does without.
#ifndef SHM_EXPORTER_AGENT_WEB_MESSAGES_H
#define SHM_EXPORTER_AGENT_WEB_MESSAGES_H

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/string_body.hpp>
#include <ctime>

#include "agent/web/http.h"
#include "agent/web/limits.h"

namespace shmx::web {

using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
using Incoming = Parser::value_type;
using Outgoing = boost::beast::http::response<boost::beast::http::span_body<const char>>;

void limit(Parser& parser, const Limits& limits);

/// The status that a head gets that is answered without its body; 0 when the body may be read.
/// Beast refuses most itself; here is what it lets pass. 400 is for what leaves a doubt about what
/// is asked for and where the request ends: other than one Host (RFC 9112, 3.2), a length said
/// twice, a length and a transfer coding (6.1), credentials said twice. 411 is for any other
/// transfer coding (6.3 permits it): no client of ours needs one, so there is no parser of chunks
/// to attack.
unsigned refusal_of(const Incoming& head);

/// Whether it had a body. Where bodies end is what smuggled requests are about, and no client of
/// ours sends one: nothing after it is read on its connection.
bool has_body(const Incoming& request);

Request to_request(const Incoming& message, const Peer& peer);

/// The status that tells the client what was wrong with its bytes; 0 when it is gone or too slow,
/// and nobody is there to be told.
unsigned status_of(const boost::system::error_code& error);

/// The response to what cannot be answered otherwise: its reason phrase.
Response error_response(unsigned status);

/// `response` must outlive what is returned, which sends its body. Each of `always` replaces what
/// the response has of that name.
Outgoing to_message(const Response& response, unsigned version, bool keep_alive, std::time_t now,
                    const std::vector<Header>& always);

}  // namespace shmx::web

#endif  // SHM_EXPORTER_AGENT_WEB_MESSAGES_H
