#include "tests/agent/push/receiver/control.h"

#include <boost/json.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <stdexcept>

namespace shmx::testing {
namespace json = boost::json;
namespace {

std::string text_or_empty(const json::object& object, const char* key) {
  const auto* const found = object.if_contains(key);
  return found ? json::value_to<std::string>(*found) : std::string();
}

std::int64_t number_or_zero(const json::object& object, const char* key) {
  const auto* const found = object.if_contains(key);
  return found ? found->to_number<std::int64_t>() : 0;
}

Attributes attributes_or_none(const json::object& object, const char* key) {
  const auto* const found = object.if_contains(key);
  return found ? json::value_to<Attributes>(*found) : Attributes();
}

template <typename Choice>
Choice choice(const json::object& object, const char* key,
              const std::map<std::string, Choice>& choices, Choice otherwise) {
  const auto text = text_or_empty(object, key);
  if (text.empty()) return otherwise;
  const auto found = choices.find(text);
  if (found == choices.end()) throw std::runtime_error(std::string(key) + ": " + text);
  return found->second;
}

Behaviour behaviour_of(const json::object& object) {
  using Close = Behaviour::Close;
  using Answer = Behaviour::Answer;
  Behaviour behaviour;
  behaviour.status = static_cast<int>(number_or_zero(object, "status"));
  behaviour.message = text_or_empty(object, "message");
  behaviour.rejected_points = number_or_zero(object, "rejected_points");
  if (object.contains("retry_info_ms")) {
    behaviour.retry_info = std::chrono::milliseconds(number_or_zero(object, "retry_info_ms"));
  }
  for (const auto& [name, value] : attributes_or_none(object, "headers")) {
    behaviour.headers.emplace_back(name, value);
  }
  if (object.contains("body")) behaviour.body = text_or_empty(object, "body");
  behaviour.close = choice<Close>(object, "close",
                                  {{"before_reading", Close::before_reading},
                                   {"after_reading", Close::after_reading},
                                   {"after_recording", Close::after_recording},
                                   {"after_answer", Close::after_answer}},
                                  Close::never);
  behaviour.answer = choice<Answer>(
      object, "answer", {{"when_released", Answer::when_released}, {"never", Answer::never}},
      Answer::at_once);
  return behaviour;
}

template <typename Buckets>
json::object by_index(const Buckets& buckets) {
  json::object object;
  for (const auto& [index, count] : buckets) object[std::to_string(index)] = count;
  return object;
}

json::value point_json(const StreamId& stream, const Point& point) {
  json::array exemplars;
  for (const auto& exemplar : point.exemplars) {
    exemplars.push_back({{"trace_id", exemplar.trace_id},
                         {"span_id", exemplar.span_id},
                         {"value", exemplar.value}});
  }
  constexpr const char* kKinds[] = {"gauge", "sum", "histogram", "exponential"};
  constexpr const char* kTemporalities[] = {"none", "delta", "cumulative"};
  return {{"metric", stream.metric},
          {"resource", json::value_from(stream.resource)},
          {"attributes", json::value_from(stream.attributes)},
          {"kind", kKinds[static_cast<int>(point.kind)]},
          {"temporality", kTemporalities[static_cast<int>(point.temporality)]},
          {"monotonic", point.monotonic},
          {"unit", point.unit},
          {"start_ns", point.start_ns},
          {"time_ns", point.time_ns},
          {"value", point.value},
          {"count", point.count},
          {"bounds", json::value_from(point.bounds)},
          {"buckets", json::value_from(point.buckets)},
          {"scale", point.scale},
          {"zero_count", point.zero_count},
          {"positive", by_index(point.positive)},
          {"negative", by_index(point.negative)},
          {"exemplars", exemplars}};
}

json::value streams_of(Receiver& receiver, const json::object& asked) {
  const auto metric = text_or_empty(asked, "metric");
  json::array all;
  for (const auto& [stream, point] : receiver->ledger().streams()) {
    if (metric.empty() || stream.metric == metric) all.push_back(point_json(stream, point));
  }
  return {{"streams", all}};
}

json::value arrivals_of(Receiver& receiver) {
  json::array all;
  for (const auto& arrival : receiver->arrivals()) {
    json::object headers;
    for (const auto& [name, value] : arrival.headers) headers[name] = value;
    all.push_back({{"path", arrival.path},
                   {"headers", headers},
                   {"body_bytes", arrival.body_bytes},
                   {"gzip", arrival.gzip}});
  }
  return {{"arrivals", all}};
}

json::value total_of(Receiver& receiver, const json::object& asked) {
  const auto total = receiver->ledger().total(text_or_empty(asked, "metric"),
                                              attributes_or_none(asked, "attributes"),
                                              attributes_or_none(asked, "resource"));
  return {{"total", total ? json::value(*total) : json::value(nullptr)}};
}

json::value done() {
  return {{"done", true}};
}

using Command = std::function<json::value(Receiver&, const json::object&)>;

const std::map<std::string, Command>& commands() {
  static const std::map<std::string, Command> kCommands = {
      {"script",
       [](Receiver& receiver, const json::object& asked) {
         receiver->script(behaviour_of(asked.at("behaviour").as_object()));
         return done();
       }},
      {"usually",
       [](Receiver& receiver, const json::object& asked) {
         receiver->usually(behaviour_of(asked.at("behaviour").as_object()));
         return done();
       }},
      {"release",
       [](Receiver& receiver, const json::object&) {
         receiver->release();
         return done();
       }},
      {"down",
       [](Receiver& receiver, const json::object&) {
         receiver.go_down();
         return done();
       }},
      {"up",
       [](Receiver& receiver, const json::object&) {
         receiver.come_up();
         return done();
       }},
      {"wait",
       [](Receiver& receiver, const json::object& asked) -> json::value {
         const auto count = static_cast<std::size_t>(number_or_zero(asked, "requests"));
         const std::chrono::milliseconds at_most(number_or_zero(asked, "at_most_ms"));
         return {{"arrived", receiver->wait_for_requests(count, at_most)}};
       }},
      {"wait_until_held",
       [](Receiver& receiver, const json::object& asked) -> json::value {
         const std::chrono::milliseconds at_most(number_or_zero(asked, "at_most_ms"));
         return {{"held", receiver->wait_until_held(at_most)}};
       }},
      {"counts",
       [](Receiver& receiver, const json::object&) -> json::value {
         return {{"requests", receiver->requests()},
                 {"connections", receiver->connections()},
                 {"points", receiver->points()},
                 {"repeats", receiver->ledger().repeats()}};
       }},
      {"violations",
       [](Receiver& receiver, const json::object&) -> json::value {
         return {{"violations", json::value_from(receiver->violations())},
                 {"gaps", json::value_from(receiver->ledger().gaps())}};
       }},
      {"total", total_of},
      {"streams", streams_of},
      {"arrivals", [](Receiver& receiver, const json::object&) { return arrivals_of(receiver); }},
  };
  return kCommands;
}

}  // namespace

std::string urls_of(const Receiver& receiver) {
  return json::serialize(json::value{{"http", receiver.http_url()}, {"grpc", receiver.grpc_url()}});
}

std::string obey(Receiver& receiver, const std::string& line) {
  try {
    const auto asked = json::parse(line);
    const auto command = text_or_empty(asked.as_object(), "do");
    const auto found = commands().find(command);
    if (found == commands().end()) throw std::runtime_error("no such command: " + command);
    return json::serialize(found->second(receiver, asked.as_object()));
  } catch (const std::exception& error) {
    return json::serialize(json::value{{"error", error.what()}});
  }
}

}  // namespace shmx::testing
