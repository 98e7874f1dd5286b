"""What others install: `pip install ./shim/python` without network, and what CMake installs for the Debian
package."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import e2e
from segment import counted

SOURCES = pathlib.Path(os.environ["SHMX_PYTHON_SOURCES"])

# Both sides of an RPC, and a custom metric, with gRPC's own package.
SCRIPT = """
import pathlib, grpc, shm_exporter
from concurrent import futures
from shm_exporter.compat.py_grpc_prometheus.prometheus_server_interceptor import PromServerInterceptor
shm_exporter.Counter("installed", "I.").inc()
server = grpc.server(futures.ThreadPoolExecutor(1), interceptors=(PromServerInterceptor(),))
server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(
    "shop.Orders", {"Take": grpc.unary_unary_rpc_method_handler(lambda request, context: b"")}),))
port = server.add_insecure_port("localhost:0")
server.start()
with grpc.insecure_channel(f"localhost:{port}") as channel:
    grpc.intercept_channel(channel, shm_exporter.PromClientInterceptor()).unary_unary("/shop.Orders/Take")(b"")
server.stop(None).wait()
print(shm_exporter._native.segment_path(), pathlib.Path(shm_exporter.__file__).parent)
"""


def run(*command, **options):
    done = subprocess.run([str(part) for part in command], check=False, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, **options)
    assert done.returncode == 0, done.stdout
    return done.stdout


class Wheel(e2e.Case):

    def setUp(self):
        made = tempfile.TemporaryDirectory(prefix="shm-exporter-wheel.", dir="/dev/shm")
        self.addCleanup(made.cleanup)
        self.work = pathlib.Path(made.name)
        (self.work / "segments").mkdir()

    def assertCounts(self, python, where, **environment):
        """A service that runs with this package counts with it."""
        clean = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
        told = run(python, "-B", "-c", SCRIPT, cwd=self.work,
                   env={**clean, "SHM_EXPORTER_DIR": self.work / "segments", **environment})
        path, package = told.split()
        self.assertEqual(pathlib.Path(package), where / "shm_exporter")
        series = counted(path)
        method = [("grpc_method", "Take"), ("grpc_service", "shop.Orders"), ("grpc_type", "UNARY")]
        self.assertEqual(series[("installed_total",)]["value"], 1)
        for side in ("server", "client"):
            self.assertEqual(series[(f"grpc_{side}_handled_total", ("grpc_code", "OK"), *method)]["value"], 1)

    def test_pip_installs_it_without_network(self):
        venv = self.work / "venv"
        run(sys.executable, "-m", "venv", "--system-site-packages", venv)
        launcher = {"CMAKE_CXX_COMPILER_LAUNCHER": "ccache"} if shutil.which("ccache") else {}
        # In a network of its own there is nobody to ask.
        run("unshare", "--net", venv / "bin/pip", "install", "--no-cache-dir", "--disable-pip-version-check",
            SOURCES, env={**os.environ, **launcher, "PIP_CONFIG_FILE": os.devnull})
        (packages,) = venv.glob("lib/python3*/site-packages")
        self.assertCounts(venv / "bin/python", packages)
        shown = run(venv / "bin/pip", "show", "--files", "shm-exporter")
        self.assertIn("Version: " + self.version(), shown)
        for name in ("py.typed", "_native.pyi", "_native.cpython-"):
            self.assertIn(f"shm_exporter/{name}", shown)
        run(venv / "bin/pip", "uninstall", "--yes", "shm-exporter")
        self.assertEqual(list(packages.glob("shm_exporter*")), [])

    def version(self):
        """The project's, which the package's is."""
        cmake = (SOURCES.parents[1] / "CMakeLists.txt").read_text(encoding="utf-8")
        return re.search(r"project\(shm_exporter VERSION ([0-9.]+)", cmake)[1]

    def test_cmake_installs_it_for_debian(self):
        run("cmake", "--install", os.environ["SHMX_BUILD"], "--prefix", self.work / "usr", "--component",
            "python3-shm-exporter")
        where = self.work / "usr/lib/python3/dist-packages"
        self.assertEqual({path.name for path in self.work.joinpath("usr").iterdir()}, {"lib", "share"})
        self.assertCounts(sys.executable, where, PYTHONPATH=str(where))

    def test_the_module_links_no_grpc(self):
        (module,) = pathlib.Path(os.environ["SHMX_BUILD"]).glob("shim/python/shm_exporter/_native*.so")
        linked = run("ldd", module)
        self.assertIn("libstdc++", linked)
        self.assertNotRegex(linked, "grpc|protobuf|absl|libpython")
        self.assertIn("NODELETE", run("readelf", "--dynamic", "--wide", module))
        self.assertEqual([line for line in run("nm", "--dynamic", "--defined-only", "--demangle", module)
                          .splitlines() if "shmx::" in line and " W " not in line], [])

    def test_types_are_whole(self):
        """By mypy's strictest rules, as those who use the package see it, too."""
        (self.work / "user.py").write_text(
            "from shm_exporter import Counter, Gauge, Histogram, PrometheusBridge, PromServerInterceptor, losses\n"
            "child: Counter = Counter('a', 'A.', ['b']).labels('c')\n"
            "child.inc(2.5)\n"
            "with Histogram('s', 'S.', buckets=(1, 2)).time():\n"
            "    Gauge('g', 'G.', mode='max').set(losses()['values_refused'])\n"
            "reveal_type(child)\n", encoding="utf-8")
        told = run(sys.executable, "-m", "mypy", "--strict", "--config-file", SOURCES / "pyproject.toml",
                   "--cache-dir", self.work / "cache", "-p", "shm_exporter", "-m", "user",
                   env={**os.environ, "MYPYPATH": f"{SOURCES}:{self.work}"})
        self.assertIn('"shm_exporter.metrics.Counter"', told)
        self.assertIn("Success", told)


if __name__ == "__main__":
    e2e.main()
