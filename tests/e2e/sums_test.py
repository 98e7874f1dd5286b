"""What an agent shows of several processes is what their client counted, as Prometheus sees it too."""

import subprocess

import e2e
from harness import Host, eventually, value
from prometheus_server import Prometheus
from truth import expect_equal, expected

FIVE_SERVICES = ["orders", "orders", "orders", "inventory", "inventory"]
CALLS = 1000


class Sums(e2e.Case):

    def test_prometheus_sees_the_sums_of_five_service_processes(self):
        with Host(self.programs) as host:
            agent = host.start_agent()
            services = [host.start_service(name) for name in FIVE_SERVICES]
            prometheus = Prometheus(host, agent)
            truths = []
            for _ in range(2):  # the second load's counts join those of a client that has ended
                truths.append(host.start_load(services, CALLS).result())
                right = expected(*truths)
                eventually(lambda: expect_equal(right, prometheus.query('{job=~"orders|inventory|shop"}')))
            self.assertEqual(prometheus.value('up{job="shm_exporter"}'), 1)
            self.assertEqual(prometheus.value('shm_exporter_job_processes{job="orders"}'), 3)
            self.assertEqual(prometheus.value('shm_exporter_job_processes{job="inventory"}'), 2)

    def test_each_service_counts_in_several_processes(self):
        """The sums above would be sums of nothing otherwise."""
        with Host(self.programs) as host:
            services = [host.start_service(name) for name in FIVE_SERVICES]
            truth = host.start_load(services, CALLS).result()
            for service in services:
                calls = sum(call["calls"] for call in truth["calls"]
                            if call["target"] == service.address)
                self.assertGreater(calls, CALLS // len(services) // 2)

    def test_a_service_that_starts_later_is_added_to_its_job(self):
        with Host(self.programs) as host:
            agent = host.start_agent()
            services = [host.start_service("orders")]
            truths = [host.start_load(services, CALLS).result()]
            eventually(lambda: expect_equal(expected(*truths), agent.scrape()))
            services.append(host.start_service("orders"))
            truths.append(host.start_load(services, CALLS).result())
            eventually(lambda: expect_equal(expected(*truths), agent.scrape()))

    def test_counts_made_before_the_agent_started_are_shown(self):
        with Host(self.programs) as host:
            services = [host.start_service("orders"), host.start_service("inventory")]
            truth = host.start_load(services, CALLS).result()
            agent = host.start_agent()
            page = eventually(agent.scrape)  # the first page there is, after 503
            self.assertEqual(value(page, "shm_exporter_job_processes", job="orders"), 1)
            eventually(lambda: expect_equal(expected(truth), agent.scrape()))

    def test_promtool_has_nothing_to_report(self):
        with Host(self.programs) as host:
            agent = host.start_agent()
            services = [host.start_service(name) for name in FIVE_SERVICES]
            truth = host.start_load(services, CALLS).result()
            eventually(lambda: expect_equal(expected(truth), agent.scrape()))
            page = agent.page()
            self.assertIn("grpc_server_handling_seconds_bucket", page)
            done = subprocess.run(["promtool", "check", "metrics"], input=page, text=True, check=False,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            self.assertEqual((done.returncode, done.stdout), (0, ""))


if __name__ == "__main__":
    e2e.main()
