"""Services with sandboxes of their own publish: what each needs is the table of systemd/README.md."""

import pathlib
import re

import case
from machine import Producer, eventually

from harness import value

SYSTEMD = pathlib.Path(__file__).resolve().parents[2] / "systemd"
HEADING = "## For the owner of a service"


def table():
    """[(the properties of a unit, what becomes of its metrics without the drop-in)]."""
    text = (SYSTEMD / "README.md").read_text(encoding="utf-8").split(HEADING, 1)[1]
    rows = [line.split("|")[1:-1] for line in text.splitlines() if line.startswith("| `")]
    return [(re.findall(r"`([^`]+)`", first), second.strip()) for first, second, *_ in rows]


class ServiceOwnerTest(case.Case):

    def counted(self, job):
        return value(self.machine.scrape(), "taken_total", job=job)

    def publish(self, job, properties):
        with Producer(self.machine, job, *properties) as service:
            service.do("counter a taken_total", "add a 5")
            return self.counted(job)

    def test_each_row_of_the_table_is_so(self):
        rows = table()
        self.assertGreater(len(rows), 10)
        for number, (properties, outcome) in enumerate(rows):
            with self.subTest(properties):
                counted = self.publish(f"bare{number}", properties)
                self.assertEqual(counted, {"published": 5, "nothing": None}[outcome.split()[0]])

    def test_with_the_drop_in_all_publish(self):
        drop_in = (SYSTEMD / "service-owner.conf").read_text(encoding="utf-8")
        for number, (properties, _) in enumerate(table()):
            with self.subTest(properties):
                self.machine.drop_in(f"with{number}.service", drop_in)
                self.assertEqual(self.publish(f"with{number}", properties), 5)

    def test_the_drop_in_harms_nobody_where_there_is_no_agent(self):
        drop_in = (SYSTEMD / "service-owner.conf").read_text(encoding="utf-8")
        self.machine.run("systemctl", "stop", "shm-exporter.service", "shm-exporter.socket",
                         r"run-shm\x2dexporter-segments.mount")
        self.machine.run("rm", "-r", "/run/shm-exporter")
        self.machine.drop_in("alone.service", drop_in)
        with Producer(self.machine, "alone", "DynamicUser=yes") as service:
            service.do("counter a taken_total", "add a 5")

    def test_the_owner_is_who_the_kernel_says(self):
        with Producer(self.machine, "first", "User=daemon", "PrivateUsers=yes", job="orders") as first, \
                Producer(self.machine, "second", "User=nobody", job="orders") as second:
            first.do("counter a taken_total", "add a 5")
            self.assertEqual(self.counted("orders"), 5)
            second.do("counter a taken_total", "add a 7")

            def check():
                page = self.machine.scrape()
                self.assertEqual(value(page, "taken_total", job="orders"), 5)
                self.assertEqual(value(page, "taken_total", job="orders", uid="65534"), 7)
            eventually(check)


if __name__ == "__main__":
    case.main()
