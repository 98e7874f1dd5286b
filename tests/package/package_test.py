"""What others get: the installed tree by CMake package and by pkg-config, and the shim's folder in
their own tree. Each program built that way counts, and its segment says what it counted.
package_test.py SOURCE BUILD COMPILER [TEST...]"""

import json
import os
import pathlib
import re
import sys
import tempfile
import unittest

import readme_project
from fresh_root import run

SOURCE, BUILD, COMPILER = sys.argv[1:4]
CONSUMER = pathlib.Path(SOURCE) / "tests/package/consumer"

# All that the project looks for but the shim alone does not need.
NOT_FOR_THE_SHIM = ["prometheus-cpp", "GTest", "benchmark", "spdlog", "fmt", "yaml-cpp", "CLI11"]


class PackageTest(unittest.TestCase):

    def setUp(self):
        self.maxDiff = None
        self.work = self.folder(None)
        self.prefix = self.work / "installed"
        run("cmake", "--install", BUILD, "--prefix", self.prefix)

    def folder(self, where):
        made = tempfile.TemporaryDirectory(prefix="shmx-package-", dir=where)
        self.addCleanup(made.cleanup)
        return pathlib.Path(made.name)

    def build(self, project, *options):
        """The folder with the programs of a project that is built with CMake."""
        out = self.work / "build"
        run("cmake", "-S", project, "-B", out, f"-DCMAKE_CXX_COMPILER={COMPILER}", *options)
        run("cmake", "--build", out, "-j", os.cpu_count())
        return out

    def compile(self, source, package, out, *options):
        """A program (or library) that is built with a pkg-config file and no CMake."""
        paths = [str(path) for path in self.prefix.rglob("pkgconfig")]
        environment = {**os.environ, "PKG_CONFIG_PATH": ":".join(paths)}
        flags = run("pkg-config", "--cflags", "--libs", package, env=environment).split()
        # Libraries go behind what needs them.
        run(COMPILER, "-std=c++20", "-Wall", "-Wextra", "-Werror", *options, CONSUMER / source,
            *flags, "-o", out)
        return out

    def counted(self, *command):
        """{family{labels}: value} of the segment that a run of the command leaves behind."""
        segments = self.folder("/dev/shm")
        run(*command, env={**os.environ, "SHM_EXPORTER_DIR": str(segments)})
        (segment,) = segments.glob("*.shmx")
        told = json.loads(run(self.prefix / "bin/shmtool", "dump", "--json", segment))
        self.assertEqual(told["state"], "dead")
        return {(family["name"], *sorted(series["labels"].items())): series.get("value")
                for family in told["families"] for series in family["series"]
                if not series["overflow"]}

    def assertCountsOrders(self, program):
        self.assertEqual(self.counted(program), {("orders_total", ("kind", "retail")): 42})

    def assertCountsCalls(self, program):
        counted = self.counted(program)
        method = [("grpc_method", "Take"), ("grpc_service", "shop.Orders")]
        for side, kind in [("server", "bidi_stream"), ("client", "unary")]:
            self.assertEqual(counted[f"grpc_{side}_handled_total", ("grpc_code", "OK"), *method,
                                     ("grpc_type", kind)], 1)

    def assertCountsJobs(self, program):
        self.assertEqual(self.counted(program), {("jobs_total", ("queue", "fast")): 7})

    def assertStaysAndHides(self, library):
        """The library is never unmapped, and none of the shim's symbols can be taken for another's: two
        copies of the shim in one process would count in each other's cells. What the library's own
        code instantiates over the shim's plain values (their destructors, vectors of them) has no
        state, and its visibility is the library's choice."""
        self.assertIn("NODELETE", run("readelf", "--dynamic", "--wide", library))
        exported = run("nm", "--dynamic", "--defined-only", "--demangle", library).splitlines()
        self.assertTrue([line for line in exported if line.endswith(" plugin_count")])
        plain = re.compile(r" W (void )?std::| W shmx::\w+\* std::| W shmx::(\w+)::~?\2\(")
        self.assertEqual([line for line in exported if "shmx" in line and not plain.search(line)], [])

    def test_find_package(self):
        out = self.build(CONSUMER, f"-DCMAKE_PREFIX_PATH={self.prefix}")
        self.assertCountsOrders(out / "orders")
        self.assertCountsCalls(out / "rpc")
        self.assertCountsJobs(out / "bridged")
        self.assertStaysAndHides(out / "libplugin.so")
        self.assertEqual(self.counted(out / "host", out / "libplugin.so")[("plugged_total",)], 5)

    def test_the_lines_of_the_readme(self):
        readme = (pathlib.Path(SOURCE) / "README.md").read_text(encoding="utf-8")
        readme_project.write(readme, self.work / "readme")
        out = self.build(self.work / "readme", f"-DCMAKE_PREFIX_PATH={self.prefix}")
        counted = self.counted(out / "my_service")
        self.assertEqual(counted[("orders_total", ("kind", "retail"))], 1)
        self.assertEqual(counted[("queue_depth",)], 12)
        self.assertIn(("pick_seconds",), counted)

    def test_find_package_without_grpc(self):
        without = [f"-DCMAKE_DISABLE_FIND_PACKAGE_{name}=ON"
                   for name in ["gRPC", "Protobuf", *NOT_FOR_THE_SHIM]]
        out = self.build(CONSUMER, f"-DCMAKE_PREFIX_PATH={self.prefix}", "-DMETRICS_ONLY=ON", *without)
        self.assertCountsOrders(out / "orders")

    def test_pkg_config(self):
        self.assertCountsOrders(self.compile("orders.cc", "shm_exporter_metrics", self.work / "orders"))
        self.assertCountsCalls(self.compile("rpc.cc", "shm_exporter", self.work / "rpc"))
        self.assertCountsJobs(
            self.compile("bridged.cc", "shm_exporter_prometheus_bridge", self.work / "bridged"))
        self.assertStaysAndHides(
            self.compile("plugin.cc", "shm_exporter", self.work / "plugin.so", "-shared", "-fPIC"))

    def test_add_subdirectory(self):
        without = [f"-DCMAKE_DISABLE_FIND_PACKAGE_{name}=ON" for name in NOT_FOR_THE_SHIM]
        out = self.build(CONSUMER.parent / "subdirectory", f"-DSHIM={SOURCE}/shim", *without)
        self.assertCountsOrders(out / "orders")
        self.assertCountsCalls(out / "rpc")

    def test_headers_are_where_the_sources_have_them(self):
        for room in ["shm", "shim"]:
            installed = {path.name for path in
                         (self.prefix / "include/shm_exporter" / room).rglob("*.h")}
            self.assertEqual(installed, {path.name for path in (pathlib.Path(SOURCE) / room).glob("*.h")})


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]])
