"""Native histograms and exemplars, as a real Prometheus stores them and gives them back."""

import math
import random

import e2e
from harness import Host, eventually
from prometheus_server import Prometheus
from writer import Writer

OBSERVATIONS = 20_000
QUANTILES = [0.01, 0.25, 0.5, 0.9, 0.99, 0.999]

# Values in seconds, each as a service might meet them: name and one draw.
DISTRIBUTIONS = {
    "uniform": lambda dice: dice.uniform(0.1, 1.1),
    "exponential": lambda dice: dice.expovariate(20),
    "lognormal": lambda dice: dice.lognormvariate(-4, 1.5),
    "constant": lambda dice: 0.25,
}


def quantile(ordered, q):
    return ordered[max(math.ceil(q * len(ordered)) - 1, 0)]


class Histograms(e2e.Case):

    def test_quantiles_of_native_histograms_are_right_within_a_bucket(self):
        """Two processes of one job, of different resolution: the lower one's is what there is."""
        dice = random.Random(4)
        with Host(self.programs) as host, Writer(host, "job") as fine, Writer(host, "job") as coarse:
            agent = host.start_agent()
            drawn = {}
            for name, draw in DISTRIBUTIONS.items():
                drawn[name] = [draw(dice) for _ in range(OBSERVATIONS)]
                half = OBSERVATIONS // 2
                for writer, schema, values in ((fine, 5, drawn[name][:half]),
                                               (coarse, 3, drawn[name][half:])):
                    writer.do(f"histogram {name} {name}_seconds native={schema}",
                              *(f"observe {name} {value!r}" for value in values))
            prometheus = Prometheus(host, agent, "native-histograms")
            for name, values in drawn.items():
                query = f"histogram_count({name}_seconds{{job=\"job\"}})"
                eventually(lambda: self.assertEqual(prometheus.value(query), OBSERVATIONS))
                self.assertAlmostEqual(
                    prometheus.value(f"histogram_sum({name}_seconds)"), sum(values), places=3)
                for q in QUANTILES:
                    found = prometheus.value(f"histogram_quantile({q}, {name}_seconds)")
                    right = quantile(sorted(values), q)
                    with self.subTest(name=name, quantile=q, found=found, right=right):
                        self.assertLess(abs(math.log2(found / right)), 1 / 2**3)

    def test_native_and_classic_buckets_of_one_histogram_agree(self):
        with Host(self.programs) as host, Writer(host, "job") as writer:
            agent = host.start_agent()
            writer.do("histogram h wait_seconds bounds=0.1,1 native=3",
                      *(f"observe h {value}" for value in (0.05, 0.5, 0.5, 5)))
            classic = Prometheus(host, agent)
            buckets = eventually(lambda: self.three_buckets(classic, "wait_seconds_bucket"))
            self.assertEqual(sorted(buckets), [1, 3, 4])

        with Host(self.programs) as host, Writer(host, "job") as writer:
            agent = host.start_agent()
            writer.do("histogram h wait_seconds bounds=0.1,1 native=3",
                      *(f"observe h {value}" for value in (0.05, 0.5, 0.5, 5)))
            native = Prometheus(host, agent, "native-histograms")
            eventually(lambda: self.assertEqual(native.value("histogram_count(wait_seconds)"), 4))
            self.assertAlmostEqual(native.value("histogram_quantile(0.5, wait_seconds)"), 0.5, places=1)

    @staticmethod
    def three_buckets(prometheus, name):
        found = prometheus.query(name)
        assert len(found) == 3, found
        return list(found.values())

    def test_jobs_with_and_without_native_buckets_share_a_name(self):
        with Host(self.programs) as host, Writer(host, "old") as old, Writer(host, "new") as new:
            agent = host.start_agent()
            old.do("histogram h wait_seconds bounds=0.1,1", "observe h 0.5", "observe h 0.05")
            new.do("histogram h wait_seconds bounds=0.1,1 native=3", "observe h 0.5")
            prometheus = Prometheus(host, agent, "native-histograms")
            eventually(lambda: self.assertEqual(
                prometheus.value('histogram_count(wait_seconds{job="new"})'), 1))
            self.assertEqual(prometheus.value('wait_seconds_count{job="old"}'), 2)
            self.assertEqual(prometheus.value('wait_seconds_bucket{job="old",le=~"0.1"}'), 1)

    def test_a_native_histogram_has_classic_buckets_for_who_knows_no_others(self):
        with Host(self.programs) as host, Writer(host, "job") as writer:
            agent = host.start_agent()
            writer.do("histogram h wait_seconds native=3",
                      *(f"observe h {2**power * 0.9}" for power in range(-4, 4)))
            prometheus = Prometheus(host, agent)
            eventually(lambda: self.assertEqual(prometheus.value("wait_seconds_count"), 8))
            found = prometheus.value("histogram_quantile(0.5, wait_seconds_bucket)")
            self.assertGreater(found, 0.25)
            self.assertLessEqual(found, 1)

    def test_prometheus_returns_exemplars_with_their_traces(self):
        trace, other = "4bf92f3577b34da6a3ce929d0e0e4736", "0af7651916cd43dd8448eb211c80319c"
        with Host(self.programs) as host, Writer(host, "job") as writer:
            agent = host.start_agent()
            writer.do("histogram h wait_seconds bounds=0.1,1 exemplars=1", f"observe h 0.5 {trace}",
                      "counter c orders_total exemplars=1", f"add c 3 {other}")
            prometheus = Prometheus(host, agent, "exemplar-storage")
            found = eventually(lambda: self.two_series(prometheus))
            bucket = found[("wait_seconds_bucket", (("job", "job"), ("le", "1.0")))]
            self.assertEqual([(one["labels"], float(one["value"])) for one in bucket],
                             [({"trace_id": trace, "span_id": trace[:16]}, 0.5)])
            (counted,) = found[("orders_total", (("job", "job"),))]
            self.assertEqual((counted["labels"]["trace_id"], float(counted["value"])), (other, 3))

    @staticmethod
    def two_series(prometheus):
        found = prometheus.exemplars('{job="job"}')
        assert len(found) == 2, found
        return found

    def test_exemplars_of_native_histograms_reach_prometheus_beside_their_classic_buckets(self):
        trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        with Host(self.programs) as host, Writer(host, "job") as writer:
            agent = host.start_agent()
            writer.do("histogram h wait_seconds bounds=0.1,1 native=3 exemplars=1",
                      f"observe h 0.5 {trace}")
            prometheus = Prometheus(host, agent, "native-histograms", "exemplar-storage")
            eventually(lambda: self.assertEqual(prometheus.value("histogram_count(wait_seconds)"), 1))
            found = prometheus.exemplars("wait_seconds")
            ((one,),) = found.values()
            self.assertEqual(one["labels"]["trace_id"], trace)


if __name__ == "__main__":
    e2e.main()
