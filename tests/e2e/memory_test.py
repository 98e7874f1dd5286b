"""Scrapes leave nothing behind in the agent."""

import http.client
import os
import pathlib

import e2e
from harness import Host

CALLS = 1000
SCRAPES = 100_000 if os.environ.get("SHMX_FULL") == "1" else 10_000
WARM_UP = 500

# A leak of 100 bytes a scrape is as much; the allocator's own moves are less.
MAX_GROWTH_BYTES = 1 << 20

ASKED = [
    {"Accept": "application/openmetrics-text;version=1.0.0", "Accept-Encoding": "gzip"},
    {"Accept": "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"},
    {"Accept-Encoding": "gzip", "X-Prometheus-Scrape-Timeout-Seconds": "10"},
    {},
]


def resident_bytes(pid):
    pages = int(pathlib.Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


class Memory(e2e.Case):

    def test_it_does_not_grow_over_many_scrapes(self):
        with Host(self.programs) as host:
            agent = host.start_agent()
            services = [host.start_service("orders"), host.start_service("inventory")]
            host.start_load(services, CALLS).result()
            client = http.client.HTTPConnection(agent.address)

            def scrape(times):
                for number in range(times):
                    client.request("GET", "/metrics", headers=ASKED[number % len(ASKED)])
                    response = client.getresponse()
                    self.assertGreater(len(response.read()), 0)
                    self.assertEqual(response.status, 200)

            scrape(WARM_UP)
            before = resident_bytes(agent.pid)
            scrape(SCRAPES)
            self.assertLess(resident_bytes(agent.pid) - before, MAX_GROWTH_BYTES)
            client.close()


if __name__ == "__main__":
    e2e.main()
