"""Each rule finds what it is for and lets pass what is right."""

import unittest

import rules


class Rules(unittest.TestCase):

    def assertFinds(self, rule, path, text):
        self.assertTrue(list(rule(path, text)), f"{path}: nothing found in {text!r}")

    def assertPasses(self, rule, path, text):
        self.assertEqual(list(rule(path, text)), [])

    def test_an_include_across_a_wall_is_found(self):
        for path, include in [
            ("shm/cells.h", '"shim/metrics.h"'),
            ("shm/cells.h", "<absl/strings/string_view.h>"),
            ("shim/metrics.h", '"agent/model/model.h"'),
            ("agent/scan/scan.cc", '"agent/model/model.h"'),
            ("agent/aggregate/job.cc", '"shm/reader.h"'),
            ("agent/web/server.cc", '"agent/model/model.h"'),
            ("agent/render/text.cc", "<grpcpp/grpcpp.h>"),
            ("shim/metrics.cc", "<prometheus/registry.h>"),
        ]:
            self.assertFinds(rules.include_walls, path, f"#include {include}\n")

    def test_an_include_within_the_walls_passes(self):
        for path, include in [
            ("shm/cells.h", "<sys/mman.h>"),
            ("shm/cells.h", "<boost/interprocess/mapped_region.hpp>"),
            ("shim/metrics.h", '"shm/cells.h"'),
            ("shim/server_interceptor.h", "<grpcpp/grpcpp.h>"),
            ("shim/prometheus_bridge.cc", "<prometheus/collectable.h>"),
            ("agent/aggregate/job.cc", '"agent/model/model.h"'),
            ("agent/web/server.cc", '"shm/result.h"'),
            ("agent/main/main.cc", '"agent/web/server.h"'),
            ("tests/shm/x_test.cc", '"agent/model/model.h"'),
        ]:
            self.assertPasses(rules.include_walls, path, f"#include {include}\n")

    def test_an_atomic_operation_without_an_order_is_found(self):
        self.assertFinds(rules.atomic_orders, "shm/a.cc", "x.load();")
        self.assertFinds(rules.atomic_orders, "shim/a.cc", "p->fetch_add(f(1));")
        self.assertFinds(rules.atomic_orders, "shm/a.cc", "x.store(1); y.load(std::memory_order_relaxed);")

    def test_an_atomic_operation_with_an_order_passes(self):
        self.assertPasses(rules.atomic_orders, "shm/a.cc", "x.store(f(1),\n std::memory_order_release);")
        self.assertPasses(rules.atomic_orders, "shm/a.cc", "// x.load() would be wrong\n")
        self.assertPasses(rules.atomic_orders, "shm/a.cc", "std::exchange(a, 1);")

    def test_a_sleep_or_a_fixed_port_in_a_test_is_found(self):
        self.assertFinds(rules.waiting, "tests/a_test.cc", "std::this_thread::sleep_for(1s);")
        self.assertFinds(rules.waiting, "tests/a.sh", "sleep 1\n")
        self.assertFinds(rules.waiting, "tests/a_test.py", "time.sleep(0.1)")
        self.assertFinds(rules.waiting, "tests/a_test.cc", 'Listen("127.0.0.1:9090");')

    def test_waiting_for_an_event_passes(self):
        self.assertPasses(rules.waiting, "tests/a_test.cc", "ready.wait(); // no need to sleep(1)\n")
        self.assertPasses(rules.waiting, "tests/a_test.cc", 'Listen("127.0.0.1:0");')

    def test_many_long_files_are_found_and_few_pass(self):
        long, short = ("a.cc", "\n" * 301), ("b.cc", "\n" * 10)
        self.assertTrue(list(rules.file_sizes([long, short])))
        self.assertEqual(list(rules.file_sizes([long] + [short] * 9)), [])

    def test_a_stranger_at_the_top_level_is_found(self):
        self.assertTrue(list(rules.top_level(rules.TOP_LEVEL | {"docs"})))
        self.assertTrue(list(rules.top_level(rules.TOP_LEVEL - {"bench"})))
        self.assertEqual(list(rules.top_level(rules.TOP_LEVEL)), [])


if __name__ == "__main__":
    unittest.main()
