"""What an agent's page says of the RPCs of one test, and what it should say: in mode go, which counts all
messages."""

import re

from harness import eventually

from echo import METHODS, SERVICE, STREAMED

# The label that tells tests apart, from the metadata of their calls.
TEST = "test"

# Of interceptors: everything that is counted per call.
SERVER_OPTIONS = {"enable_handling_time_histogram": True}
CLIENT_OPTIONS = {"enable_client_handling_time_histogram": True,
                  "enable_client_stream_receive_time_histogram": True,
                  "enable_client_stream_send_time_histogram": True}


def options(host, **more):
    """Those of an interceptor whose RPCs the host's agent shows."""
    return {"mode": "go", "service": "conformance", "directory": str(host.segments),
            "metadata_labels": [{"key": TEST, "max_values": 1000}], **more}


def metadata(test):
    """Of the calls of a test."""
    return ((TEST, test),)


def notation(name, labels):
    return name + "{" + ",".join(f"{key}={labels[key]}" for key in sorted(labels)) + "}"


def shown(page, test):
    """{"name{label=value,...}": value} of what is not 0 of a test; of histograms the counts."""
    found = {}
    for (name, labels), number in page.items():
        labels = dict(labels)
        if labels.pop(TEST, None) == test and number and not name.endswith(("_bucket", "_sum")):
            del labels["job"]
            found[notation(name, labels)] = number
    return found


def series(side, method, *, started=1, received=0, sent=0, handled, receive_times=0, send_times=0,
           service=SERVICE, kind=None):
    """What some calls of a method make. `handled` is by code, or the code of the one call."""
    labels = {"grpc_type": kind or METHODS[method], "grpc_service": service, "grpc_method": method}
    handled = {handled: 1} if isinstance(handled, str) else handled
    values = {"started_total": started, "msg_received_total": received, "msg_sent_total": sent,
              "handling_seconds_count": sum(handled.values()),
              "msg_recv_handling_seconds_count": receive_times,
              "msg_send_handling_seconds_count": send_times}
    expected = {notation(f"grpc_{side}_{name}", labels): number for name, number in values.items() if number}
    for code, number in handled.items():
        expected[notation(f"grpc_{side}_handled_total", {**labels, "grpc_code": code})] = number
    return expected


def server_series(method, code, *, unsent=0):
    """One call of which the handler has read and sent all messages, but for the last `unsent`."""
    received = STREAMED if method in ("Collect", "Chat") else 1
    sent = STREAMED if method in ("Expand", "Chat") else int(code == "OK")
    return series("server", method, received=received, sent=sent - unsent, handled=code)


def client_series(method, code, received):
    """One call that has sent all its messages and got `received`."""
    sent = STREAMED if method in ("Collect", "Chat") else 1
    streams = method != "Unary"
    return series("client", method, received=received, sent=sent, handled=code,
                  receive_times=received if streams else 0, send_times=sent if streams else 0)


def outcomes(found):
    """Those of the starts and the ends."""
    return {name: number for name, number in found.items() if "_started_" in name or "_handled_" in name}


def outcomes_whatever_code(found):
    """Of the server's ends only how many they are: where a cancelled client looks like one that has sent
    everything, the server's own status may be out before the cancellation is known."""
    together = {}
    for name, number in outcomes(found).items():
        if name.startswith("grpc_server_handled_"):
            name = re.sub("grpc_code=[^,]*,", "", name)
        together[name] = together.get(name, 0) + number
    return together


def go_name(code):
    """A grpc.StatusCode as mode go names it."""
    if code.name in ("OK", "CANCELLED"):
        return {"OK": "OK", "CANCELLED": "Canceled"}[code.name]
    return "".join(word.capitalize() for word in code.name.split("_"))


class Expectations:
    """What tests should have counted, to be compared with one page."""

    def __init__(self, case, agent):
        self._case = case
        self._agent = agent
        self._expected = {}

    def add(self, test, *parts, of=dict):
        """These series of a test, and no others. `of` chooses which are compared."""
        self._expected[test] = ({name: number for part in parts for name, number in part.items()}, of)

    def check(self):
        """Waits until the page says so."""
        def compare():
            page = self._agent.scrape()
            wrong = {}
            for test, (expected, of) in self._expected.items():
                found, expected = of(shown(page, test)), of(expected)
                for name in sorted(found.keys() | expected.keys()):
                    if found.get(name, 0) != expected.get(name, 0):
                        wrong[test, name] = f"{found.get(name, 0)}, not {expected.get(name, 0)}"
            self._case.assertEqual(wrong, {})
        eventually(compare)


def expect(case, agent, test, *parts, of=dict):
    """The expectations of one test."""
    expectations = Expectations(case, agent)
    expectations.add(test, *parts, of=of)
    expectations.check()
