"""The packages as a host gets them: installed by dpkg into a fresh root where no systemd runs, used,
upgraded, removed, purged. In a mount namespace of its own (CMakeLists.txt), so nothing is left mounted.
deb_test.py SOURCE BUILD [TEST...]"""

import os
import pathlib
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest

from fresh_root import NAMES, Packages, make_root, run

SOURCE, BUILD = sys.argv[1:3]
sys.path.insert(0, f"{SOURCE}/tests/e2e")
from harness import Process, eventually  # noqa: E402
from writer import Writer  # noqa: E402

PACKAGES = Packages(BUILD)
SEGMENTS = "run/shm-exporter/segments"
NOBODY = 65534


class Root:
    """A fresh root, writable: what is written goes when the test ends."""

    def __init__(self, work):
        self.path = work / "root"
        self.log = work / "log"
        run("mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", work)
        for folder in ["upper", "work", "root"]:
            (work / folder).mkdir()
        layers = f"lowerdir={make_root(PACKAGES)},upperdir={work}/upper,workdir={work}/work"
        run("mount", "-t", "overlay", "-o", layers, "overlay", self.path)
        run("mount", "-t", "proc", "proc", self.path / "proc")
        run("mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", self.path / "run")
        (self.path / "etc/hosts").write_text("127.0.0.1 localhost\n", encoding="ascii")

    def __truediv__(self, path):
        return self.path / path

    def command(self, *command, user=None):
        who = [f"--userspec={user}"] if user else []
        return ["chroot", *who, str(self.path), "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive", *map(str, command)]

    def run(self, *command, user=None):
        return run(*self.command(*command, user=user))

    def dpkg(self, *arguments):
        return self.run("dpkg", *arguments)

    def install(self, *paths):
        for path in paths:
            shutil.copy(path, self.path)
        return self.dpkg("--install", *[f"/{path.name}" for path in paths])

    def mode(self, path):
        """Type-free, as octal digits, with its owner and group."""
        found = os.lstat(self.path / path)
        names = self.run("stat", "--format=%U:%G", f"/{path}").strip()
        return f"{stat.S_IMODE(found.st_mode):04o} {names}"


