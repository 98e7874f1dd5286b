"""The package on a host with systemd: it comes and goes, and no service notices."""

import case
from machine import AGENT, MOUNT, SEGMENTS, SOCKET, Producer, eventually

from harness import value


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
