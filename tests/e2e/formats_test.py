"""What real clients ask for is what they get: Prometheus, curl."""

import subprocess
import time
import urllib.error
import urllib.request

import e2e
from harness import Host, eventually, value
from prometheus_client.openmetrics import parser
from prometheus_server import Prometheus
from writer import Writer

PAGES = "shm_exporter_pages_total"


def curl(*arguments):
    return subprocess.run(["curl", "-sS", "--fail", *arguments], check=True,
                          stdout=subprocess.PIPE).stdout


def headers_of(*arguments):
    """The header fields that curl sees, without Date, whose second may pass."""
    lines = curl("-D", "-", "-o", "/dev/null", *arguments).decode().split("\r\n")
    return sorted(line for line in lines if not line.lower().startswith("date:"))


def created(agent, name):
    """When a counter began, by the strict parser of OpenMetrics."""
    page = curl("-H", "Accept: application/openmetrics-text;version=1.0.0", agent.url).decode()
    (found,) = [sample.value for family in parser.text_string_to_metric_families(page)
                for sample in family.samples if sample.name == f"{name}_created"] or [None]
    assert found is not None, f"no {name}_created"
    return found


class Formats(e2e.Case):

    def test_prometheus_gets_openmetrics_in_gzip(self):
        with Host(self.programs) as host:
            agent = host.start_agent()
            prometheus = Prometheus(host, agent)

            def scraped():
                self.assertTrue(prometheus.query('up{job="shm_exporter"} == 1'))
                page = agent.scrape()
                self.assertGreater(
                    value(page, PAGES, format="openmetrics-1.0.0", encoding="gzip") or 0, 0)
                return page

            page = eventually(scraped)
            formats = {dict(labels)["format"] for name, labels in page if name == PAGES}
            self.assertLessEqual(formats, {"openmetrics-1.0.0", "text-0.0.4"})  # text: the test's own

    def test_curl_decompresses_what_it_asked_for(self):
        with Host(self.programs) as host:
            agent = host.start_agent()
            plain = f"{agent.url}?name[]=shm_exporter_build_info&name[]=process_max_fds"
            whole = ("--globoff", f"{agent.url}")
            self.assertEqual(curl("--globoff", "--compressed", plain), curl("--globoff", plain))
            self.assertIn(b"\nshm_exporter_build_info{", curl("--compressed", *whole))
            self.assertIn("Content-Encoding: gzip", headers_of("--compressed", *whole))
            self.assertNotIn("Content-Encoding: gzip", headers_of(*whole))

    def test_head_says_what_get_would(self):
        with Host(self.programs) as host:
            agent = host.start_agent()
            page = f"{agent.url}?name[]=shm_exporter_build_info&name[]=process_max_fds"
            for more in ((), ("-H", "Accept-Encoding: gzip, identity;q=0")):
                self.assertEqual(headers_of("--globoff", "--head", *more, page),
                                 headers_of("--globoff", *more, page))

    def test_a_name_filters_and_a_malformed_one_is_told(self):
        with Host(self.programs) as host:
            agent = host.start_agent()
            self.assertEqual(curl("--globoff", f"{agent.url}?name[]=nothing"), b"")
            with self.assertRaises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(f"{agent.url}?name[]=%zz")
            self.assertEqual(refused.exception.code, 400)
            self.assertIn(b"name[]", refused.exception.read())
            refused.exception.close()

    def test_a_counter_began_with_its_first_process_also_after_a_restart_of_the_agent(self):
        with Host(self.programs) as host:
            agent = host.start_agent("--web.created-timestamps")
            before = time.time()
            with Writer(host, "job") as writer:
                writer.do("counter c orders_total", "add c 3")
                began = eventually(lambda: created(agent, "orders"))
            # A process's start is told in ticks since boot; when that was is told by two clocks, read one after
            # the other.
            self.assertGreaterEqual(began, before - 1)
            self.assertLessEqual(began, time.time())
            agent.stop()
            again = host.start_agent("--web.created-timestamps")
            with Writer(host, "job") as writer:
                writer.do("counter c orders_total", "add c 4")
                eventually(lambda: self.assertEqual(value(again.scrape(), "orders_total", job="job"), 7))
                self.assertEqual(created(again, "orders"), began)


if __name__ == "__main__":
    e2e.main()
