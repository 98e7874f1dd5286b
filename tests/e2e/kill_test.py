"""A service that is killed under load takes none of its counts along."""

import e2e
from harness import Host, eventually, value
from prometheus_server import Prometheus
from truth import CODES, expect_equal, expected

OK = CODES.index("OK")
COUNTER_ENDINGS = ("_total", "_count", "_sum", "_bucket")

# Enough for the kill to meet calls under way; little enough for a machine that also runs other tests.
CALLS_PER_SECOND = 500
SOME_CALLS = 300


class Watch:
    """Scrapes, and holds every page against the one before."""

    def __init__(self, agent):
        self._agent = agent
        self._last = {}

    def scrape(self):
        page = self._agent.scrape()
        fallen = [f"{key}: {before} before, {page.get(key)} now" for key, before in self._last.items()
                  if key not in page or page[key] < before]
        if fallen:  # not an assertion, which eventually() would wait out
            raise RuntimeError("\n".join(fallen))
        self._last = {key: count for key, count in page.items()
                      if key[0].startswith(("grpc_", "shop_")) and key[0].endswith(COUNTER_ENDINGS)}
        return page

    def until(self, condition):
        def check():
            page = self.scrape()
            assert condition(page), "the condition does not come true"
            return page
        return eventually(check)


def handled(page):
    """How many calls the order services have answered."""
    return sum(count for (name, labels), count in page.items()
               if name == "grpc_server_handled_total" and ("job", "orders") in labels)


def calls_by_method(truth, code=None):
    """How many calls the client made per method of the order services; with a code, those that it saw
    end so."""
    sums = {}
    for call in truth["calls"]:
        if call["job"] == "orders" and code in (None, call["code"]):
            sums[call["method"]] = sums.get(call["method"], 0) + call["calls"]
    return sums


class Kill(e2e.Case):

    def start(self, host):
        agent = host.start_agent()
        services = [host.start_service(name) for name in ("orders", "orders", "orders", "inventory")]
        return agent, services, host.start_load(services, 0, CALLS_PER_SECOND)

    def test_totals_never_fall_when_a_service_is_killed_under_load(self):
        with Host(self.programs) as host:
            agent, services, load = self.start(host)
            watch = Watch(agent)
            watch.until(lambda page: handled(page) >= SOME_CALLS)
            services[0].kill()
            page = watch.until(
                lambda page: value(page, "shm_exporter_job_processes_ended_total", job="orders") == 1)
            self.assertEqual(value(page, "shm_exporter_job_processes", job="orders"), 2)
            more = handled(page) + SOME_CALLS
            watch.until(lambda page: handled(page) >= more)
            truth = load.stop()

            # A call that the client saw answered was counted by the service before, killed or not; one
            # that it saw fail may have been, or not.
            page = watch.until(lambda page: not any(
                count for (name, _), count in page.items() if name == "grpc_server_in_flight"))
            answered, made = calls_by_method(truth, OK), calls_by_method(truth)
            for (name, labels), count in page.items():
                if name == "grpc_server_handled_total" and \
                        {("job", "orders"), ("grpc_code", "OK")} <= set(labels):
                    method = dict(labels)["grpc_method"]
                    self.assertGreaterEqual(count, answered.pop(method), method)
                    self.assertLessEqual(count, made[method], method)
            self.assertEqual(answered, {})

    def test_a_replacement_goes_on_where_the_killed_one_ended(self):
        with Host(self.programs) as host:
            agent = host.start_agent()
            watch = Watch(agent)
            truths = []
            for ended in range(3):
                service = host.start_service("orders")
                truths.append(host.start_load([service], SOME_CALLS).result())
                right = expected(*truths)
                watch.until(lambda page: expect_equal(right, page) is None)
                service.kill()
                page = watch.until(lambda page: value(
                    page, "shm_exporter_job_processes_ended_total", job="orders") == ended + 1)
                expect_equal(right, page)

    def test_prometheus_sees_no_counter_reset(self):
        with Host(self.programs) as host:
            agent, services, load = self.start(host)
            prometheus = Prometheus(host, agent)
            served = 'sum(grpc_server_handled_total{job="orders"})'

            def until_served(count):
                def check():
                    assert prometheus.query(served) and prometheus.value(served) >= count
                eventually(check)

            until_served(SOME_CALLS)
            services[0].kill()
            until_served(prometheus.value(served) + SOME_CALLS)
            load.stop()
            ended = 'shm_exporter_job_processes_ended_total{job="orders"}'
            self.assertEqual(prometheus.value(ended), 1)
            names = {name for name, _ in prometheus.query('{job=~"orders|inventory|shop"}')
                     if name.endswith(COUNTER_ENDINGS)}
            self.assertIn("grpc_server_handling_seconds_bucket", names)
            for name in names:
                self.assertEqual(prometheus.value(f"sum(resets({name}[10m]))"), 0, name)


if __name__ == "__main__":
    e2e.main()