class DebTest(unittest.TestCase):

    def setUp(self):
        self.maxDiff = None
        made = tempfile.TemporaryDirectory(prefix="shmx-deb-")
        self.addCleanup(made.cleanup)
        work = pathlib.Path(made.name)
        self.root = Root(work)
        # What is mounted below goes with the namespace, too; a directory in use cannot be removed.
        self.addCleanup(run, "umount", "--recursive", "--lazy", work)

    def install(self, names=tuple(NAMES)):
        return self.root.install(*[PACKAGES.path(name) for name in names])

    def other_version(self, version):
        """The package shm-exporter of another version, with another default configuration."""
        tree = self.root / "tmp/other"
        run("dpkg-deb", "--raw-extract", PACKAGES.path("shm-exporter"), tree)
        control = tree / "DEBIAN/control"
        ours = f"Version: {PACKAGES.field('shm-exporter', 'Version')}"
        self.assertIn(ours, control.read_text())
        control.write_text(control.read_text().replace(ours, f"Version: {version}"))
        with open(tree / "etc/shm-exporter/web-config.yml", "a", encoding="ascii") as file:
            file.write("# another version\n")
        tree.chmod(0o755)
        made = self.root / f"tmp/shm-exporter_{version}_amd64.deb"
        run("dpkg-deb", "--root-owner-group", "-Znone", "--build", tree, made)
        shutil.rmtree(tree)
        return made

    def writer(self, service="orders"):
        """A service that publishes in the root, as the user nobody."""
        writer = Writer(None, service, directory=str(self.root / SEGMENTS), uid=NOBODY)
        self.addCleanup(writer.__exit__)
        writer.do("counter c orders_total", "add c 1")
        return writer

    def segment(self, writer):
        return pathlib.Path(writer.answer("path").removeprefix("ok "))

    def test_the_readme_says_how_they_are_made(self):
        lines = pathlib.Path(SOURCE, "README.md").read_text(encoding="utf-8").splitlines()
        self.assertIn(" ".join(map(str, Packages("build/release").command())), lines)
        (wildcard,) = [line.split()[-1] for line in lines if line.startswith("apt-get install ./")]
        found = Packages("build/release").folder / PACKAGES.path("shm-exporter").name
        self.assertTrue(found.match(wildcard), f"{found} {wildcard}")

    def test_lintian_finds_nothing(self):
        done = subprocess.run(["lintian", "--allow-root", "--fail-on", "error,warning",
                               *[str(PACKAGES.path(name)) for name in NAMES]],
                              stdout=subprocess.PIPE, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_what_is_installed_works_where_no_systemd_runs(self):
        said = self.install()
        self.assertNotIn("warning", said.lower())
        self.assertEqual(self.root.dpkg("--verify", *NAMES), "")
        self.assertIn("shm_exporter, version 0.", self.root.run("shm_exporter", "--version"))
        self.assertIn("shmtool, version 0.", self.root.run("shmtool", "--version"))
        self.assertIn("OK /etc/shm-exporter/shm-exporter.yml",
                      self.root.run("shmtool", "check", "config", "/etc/shm-exporter/shm-exporter.yml",
                                    "--web.config.file", "/etc/shm-exporter/web-config.yml"))

    def test_user_directories_and_modes_are_as_they_should_be(self):
        self.install(["shm-exporter"])
        agent = "shm-exporter:shm-exporter"
        for path, mode in {
                "run/shm-exporter": "0755 root:root",
                SEGMENTS: f"3733 {agent}",
                "etc/shm-exporter": "0755 root:root",
                "etc/shm-exporter/shm-exporter.yml": "0640 root:shm-exporter",
                "etc/shm-exporter/web-config.yml": "0640 root:shm-exporter",
                "etc/default/shm-exporter": "0644 root:root",
                "usr/bin/shm_exporter": "0755 root:root",
                "usr/share/man/man1/shmtool.1.gz": "0644 root:root"}.items():
            with self.subTest(path=path):
                self.assertEqual(self.root.mode(path), mode)
        self.assertIn("/usr/sbin/nologin", self.root.run("getent", "passwd", "shm-exporter"))
        for name in ("shm_exporter", "shmtool"):
            with self.subTest(program=name):
                self.check_program(self.root / "usr/bin" / name)

    def check_program(self, path):
        """Small, and hardened as Debian's own are: read-only relocations, canaries, checked copies, and
        not always at the same address."""
        headers = run("readelf", "--headers", "--dynamic", "--dyn-syms", "--wide", path)
        self.assertNotIn(".symtab", headers)
        for sign in (r"Type: +DYN", r"GNU_RELRO", r"FLAGS_1.* NOW PIE", r"__stack_chk_fail", r"__\w+_chk"):
            self.assertRegex(headers, sign)

    def test_units_are_enabled_and_start_nothing_where_no_systemd_runs(self):
        self.install(["shm-exporter"])
        wants = self.root / "etc/systemd/system"
        self.assertEqual(
            sorted(str(path.relative_to(wants)) for path in wants.rglob("*shm*") if path.is_symlink()),
            ["local-fs.target.wants/run-shm\\x2dexporter-segments.mount",
             "multi-user.target.wants/shm-exporter.service",
             "sockets.target.wants/shm-exporter.socket"])
        self.assertFalse(os.path.exists(self.root / "run/systemd/system"))

    def test_services_are_built_against_the_packages_and_an_agent_serves_them(self):
        self.install()
        shutil.copytree(f"{SOURCE}/tests/package/consumer", self.root / "tmp/consumer")
        self.root.run("cmake", "-S", "/tmp/consumer", "-B", "/tmp/build")
        self.root.run("cmake", "--build", "/tmp/build", "-j", os.cpu_count())
        self.root.run("sh", "-c", "g++ -std=c++20 /tmp/consumer/orders.cc -o /tmp/orders"
                      " $(pkg-config --cflags --libs shm_exporter_metrics)")
        for program in ["/tmp/build/orders", "/tmp/build/rpc", "/tmp/build/bridged", "/tmp/orders",
                        "python3 /tmp/consumer/service.py"]:
            self.root.run(*program.split(), user="nobody:nogroup")
        # As the unit has it made.
        self.root.run("install", "-d", "-o", "shm-exporter", "-m", "0700", "/run/shm-exporter/state")
        agent = Process(self.root.command(
            "shm_exporter", "--web.listen-address=unix:/run/shm-exporter/state/web.sock",
            user="shm-exporter:shm-exporter"), self.root.log)
        self.addCleanup(agent.kill)
        socket = self.root / "run/shm-exporter/state/web.sock"

        def is_counted():
            page = subprocess.run(["curl", "-sf", "--unix-socket", str(socket), "http://agent/metrics"],
                                  stdout=subprocess.PIPE, text=True, check=False).stdout
            # Two programs of that name counted 42 each.
            self.assertIn('orders_total{job="orders",kind="retail"} 84', page)
            self.assertIn('jobs_total{job="bridged",queue="fast"} 7', page)
            self.assertRegex(page, r'grpc_server_handled_total\{.*job="rpc"\} 1\n')
            self.assertRegex(page, r'grpc_server_handled_total\{.*grpc_type="UNARY",job="service"\} 1\n')
            self.assertIn('baked_total{job="service",kind="rye"} 3', page)
        eventually(is_counted)
        agent.stop()

    def test_an_upgrade_keeps_what_the_administrator_changed(self):
        self.install(["shm-exporter"])
        ours = self.root / "etc/shm-exporter/web-config.yml"
        ours.write_text("basic_auth_users: {}\n")
        ours.chmod(0o600)
        state = self.root / "run/shm-exporter/state"
        state.mkdir()
        (state / "state.db").write_text("totals")
        version = PACKAGES.field("shm-exporter", "Version")
        for other in [self.other_version("9.9-1"), PACKAGES.path("shm-exporter")]:  # and back again
            shutil.copy(other, self.root.path)
            self.root.dpkg("--force-confold", "--install", f"/{other.name}")
            self.assertEqual(ours.read_text(), "basic_auth_users: {}\n")
            self.assertEqual(self.root.mode("etc/shm-exporter/web-config.yml"), "0600 root:shm-exporter")
            self.assertEqual((state / "state.db").read_text(), "totals")
        self.assertEqual(self.root.run("dpkg-query", "-W", "-f", "${Version}", "shm-exporter"), version)

    def test_installing_the_same_version_again_changes_nothing(self):
        self.install()
        before = self.root.run("find", "/etc/shm-exporter", "/etc/systemd", "/run/shm-exporter", "-printf",
                               "%p %m %u %g %l\n")
        self.install()
        after = self.root.run("find", "/etc/shm-exporter", "/etc/systemd", "/run/shm-exporter", "-printf",
                              "%p %m %u %g %l\n")
        self.assertEqual(after, before)

    def test_removing_keeps_configuration_state_and_segments(self):
        self.install(["shm-exporter"])
        writer = self.writer()
        (self.root / "run/shm-exporter/state").mkdir()
        self.root.dpkg("--remove", "shm-exporter")
        self.assertFalse((self.root / "usr/bin/shm_exporter").exists())
        for kept in ["etc/shm-exporter/shm-exporter.yml", "run/shm-exporter/state", SEGMENTS]:
            self.assertTrue((self.root / kept).exists(), kept)
        self.assertTrue(self.segment(writer).exists())
        self.install(["shm-exporter"])
        self.assertIn("orders", self.root.run("shmtool", "check", "segments"))

    def test_a_purge_leaves_nothing_but_the_user(self):
        self.install()
        (self.root / "run/shm-exporter/state").mkdir()
        (self.root / "var/lib/shm-exporter").mkdir()
        run("mount", "-t", "tmpfs", "-o", "mode=3733", "tmpfs", self.root / SEGMENTS)
        self.root.dpkg("--purge", *NAMES)
        left = self.root.run("find", "/etc", "/run", "/usr", "/var/lib", "-xdev", "-name", "*shm?exporter*",
                             "-not", "-path", "/var/lib/dpkg/info/*").split()
        self.assertEqual(left, [])
        self.assertIn("shm-exporter:", self.root.run("getent", "passwd", "shm-exporter"))

    def test_a_purge_harms_no_producer_that_lives(self):
        self.install(["shm-exporter"])
        run("mount", "-t", "tmpfs", "-o", "mode=3733", "tmpfs", self.root / SEGMENTS)
        writer = self.writer()
        (self.root / "run/shm-exporter/state").mkdir()
        self.root.dpkg("--purge", "shm-exporter")
        self.assertFalse((self.root / "run/shm-exporter/state").exists())
        # It counts on, also what needs more room in the same file.
        writer.do("add c 41", *[f"counter n{i} new_{i}_total" for i in range(3000)], "add n2999 7")
        self.assertEqual(set(writer.answer("losses").split()[1:]), {"0"})
        counted = run(f"{BUILD}/bin/shmtool", "dump", self.segment(writer))
        self.assertIn("{} 42\n", counted)
        self.assertIn("new_2999_total", counted)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
