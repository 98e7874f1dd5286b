"""A prometheus_client registry that is published: its counts are in the segment, once."""

import math
import os
import shutil
import threading
import unittest
from multiprocessing import util

import e2e
from harness import DEADLINE_S, private_directory
from prometheus_client import (CollectorRegistry, Counter, Enum, Gauge, Histogram, Info, Summary)
from prometheus_client.core import (CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily,
                                    UntypedMetricFamily)
from segment import counted, dump, run_script
from shm_exporter import PrometheusBridge, _native, losses

DIRECTORY = private_directory("shm-exporter-bridge.")


def setUpModule():
    _native.configure(directory=str(DIRECTORY), service="bridge")
    unittest.addModuleCleanup(shutil.rmtree, DIRECTORY)


class Told:
    """A registry that says what it is told to say."""

    def __init__(self, *families):
        self.families = families

    def collect(self):
        return self.families


def counter(name, value, **labels):
    told = CounterMetricFamily(name, "Help.", labels=list(labels))
    told.add_metric(list(labels.values()), value)
    return told


def histogram(name, buckets, total):
    return HistogramMetricFamily(name, "Help.", buckets=buckets, sum_value=total)


class Bridge(e2e.Case):

    def series(self, name, **labels):
        return counted(_native.segment_path())[(name, *sorted(labels.items()))]

    def value(self, name, **labels):
        return self.series(name, **labels)["value"]

    def test_counters_gauges_and_histograms_are_in_the_segment(self):
        registry = CollectorRegistry()
        orders = Counter("orders", "Orders.", ["kind"], registry=registry)
        orders.labels("retail").inc(2.5)
        depth = Gauge("depth", "Depth.", registry=registry)
        depth.set(-7.25)
        took = Histogram("took_seconds", "Took.", buckets=[0.1, 1], registry=registry)
        took.observe(0.05)
        took.observe(2)
        bridge = PrometheusBridge(registry)
        self.assertTrue(bridge.publish())
        self.assertTrue(bridge.publish(), "twice, and counted once")
        self.assertEqual(self.value("orders_total", kind="retail"), 2.5)
        self.assertEqual(self.value("depth"), -7.25)
        self.assertEqual((self.series("took_seconds")["buckets"], self.series("took_seconds")["sum"]),
                         ([1, 0, 1], 2.05))
        orders.labels("retail").inc()
        took.observe(0.5)
        bridge.publish()
        self.assertEqual(self.value("orders_total", kind="retail"), 3.5)
        self.assertEqual(self.series("took_seconds")["buckets"], [1, 1, 1])
        self.assertEqual(bridge.losses().values_refused, 0)

    def test_gauges_have_the_mode_and_counters_the_resolution_that_is_asked_for(self):
        registry = CollectorRegistry()
        Gauge("oldest_seconds", "Oldest.", registry=registry).set(3)
        Counter("fine", "Fine.", registry=registry).inc(1e-9)
        PrometheusBridge(registry, gauge_mode=lambda name: "max" if name == "oldest_seconds" else "sum",
                         ticks_per_unit=lambda name: 10**9 if name == "fine_total" else None).publish()
        modes = {one["name"]: one.get("mode") for one in dump(_native.segment_path())["families"]}
        self.assertEqual(modes["oldest_seconds"], "max")
        self.assertEqual(self.value("fine_total"), 1e-9)

    def test_a_total_that_falls_is_a_reset_and_one_that_is_left_out_comes_back(self):
        told = Told(counter("falls", 5))
        bridge = PrometheusBridge(told)
        for total, expected in [(5, 5), (2, 7), (3, 8)]:
            told.families = (counter("falls", total),)
            bridge.publish()
            self.assertEqual(self.value("falls_total"), expected)
        told.families = ()
        bridge.publish()
        told.families = (counter("falls", 4),)
        bridge.publish()
        self.assertEqual(self.value("falls_total"), 9)

    def test_a_gauge_that_is_removed_leaves_its_sum(self):
        told = Told(GaugeMetricFamily("leaves", "L.", value=4), UntypedMetricFamily("untyped", "U.", value=3))
        bridge = PrometheusBridge(told)
        bridge.publish()
        self.assertEqual((self.value("leaves"), self.value("untyped")), (4, 3))
        told.families = ()
        bridge.publish()
        self.assertEqual((self.value("leaves"), self.value("untyped")), (0, 0))

    def test_what_cannot_be_published_is_counted(self):
        registry = CollectorRegistry()
        Summary("summary", "S.", registry=registry).observe(1)
        Info("about", "I.", registry=registry).info({"a": "b"})
        Enum("state", "E.", states=["on"], registry=registry)
        bridge, before = PrometheusBridge(registry), losses()["registrations_dropped"]
        bridge.publish()
        bridge.publish()
        self.assertEqual(bridge.losses().summaries, 3)
        self.assertEqual(losses()["registrations_dropped"], before + 3)

    def test_a_family_that_cannot_be_published_leaves_the_others_as_they_are(self):
        text = GaugeMetricFamily("text", "T.")
        text.add_metric([], "no number")
        flying = GaugeMetricFamily("flying", "F.", value=1)
        told = Told(counter("before", 1), text, flying, counter("after", 2))
        modes = {"flying": "in_flight"}
        bridge = PrometheusBridge(told, gauge_mode=lambda name: modes.get(name, "sum"))
        for total in (2, 5):
            told.families = (*told.families[:-1], counter("after", total))
            self.assertTrue(bridge.publish())
            self.assertEqual((self.value("before_total"), self.value("after_total")), (1, total))
        self.assertEqual((bridge.losses().values_refused, bridge.losses().collections_failed), (4, 0))

    def test_any_interval_is_waited_for(self):
        failures = []
        hook, threading.excepthook = threading.excepthook, failures.append
        self.addCleanup(setattr, threading, "excepthook", hook)
        bridge = PrometheusBridge(Told())
        for interval in (1e300, math.inf):
            self.assertTrue(bridge.start(interval))
            bridge.stop()
        self.assertEqual(failures, [])

    def test_a_bridge_that_was_stopped_keeps_nothing_for_the_end(self):
        kept = len(util._finalizer_registry)  # nothing public says it
        bridge = PrometheusBridge(Told())
        for _ in range(3):
            self.assertTrue(bridge.start(60))
            bridge.stop()
        self.assertEqual(len(util._finalizer_registry), kept)

    def test_values_that_cannot_be_are_refused_each_time(self):
        told = Told(counter("wrong", -1), counter("nan", math.nan), counter("twice", 1), counter("twice", 1),
                    histogram("falling", [("1", 5), ("+Inf", 4)], 1),
                    histogram("endless", [("1", 5)], 1), histogram("odd", [("+Inf", 1)], math.nan))
        bridge = PrometheusBridge(told)
        bridge.publish()
        self.assertEqual(bridge.losses().values_refused, 6)
        bridge.publish()
        self.assertEqual(bridge.losses().values_refused, 12)
        self.assertEqual(self.value("twice_total"), 1)

    def test_histograms_with_negative_bounds_or_new_ones_are_published(self):
        told = Told(histogram("below", [("-1", 2), ("+Inf", 3)], None))
        bridge = PrometheusBridge(told)
        bridge.publish()
        self.assertEqual(self.series("below")["buckets"], [2, 1])
        self.assertEqual(bridge.losses().values_refused, 0)
        told.families = (histogram("anew", [("1", 2), ("+Inf", 3)], 4),)
        bridge.publish()
        told.families = (histogram("anew", [("2", 1), ("+Inf", 1)], 1),)
        bridge.publish()
        families = [one for one in dump(_native.segment_path())["families"] if one["name"] == "anew"]
        self.assertEqual([(one["bounds"], one["series"][1]["count"]) for one in families], [([1], 3), ([2], 1)])

    def test_a_registry_that_raises_or_publishes_itself_harms_nobody(self):
        registry = CollectorRegistry()

        class Raises:
            def collect(self):
                nested.append(bridge.publish())
                raise RuntimeError("no")
        nested = []
        bridge = PrometheusBridge(registry)
        registry._collector_to_names[Raises()] = ()  # register() would collect
        self.assertFalse(bridge.publish())
        self.assertEqual((nested, bridge.losses().collections_failed), ([False], 1))

    def test_the_thread_publishes_until_it_is_stopped_and_stopping_publishes(self):
        registry = CollectorRegistry()
        counts, seen = Counter("seen", "S.", registry=registry), threading.Event()

        class Watches:
            times = 0

            def collect(self):
                self.times += 1
                if self.times > 2:
                    seen.set()
                return ()
        watches = Watches()
        registry._collector_to_names[watches] = ()
        bridge = PrometheusBridge(registry)
        self.assertFalse(bridge.start(0))
        self.assertTrue(bridge.start(0.01))
        self.assertFalse(bridge.start(0.01), "it runs already")
        self.assertTrue(seen.wait(DEADLINE_S))
        bridge.stop()
        stopped = watches.times
        counts.inc()
        bridge.stop()
        self.assertEqual((watches.times, self.value("seen_total")), (stopped, 0))
        self.assertTrue(bridge.start(DEADLINE_S))
        counts.inc()
        bridge.stop()
        self.assertEqual(self.value("seen_total"), 2)

    def test_the_end_of_a_process_publishes_once_more(self):
        segments = DIRECTORY / "ends"
        segments.mkdir()
        run_script("import multiprocessing\n"
                   "from prometheus_client import REGISTRY, Counter\n"
                   "from shm_exporter import PrometheusBridge\n"
                   "counter, bridge = Counter('ended', 'E.'), PrometheusBridge(REGISTRY)\n"
                   "def work():\n"
                   "    bridge.start(1000)\n"
                   "    counter.inc(5)\n"
                   "bridge.start(1000)\n"
                   "counter.inc(3)\n"
                   "child = multiprocessing.get_context('fork').Process(target=work)\n"
                   "child.start(); child.join()\n", segments)
        self.assertEqual(sorted(counted(path)[("ended_total",)]["value"] for path in segments.iterdir()), [3, 5])

    def test_a_forked_child_counts_from_its_first_publication_on(self):
        registry = CollectorRegistry()
        counts = Counter("forked", "F.", registry=registry)
        bridge = PrometheusBridge(registry)
        bridge.start(DEADLINE_S)
        counts.inc(10)
        bridge.publish()
        ours, (reader, writer) = _native.segment_path(), os.pipe()
        if (child := os.fork()) == 0:
            counts.inc(100)
            published = [bridge.start(DEADLINE_S)]
            counts.inc(7)
            bridge.stop()
            os.write(writer, f"{published} {_native.segment_path()}".encode())
            os._exit(0)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)
        published, path = os.read(reader, 4096).decode().split()
        self.assertEqual(published, "[True]")
        self.assertNotEqual(path, ours)
        self.assertEqual(counted(path)[("forked_total",)]["value"], 7)
        bridge.stop()
        self.assertEqual(self.value("forked_total"), 10)

    def test_a_fork_waits_for_a_collection_of_another_thread(self):
        registry, collecting, go_on = CollectorRegistry(), threading.Event(), threading.Event()
        lock = threading.Lock()

        class Locks:
            def collect(self):
                with lock:
                    collecting.set()
                    go_on.wait(0.2)
                return ()
        registry._collector_to_names[Locks()] = ()
        bridge = PrometheusBridge(registry)
        thread = threading.Thread(target=bridge.publish)
        thread.start()
        self.assertTrue(collecting.wait(DEADLINE_S))
        if (child := os.fork()) == 0:
            os._exit(0 if lock.acquire(blocking=False) and PrometheusBridge(Told()).publish() else 1)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)
        thread.join()


if __name__ == "__main__":
    e2e.main()
