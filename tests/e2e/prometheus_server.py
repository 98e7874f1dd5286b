"""A real Prometheus that scrapes an agent, and its answers."""

import json
import socket
import time
import urllib.parse
import urllib.request

from harness import Process, eventually

# Prometheus cannot choose its own port: another process may take the free one first.
START_ATTEMPTS = 5

# It scrapes 5 s after its start at the earliest, then every second.
SCRAPE_INTERVAL = "1s"

# What the demo tells its user to write.
CONFIG = """\
scrape_configs:
  - job_name: shm_exporter
    honor_labels: true
    static_configs:
      - targets: ["{address}"]
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Prometheus:
    """Debian's Prometheus on a host's directory, configured as the demo says, with `features` on.
    `scrape`: further lines of its scrape configuration; `config`: all of it but its intervals, and then
    there need be no agent. Several of one host have different names."""

    def __init__(self, host, agent, *features, scrape="", config=None, name="prometheus"):
        self._directory = host.directory / name
        self._directory.mkdir()
        file = self._directory / "prometheus.yml"
        file.write_text(f"global:\n  scrape_interval: {SCRAPE_INTERVAL}\n  evaluation_interval: 1s\n"
                        + (config or CONFIG.format(address=agent.address) + scrape), encoding="utf-8")
        for _ in range(START_ATTEMPTS):
            port = free_port()
            self._url = f"http://127.0.0.1:{port}"
            self._process = Process(
                ["prometheus", f"--config.file={file}", f"--web.listen-address=127.0.0.1:{port}",
                 f"--storage.tsdb.path={self._directory / 'data'}", "--log.level=warn",
                 *(f"--enable-feature={feature}" for feature in features)],
                self._directory / f"{port}.log")
            if eventually(self._ready_or_ended):
                host.keep(self._process)
                return
        raise AssertionError(f"Prometheus does not start:\n{self._process.log_text()}")

    def _ready_or_ended(self):
        """Whether it serves; false when it has ended, which is what it does when its port is taken."""
        if not self._process.running():
            return False
        # Whoever has taken the port may be another Prometheus.
        served = self.get("status/flags")["storage.tsdb.path"]
        assert served == str(self._directory / "data"), f"somebody else answers: {served}"
        return True

    def get(self, path, **parameters):
        """What its API answers."""
        query = urllib.parse.urlencode(parameters)
        with urllib.request.urlopen(f"{self._url}/api/v1/{path}?{query}", timeout=30) as response:
            answer = json.load(response)
        assert answer["status"] == "success", answer
        return answer["data"]

    def query(self, expression):
        """An instant vector as samples: {(name, labels): value}, without the label instance."""
        found = {}
        for series in self.get("query", query=expression)["result"]:
            labels = dict(series["metric"])
            name = labels.pop("__name__", "")
            labels.pop("instance", None)
            found[(name, tuple(sorted(labels.items())))] = float(series["value"][1])
        return found

    def exemplars(self, expression):
        """What it stored in the last hour, as {(name, labels): [exemplar]}, without instance."""
        now = time.time()
        found = {}
        for series in self.get("query_exemplars", query=expression, start=now - 3600, end=now + 60):
            labels = dict(series["seriesLabels"])
            name = labels.pop("__name__")
            labels.pop("instance", None)
            found[(name, tuple(sorted(labels.items())))] = series["exemplars"]
        return found

    def value(self, expression):
        """The value of an expression that yields one series."""
        found = self.query(expression)
        assert len(found) == 1, f"{expression}: {found}"
        return found.popitem()[1]
