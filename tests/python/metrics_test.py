"""Custom metrics: what a process counts is in its segment, and what cannot be counted is a loss."""

import asyncio
import gc
import math
import resource
import shutil
import threading
import tracemalloc
import unittest

import e2e
from harness import private_directory
from segment import counted, dump, run_script
from shm_exporter import Counter, Gauge, Histogram, _native, losses

DIRECTORY = private_directory("shm-exporter-metrics.")
MANY = 1_000_000
THREADS = 4


def setUpModule():
    _native.configure(directory=str(DIRECTORY), service="metrics")
    unittest.addModuleCleanup(shutil.rmtree, DIRECTORY)


def here():
    """What this process has counted."""
    return counted(_native.segment_path())


def value(name, **labels):
    return here()[(name, *sorted(labels.items()))]["value"]


def family(name):
    return next(one for one in dump(_native.segment_path())["families"] if one["name"] == name)


def heap_growth(run):
    """Bytes that Python holds after a second run of the same and did not before it."""
    run()
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    run()
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return after - before


class Metrics(e2e.Case):

    def assertLoses(self, cause, count):
        before = losses()[cause]
        count()
        self.assertEqual(losses()[cause], before + 1)

    def test_a_counter_adds_whole_numbers_and_fractions(self):
        counter = Counter("parcels", "Parcels.", ["kind"])
        counter.labels("small").inc()
        counter.labels(kind="small").inc(2)
        counter.labels("small").inc(amount=0.25)
        counter.labels("large").inc(True)
        self.assertEqual(value("parcels_total", kind="small"), 3.25)
        self.assertEqual(value("parcels_total", kind="large"), 1)

    def test_names_are_put_together_as_prometheus_client_does(self):
        Counter("a_total", "A.", namespace="n", subsystem="s", unit="bytes").inc()
        Gauge("b", "B.", namespace="n", unit="seconds").set(1)
        Histogram("c_seconds", "C.", unit="seconds").observe(1)
        self.assertEqual(family("n_s_a_bytes_total")["unit"], "bytes")
        self.assertEqual(family("n_b_seconds")["unit"], "seconds")
        self.assertEqual(family("c_seconds")["help"], "C.")

    def test_the_resolution_is_that_of_the_name_or_of_the_argument(self):
        for name, given, ticks in [("r_seconds", None, 10**9), ("r", None, 1000), ("r_whole", 1, 1)]:
            counter = Counter(name, "R.", ticks_per_unit=given)
            counter.inc(0.5)
            self.assertEqual(family(f"{name}_total")["ticks_per_unit"], ticks)
        self.assertEqual(value("r_seconds_total"), 0.5)

    def test_label_values_become_strings_and_the_same_child_is_given_again(self):
        counter = Counter("mixed", "M.", ["a", "b"])
        self.assertIs(counter.labels(1, None), counter.labels("1", "None"))
        self.assertIs(counter.labels(b="None", a=1), counter.labels("1", "None"))
        self.assertIsNot(counter.labels(True, None), counter.labels(1, None))
        self.assertIsInstance(counter.labels(1, 2), Counter)
        counter.labels("\udc80", "x").inc()
        self.assertEqual(value("mixed_total", a="?", b="x"), 1)

    def test_a_metric_that_is_declared_again_is_the_same(self):
        for _ in range(2):
            Counter("again", "A.").inc()
        self.assertEqual(value("again_total"), 2)

    def test_gauges_go_up_and_down_in_each_mode(self):
        for mode, shown in [("sum", "sum"), ("min", "min"), ("max", "max"), ("mostrecent", "mostrecent"),
                            ("all", "all")]:
            gauge = Gauge(f"level_{mode}", "L.", mode=mode)
            gauge.set(5)
            gauge.inc()
            gauge.dec(2.5)
            self.assertEqual(value(f"level_{mode}"), 3.5)
            self.assertEqual(family(f"level_{mode}")["mode"].replace("_", ""), shown)
        Gauge("level_livemax", "L.", multiprocess_mode="livemax").set_to_current_time()
        self.assertEqual(family("level_livemax")["mode"], "max")
        self.assertGreater(value("level_livemax"), 1.6e9)

    def test_a_gauge_in_flight_takes_whole_numbers_alone(self):
        gauge = Gauge("busy", "B.", mode="in_flight")
        with gauge.track_inprogress():
            gauge.inc(2)
            self.assertEqual(value("busy"), 3)
        self.assertEqual(value("busy"), 2)
        for wrong in (lambda: gauge.inc(0.5), lambda: gauge.set(1), lambda: gauge.inc(math.inf)):
            self.assertLoses("values_refused", wrong)
        self.assertEqual(value("busy"), 2)

    def test_a_histogram_has_the_buckets_of_prometheus_client(self):
        import prometheus_client
        Histogram("h_default", "H.").observe(0.3)
        self.assertEqual((*family("h_default")["bounds"], math.inf), prometheus_client.Histogram.DEFAULT_BUCKETS)
        chosen = Histogram("h_chosen", "H.", buckets=(1, "2", math.inf))
        for observed in (0.5, 1, 2, 3):
            chosen.observe(observed)
        series = here()[("h_chosen",)]
        self.assertEqual((series["buckets"], series["sum"]), ([2, 1, 1], 6.5))

    def test_a_histogram_has_native_buckets_or_both(self):
        Histogram("h_native", "H.", bucket_kind="native", native={"schema": 2}).observe(0.3)
        Histogram("h_both", "H.", buckets=[1], bucket_kind="both").observe(0.3)
        for name, bounds, count in [("h_native", [], 1), ("h_both", [1], 1)]:
            self.assertEqual(family(name).get("bounds", []), bounds)
            self.assertEqual(here()[(name,)]["count"], count)
            self.assertIn("native", family(name))

    def test_blocks_and_functions_are_timed_counted_and_tracked(self):
        took, failed = Histogram("block_seconds", "T."), Counter("failures", "F.")
        with took.time():
            pass

        @took.time()
        @failed.count_exceptions(ValueError)
        def raises(error):
            raise error

        @took.time()
        async def waits():
            await asyncio.get_running_loop().run_in_executor(None, int)
            self.assertEqual(here()[("block_seconds",)]["count"], 3, "observed when it is over")
        for error in (ValueError, KeyError):
            self.assertRaises(error, raises, error)
        asyncio.run(waits())
        self.assertEqual(here()[("block_seconds",)]["count"], 4)
        self.assertEqual(value("failures_total"), 1)

    def test_what_is_declared_or_labelled_wrongly_raises(self):
        two = Counter("two", "T.", ["a", "b"])
        for wrong in (lambda: Counter("1x", "D."), lambda: Counter("shm_exporter_x", "D."),
                      lambda: Counter("x", "D.", ["le"]), lambda: Counter("x", "D.", ["a", "a"]),
                      lambda: Counter("x", "D.", ["__a"]), lambda: Counter("x", "D.", ["a b"]),
                      lambda: Counter("x", "D.", ticks_per_unit=0), lambda: Gauge("x", "D.", mode="median"),
                      lambda: Gauge("x", "D.", multiprocess_mode="most"),
                      lambda: Histogram("x", "D.", buckets=[2, 1]), lambda: Histogram("x", "D.", bucket_kind="x"),
                      lambda: two.labels("a"), lambda: two.labels("a", "b", "c"), lambda: two.labels(),
                      lambda: two.labels("a", b="b"), lambda: two.labels(a="a", c="c"),
                      lambda: two.labels("a", "b").labels("c"), lambda: Counter("plain", "D.").labels("a")):
            self.assertRaises(ValueError, wrong)
        for wrong in (lambda: Counter("x", 3), lambda: Counter("x", "D.", ticks_per_unit="1"),
                      lambda: Counter("plain", "D.").inc("1"), lambda: Counter("plain", "D.").inc(1, 2, 3),
                      lambda: Counter("plain", "D.").inc(much=1), lambda: Gauge("g", "D.").set(None),
                      lambda: Histogram("h", "D.").observe()):
            self.assertRaises(TypeError, wrong)

    def test_counting_what_cannot_be_counted_raises_nothing_and_is_a_loss(self):
        counter, histogram = Counter("strict", "S."), Histogram("strict_seconds", "S.")
        for wrong in (lambda: counter.inc(-1), lambda: counter.inc(-0.5), lambda: counter.inc(math.nan),
                      lambda: counter.inc(math.inf), lambda: histogram.observe(-1),
                      lambda: histogram.observe(math.nan), lambda: histogram.observe(10**400)):
            self.assertLoses("values_refused", wrong)
        for wrong in (Counter("labelled", "L.", ["a"]).inc, lambda: Histogram("lh", "L.", ["a"]).observe(1)):
            self.assertLoses("observations_dropped", wrong)
        self.assertLoses("registrations_dropped", lambda: _native.GaugeFamily(name="strict_total", help="Other."))
        self.assertLoses("values_saturated", lambda: counter.inc(10**30))
        self.assertEqual(here()[("strict_seconds",)]["count"], 0)

    def test_exemplars_are_the_spans_that_are_given(self):
        counter = Counter("traced", "T.", exemplars=True)
        span = {"trace_id": "0af7651916cd43dd8448eb211c80319c", "span_id": "b7ad6b7169203331"}
        counter.inc(1, {"other": "label"})
        counter.inc(2.5, exemplar=span)
        histogram = Histogram("traced_seconds", "T.", buckets=[1], exemplars=True)
        histogram.observe(0.5, span)
        for key, count in [(("traced_total",), 2.5), (("traced_seconds",), 0.5)]:
            (kept,) = here()[key]["exemplars"]
            self.assertEqual((kept["trace_id"], kept["value"]), (span["trace_id"], count))

    def test_many_threads_add_up(self):
        counter, histogram = Counter("threaded", "T.", ["a"]), Histogram("threaded_seconds", "T.")

        def count():
            for _ in range(MANY // 20):
                counter.labels("x").inc()
                histogram.observe(0.1)
        threads = [threading.Thread(target=count) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(value("threaded_total", a="x"), THREADS * MANY // 20)
        self.assertEqual(here()[("threaded_seconds",)]["count"], THREADS * MANY // 20)

    def test_label_sets_beyond_the_limit_count_in_the_overflow_series_and_take_no_memory(self):
        told = run_script("import gc, tracemalloc\n"
                          "from shm_exporter import Counter, _native\n"
                          "counter = Counter('many_sets', 'M.', ['id'])\n"
                          "def count(first):\n"
                          "    for number in range(first, first + 15_000): counter.labels(number).inc()\n"
                          "count(0)\n"
                          "gc.collect(); tracemalloc.start(); count(15_000); gc.collect()\n"
                          "print(tracemalloc.get_traced_memory()[0], _native.segment_path())", DIRECTORY)
        held, path = told.split()
        self.assertLess(int(held), 50_000, "15,000 sets of labels would take megabytes")
        series = dump(path)["families"][0]["series"]
        self.assertEqual(sum(one["value"] for one in series), 30_000)
        self.assertEqual([one["value"] for one in series if one["overflow"]], [20_000])

    def test_memory_is_stable_over_a_million_increments(self):
        counter, gauge = Counter("stable", "S.", ["a"]), Gauge("stable_level", "S.")
        histogram = Histogram("stable_seconds", "S.")

        def count():
            for _ in range(MANY // 2):
                counter.labels("x").inc(2.5)
                gauge.set(1)
                histogram.observe(amount=0.1)
        self.assertLess(heap_growth(count), 50_000)
        self.assertEqual(value("stable_total", a="x"), 2.5 * MANY)

    def test_memory_is_stable_over_a_million_rpcs(self):
        method = _native.ServerMethods(handling_time_histogram=True, metadata_labels=[{"key": "who"}],
                                       in_flight=True).find("/s.S/M", 3)

        def count():
            for _ in range(MANY):
                call = method.start((("who", "me"), ("bin-bin", b"\0\xff")))
                call.message_received()
                call.message_sent(3)
                call.finish(0)
        count()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        count()
        # In KiB; a leak of one byte per RPC would be a thousand.
        self.assertLess(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, 900)


class Process(e2e.Case):

    def test_a_process_is_called_as_its_script(self):
        from shm_exporter.process import service_of_script
        for arguments, name in [(["/srv/orders.py"], "orders"), (["/srv/shop/__main__.py"], "shop"),
                                (["/usr/bin/gunicorn", "x"], "gunicorn"), (["-c"], None), (["-m"], None),
                                ([""], None), ([], None)]:
            self.assertEqual(service_of_script(arguments), name)

    def test_importing_makes_no_segment_and_wants_no_grpc(self):
        made = run_script("import shm_exporter, sys; shm_exporter.Counter('x', 'X.');"
                          "print(shm_exporter._native.segment_path() == '' and 'grpc' not in sys.modules)",
                          DIRECTORY)
        self.assertEqual(made, "True\n")

    def test_sub_interpreters_are_refused(self):
        for first in ("", "import shm_exporter\n"):
            told = run_script(first + "import _xxsubinterpreters as sub\n"
                              "try:\n"
                              "    sub.run_string(sub.create(), 'import shm_exporter')\n"
                              "except sub.RunFailedError as error:\n"
                              "    print(error)\n", DIRECTORY)
            self.assertIn("ImportError", told)
            self.assertIn("sub-interpreters", told)

    def test_without_a_directory_a_process_counts_on_and_says_so_once(self):
        told = run_script("from shm_exporter import Counter, configure, losses\n"
                          "configure(on_problem=print)\n"
                          "counter = Counter('x', 'X.')\n"
                          "counter.inc(); counter.inc()\n"
                          "print(losses()['attach_failures'])\n", DIRECTORY / "missing")
        self.assertIn("missing", told.splitlines()[0])
        self.assertEqual(told.splitlines()[1:], ["1"])

    def test_a_callback_that_waits_keeps_no_other_thread_from_counting(self):
        """It gives the interpreter's lock away, and the thread that gets it may wait for what is locked where
        the problem was met: for a lock of the method, or of the codes of one of its series."""
        for users, codes in ((30, 1), (1, 17)):
            told = run_script(f"""
import threading
from shm_exporter import _native
told, counted = threading.Event(), threading.Event()
def on_problem(problem):
    told.set()
    print(problem, "The other counted:", counted.wait(60))
methods = _native.ServerMethods(metadata_labels=[{{"key": "user"}}], max_series=10, on_problem=on_problem)
method = methods.find("/a.B/C", 0, True)
def count():
    for user in range({users}):
        for code in range({codes}):
            method.start((("user", f"u{{user}}"),)).finish(code)
def count_meanwhile():
    told.wait()
    count()
    counted.set()
other = threading.Thread(target=count_meanwhile)
other.start()
count()
other.join()
""", DIRECTORY)
            self.assertRegex(told, "the limit of 10 series .*The other counted: True\n$")


if __name__ == "__main__":
    e2e.main()
