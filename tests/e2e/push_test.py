"""What the agent pushes over OTLP is what it shows to who scrapes it, whatever happens to either side."""

import math
import os
import signal

import e2e
from harness import Host, eventually, value
from otlp_receiver import Receiver
from truth import expect_equal, expected
from writer import Writer

CALLS = 300
OFTEN = ("--otlp.interval=1s", "--otlp.timeout=2s")
# A request that a busy machine does not answer within the interval is sent again: right for totals, but
# twice for a receiver that had recorded a delta.
DELTAS = ("--otlp.temporality=delta", "--otlp.interval=3s", "--otlp.timeout=3s")
JOBS = ("orders", "inventory", "shop")


def endpoint(receiver, protocol):
    return receiver.urls["grpc"] if protocol == "grpc" else receiver.urls["http"].removesuffix("/v1/metrics")


def pushing(receiver, protocol, *options):
    """Flags of an agent that pushes there."""
    return ["--otlp.endpoint", endpoint(receiver, protocol), "--otlp.protocol", protocol, *options]


def start_agent_with_tenant(host, agents, tenants, interval):
    """It pushes to `agents`, and the numbers of a tenant `shop` to `tenants`; a receiver has 2 minutes."""
    shop = host.directory / "shop"
    shop.mkdir(mode=0o700)
    config = host.directory / "config.yml"
    config.write_text("anonymous: {operator: true}\n"
                      f"tenants: {{shop: {{directory: {shop}, otlp: {{interval: {interval}, timeout: 2m, "
                      f"endpoint: '{endpoint(tenants, 'http/protobuf')}'}}}}}}", encoding="utf-8")
    return host.start_agent(*pushing(agents, "http/protobuf", f"--otlp.interval={interval}",
                                     "--otlp.timeout=2m", f"--config.file={config}"))


def shown(agent):
    """What a scrape shows of the jobs, with `le` as a number."""
    found = {}
    for (name, labels), number in agent.scrape().items():
        labels = dict(labels)
        if labels.get("job") in JOBS:
            if "le" in labels:
                labels["le"] = float(labels["le"])
            found[(name, tuple(sorted(labels.items())))] = number
    return found


def expect_received(receiver, agent, absent=math.nan):
    """Raises AssertionError unless all that a scrape shows has been received. `absent`: what it means that
    a sample has not; in deltas 0, for what has never changed is no difference."""
    page, received = shown(agent), receiver.samples()
    assert page, "nothing is shown"
    # A sum of seconds is added up from many deltas: doubles differ by an ulp each.
    wrong = [f"{key}: {number} shown, {received.get(key)} received" for key, number in page.items()
             if not math.isclose(number, received.get(key, absent), rel_tol=1e-12, abs_tol=1e-12)]
    assert not wrong, "\n".join(wrong[:10])


