"""The package on a host with systemd: it comes and goes, and no service notices."""

import pathlib
import re
import subprocess
import unittest

import case
from machine import AGENT, MOUNT, SEGMENTS, SOCKET, Machine, Packages, Producer, eventually

from harness import value

README = pathlib.Path(__file__).resolve().parents[2] / "README.md"


def operators_blocks():
    """The first two of the README's chapter for operators: how to install, and what to call then."""
    chapter = README.read_text(encoding="utf-8").split("## For an operator\n", 1)[1]
    return [block.splitlines() for block in re.findall(r"^```\w*\n(.*?)^```", chapter, re.M | re.S)[:2]]


class ReadmeTest(unittest.TestCase):
    """From nothing to a host that is watched, by the README's own lines."""

    def test_the_lines_for_operators_do_what_they_say(self):
        install, (agent, usage, check, config, top, dump) = operators_blocks()
        with Machine(case.Case.build) as machine:
            package = Packages(machine.build).path("shm-exporter")
            machine.write_bytes(f"/root/build/release/packages/{package.name}", package.read_bytes())
            machine.run("sh", "-c", f"cd /root && {install[-1]}")
            with Producer(machine, "orders") as producer:
                producer.do("counter a taken_total", "add a 3")
                self.assertEqual(value(machine.scrape(), "taken_total", job="orders"), 3)
                segment = producer.answer("path").removeprefix("ok ")
                self.assertIn("--web.listen-address", machine.run("sh", "-c", usage))
                self.assertIn("orders", machine.run("sh", "-c", check))
                self.assertIn("OK", machine.run(
                    "sh", "-c", config.replace("FILE", "/etc/shm-exporter/shm-exporter.yml")))
                written = f"{SEGMENTS}/X.shmx"
                self.assertIn(written, dump)
                self.assertIn("taken_total", machine.run(
                    "sh", "-c", dump.replace(written, segment).replace("[--json]", "--json")))
                self.live(machine, top)
                self.by_hand(machine, agent)

    def by_hand(self, machine, agent):
        """In place of the unit, as its user, since the totals are that user's."""
        machine.run("systemctl", "stop", SOCKET, AGENT)
        with subprocess.Popen(machine.command("setpriv", "--pdeathsig=KILL", "runuser", "--user=shm-exporter",
                                              "--", "sh", "-c", f"exec {agent}")) as process:
            eventually(lambda: self.assertIn("taken_total", machine.page()))
            process.kill()

    def live(self, machine, top):
        """It draws until it is told to quit."""
        with subprocess.Popen(machine.command("env", "TERM=xterm", "script", "--quiet", "--command", top,
                                              "/dev/null"),
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE) as screen:
            shown = b""
            while b"orders" not in shown:
                shown += (drawn := screen.stdout.read1())
                self.assertTrue(drawn, shown)
            screen.communicate(b"q")
        self.assertEqual(screen.returncode, 0)


class PackageTest(case.Case):

    def expect(self, number):
        self.assertEqual(value(self.machine.scrape(), "taken_total", job="orders"), number)

    def exists(self, path):
        return self.machine.tell("stat", "--format=%F", path).strip() == "directory"

    def test_it_runs_once_installed_and_is_enabled(self):
        for unit in (MOUNT, SOCKET, AGENT):
            self.assertEqual(self.machine.show("ActiveState", unit), "active", unit)
            self.assertEqual(self.machine.run("systemctl", "is-enabled", unit).strip(), "enabled", unit)
        self.machine.scrape()
        self.assertEqual(self.machine.run("dpkg", "--verify", "shm-exporter"), "")

    def test_an_upgrade_refuses_no_scrape_and_keeps_the_counts(self):
        live = self.enterContext(Producer(self.machine, "live", job="orders"))
        live.do("counter a taken_total", "add a 3")
        with Producer(self.machine, "ended", job="orders") as ended:
            ended.do("counter a taken_total", "add a 5")
        pid = self.machine.main_pid()
        with self.machine.scraping() as scrapes:
            self.machine.install()
        self.assertEqual(scrapes.failures, [])
        self.assertNotEqual(self.machine.main_pid(), pid)
        live.do("add a 1")
        eventually(lambda: self.expect(9))

    def test_a_removal_and_a_return_go_on_where_it_was(self):
        live = self.enterContext(Producer(self.machine, "orders"))
        live.do("counter a taken_total", "add a 3")
        self.expect(3)
        self.machine.run("dpkg", "--remove", "shm-exporter")
        with self.assertRaises(OSError):
            self.machine.page()
        live.do("add a 1")
        self.machine.install()
        self.expect(4)

    def test_a_purge_harms_no_service_that_counts(self):
        live = self.enterContext(Producer(self.machine, "orders"))
        live.do("counter a taken_total", "add a 3")
        self.expect(3)
        self.machine.run("dpkg", "--purge", "shm-exporter")
        live.do("add a 1", "counter b other_total", "add b 1")
        self.assertFalse(self.exists("/run/shm-exporter/state"))
        self.assertFalse(self.exists("/etc/shm-exporter"))
        self.machine.install()
        live.do("add a 1")
        self.expect(5)  # Its segment has all that it ever counted.

    def test_a_purge_leaves_nothing_where_nobody_counts(self):
        self.machine.run("dpkg", "--purge", "shm-exporter")
        for place in ("/run/shm-exporter", "/etc/shm-exporter", "/var/lib/shm-exporter"):
            self.assertFalse(self.exists(place), place)
        for unit in (MOUNT, SOCKET, AGENT):
            self.assertEqual(self.machine.show("ActiveState", unit), "inactive", unit)


if __name__ == "__main__":
    case.main()
