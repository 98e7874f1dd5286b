"""The strict OTLP receiver (tests/agent/push/receiver) as a process, and what it received as the samples
of a page."""

import json
import os
import subprocess

# CMakeLists.txt says where it is.
PROGRAM = os.environ["SHMX_OTLP_RECEIVER"]

REQUEST_DEADLINE_MS = 60_000


class Receiver:
    """It dies with the test. Its commands are those of control.h."""

    def __init__(self, *options):
        self._process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", PROGRAM, *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.urls = json.loads(self._process.stdout.readline())  # of "http" and "grpc"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def do(self, command, **arguments):
        self._process.stdin.write(json.dumps({"do": command, **arguments}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert "error" not in answer, answer
        return answer

    def wait_for_more_requests(self):
        """Returns when a request has arrived that began after this did."""
        before = self.do("counts")["requests"]
        arrived = self.do("wait", requests=before + 1, at_most_ms=REQUEST_DEADLINE_MS)["arrived"]
        assert arrived, "no request has arrived"

    def samples(self):
        """As harness.samples() has a page's, with `le` as a number; in all, of deltas too."""
        found = {}
        for stream in self.do("streams")["streams"]:
            labels = {**stream["attributes"], "job": stream["resource"]["service.name"]}
            for name, extra, value in _samples_of(stream):
                found[(name, tuple(sorted({**labels, **extra}.items())))] = value
        return found

    def faults(self):
        """What broke the standard's rules, or left a gap between two deltas."""
        told = self.do("violations")
        return told["violations"], told["gaps"]


def _samples_of(stream):
    name = stream["metric"]
    if stream["kind"] in ("gauge", "sum"):
        yield name, {}, stream["value"]
        return
    yield f"{name}_count", {}, stream["count"]
    yield f"{name}_sum", {}, stream["value"]
    if stream["kind"] == "histogram":
        count = 0
        for bound, bucket in zip([*stream["bounds"], float("inf")], stream["buckets"]):
            count += bucket
            yield f"{name}_bucket", {"le": bound}, count