class Push(e2e.Case):

    def check_over_restarts_and_outages(self, protocol, flags, absent=math.nan):
        flags = ("--otlp.compression=gzip", *flags)
        with Host(self.programs) as host, Receiver() as receiver:
            agent = host.start_agent(*pushing(receiver, protocol, *flags))
            services = [host.start_service("orders"), host.start_service("inventory")]
            truths = [host.start_load(services, CALLS).result()]
            eventually(lambda: expect_received(receiver, agent, absent))

            receiver.do("down")
            truths.append(host.start_load(services, CALLS).result())
            eventually(lambda: self.assertGreater(
                value(agent.scrape(), "shm_exporter_otlp_pushes_total", outcome="failed"), 0))
            receiver.do("up")
            eventually(lambda: expect_received(receiver, agent, absent))

            agent.stop()
            truths.append(host.start_load(services, CALLS).result())  # nobody sees it yet
            agent = host.start_agent(*pushing(receiver, protocol, *flags))
            services.append(host.start_service("orders"))
            truths.append(host.start_load(services, CALLS).result())
            eventually(lambda: expect_equal(expected(*truths), agent.scrape()))
            eventually(lambda: expect_received(receiver, agent, absent))
            contradictions, gaps = receiver.faults()
            self.assertEqual(contradictions, [])
            # What the agent counts of itself begins with the agent; before it there is nothing to miss.
            self.assertEqual([gap for gap in gaps if "service.name=shm_exporter}" not in gap], [])

    def test_cumulative_sums_over_http_outlive_restarts_and_outages(self):
        self.check_over_restarts_and_outages("http/protobuf", OFTEN)

    def test_cumulative_sums_over_grpc_outlive_restarts_and_outages(self):
        self.check_over_restarts_and_outages("grpc", OFTEN)

    def test_deltas_over_http_add_up_over_restarts_and_outages(self):
        self.check_over_restarts_and_outages("http/protobuf", DELTAS, absent=0)

    def test_deltas_over_grpc_add_up_over_restarts_and_outages(self):
        self.check_over_restarts_and_outages("grpc", DELTAS, absent=0)

    def test_cumulative_sums_outlive_an_agent_that_is_killed(self):
        with Host(self.programs) as host, Receiver() as receiver:
            flags = pushing(receiver, "http/protobuf", *OFTEN)
            agent = host.start_agent(*flags)
            services = [host.start_service("orders")]
            truths = [host.start_load(services, CALLS).result()]
            receiver.wait_for_more_requests()
            agent.kill()
            truths.append(host.start_load(services, CALLS).result())
            agent = host.start_agent(*flags)
            eventually(lambda: expect_equal(expected(*truths), agent.scrape()))
            eventually(lambda: expect_received(receiver, agent))
            self.assertEqual(receiver.faults(), ([], []))

    def test_what_was_counted_since_the_last_push_is_pushed_at_the_end(self):
        for protocol in ("http/protobuf", "grpc"):
            with self.subTest(protocol), Host(self.programs) as host, Receiver() as receiver:
                agent = host.start_agent(*pushing(receiver, protocol, "--otlp.interval=1h"))
                services = [host.start_service("orders")]
                truth = host.start_load(services, CALLS).result()
                eventually(lambda: expect_equal(expected(truth), agent.scrape()))
                page = shown(agent)
                self.assertEqual(receiver.do("counts")["requests"], 0)
                agent.stop()
                received = receiver.samples()
                self.assertEqual({key: received.get(key) for key in page}, page)

    def test_a_receiver_that_never_answers_delays_no_scrape_and_not_the_end(self):
        for protocol in ("http/protobuf", "grpc"):
            with self.subTest(protocol), Host(self.programs) as host, Receiver() as receiver:
                receiver.do("usually", behaviour={"answer": "never"})
                agent = host.start_agent(*pushing(receiver, protocol, *OFTEN))
                services = [host.start_service("orders")]
                receiver.wait_for_more_requests()
                truth = host.start_load(services, CALLS).result()
                eventually(lambda: expect_equal(expected(truth), agent.scrape()))
                page = agent.scrape()
                self.assertEqual(value(page, "shm_exporter_scrapes_refused_total", reason="timeout"), 0)
                self.assertEqual(value(page, "shm_exporter_otlp_pushes_total", outcome="accepted"), 0)
                agent.stop()  # within STOP_DEADLINE_S

    def test_all_pushes_end_at_the_same_time_whatever_their_receivers_do(self):
        with Host(self.programs) as host, Receiver() as agents, Receiver() as tenants:
            for receiver in (agents, tenants):
                receiver.do("usually", behaviour={"answer": "when_released"})
            agent = start_agent_with_tenant(host, agents, tenants, "1h")
            with Writer(host, "orders", directory=host.directory / "shop") as writer:
                writer.do("counter c things_total", "add c 1")
                eventually(lambda: self.assertEqual(
                    value(agent.scrape(), "things_total", job="orders", tenant="shop"), 1))
                os.kill(agent.pid, signal.SIGTERM)
                for receiver in (agents, tenants):  # Each has its last push, and none is answered yet.
                    self.assertTrue(receiver.do("wait_until_held", at_most_ms=30_000)["held"])
                for receiver in (agents, tenants):
                    receiver.do("release")
                agent.result()

    def test_a_warning_says_which_tenants_push_it_is_about(self):
        with Host(self.programs) as host, Receiver() as agents, Receiver() as tenants:
            tenants.do("usually", behaviour={"status": 400})
            agent = start_agent_with_tenant(host, agents, tenants, "1s")
            with Writer(host, "orders", directory=host.directory / "shop") as writer:
                writer.do("counter c things_total", "add c 1")
                eventually(lambda: self.assertIn(
                    'msg="tenant shop: OTLP push: the receiver refused a request', agent.log_text()))
            agent.stop()  # while its receivers answer


if __name__ == "__main__":
    e2e.main()
