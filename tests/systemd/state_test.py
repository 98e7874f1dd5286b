"""Upgrades and rollbacks of the agent keep the totals, also over a change of the state's format."""

import case
from machine import AGENT, SEGMENTS, STATE, Producer, eventually

from harness import value

# What makes a state of this release one of the release before (schema 1.1, tests/agent/state/golden): the
# version, and the columns that it does not know.
TO_1_1 = "ALTER TABLE job DROP COLUMN tenant; PRAGMA user_version = 65537"
SCHEMA_1_2 = 65538

CHANGE = """
import sqlite3, sys
state = sqlite3.connect(sys.argv[1], isolation_level=None)
for statement in sys.argv[2].split(";"):
    print(*(state.execute(statement).fetchone() or ()))
"""


class StateTest(case.Case):

    def expect(self, number):
        self.assertEqual(value(self.machine.scrape(), "taken_total", job="orders"), number)

    def count(self, number):
        """By a process that ends, and is folded."""
        before = self.machine.run("ls", SEGMENTS)
        with Producer(self.machine, "orders") as service:
            service.do("counter a taken_total", f"add a {number}")
        eventually(lambda: self.assertEqual(self.machine.run("ls", SEGMENTS), before))

    def sql(self, statements):
        """On the state of an agent that is stopped."""
        return self.machine.run("setpriv", "--reuid=shm-exporter", "--regid=shm-exporter",
                                "--clear-groups", "/usr/bin/python3", "-c", CHANGE, STATE,
                                statements).strip()

    def test_an_upgrade_a_rollback_and_an_upgrade_keep_the_totals(self):
        self.count(5)
        self.expect(5)
        for number in (1, 2):
            self.machine.run("systemctl", "stop", AGENT)
            self.sql(TO_1_1)  # As the release before leaves it.
            self.machine.run("systemctl", "start", AGENT)
            self.expect(5 + 10 * (number - 1))
            self.count(10)
            self.expect(5 + 10 * number)
            self.machine.run("systemctl", "stop", AGENT)
            self.assertEqual(self.sql("PRAGMA user_version"), str(SCHEMA_1_2))
            # Which the release before reads: every column that it knows is there.
            self.assertEqual(self.sql("SELECT name, ended FROM job"), f"orders {1 + number}")
            self.machine.run("systemctl", "start", AGENT)
            self.expect(5 + 10 * number)
        self.assertEqual(value(self.machine.scrape(), "shm_exporter_states_lost_total",
                               reason="corrupt"), 0)

    def test_a_state_of_a_later_major_is_set_aside_and_no_count_doubles(self):
        with Producer(self.machine, "live", job="orders") as live:
            live.do("counter a taken_total", "add a 3")
            self.count(5)
            self.expect(8)
            self.machine.run("systemctl", "stop", AGENT)
            self.sql("PRAGMA user_version = 131072")
            self.machine.run("systemctl", "start", AGENT)
            live.do("add a 1")
            self.expect(1)


if __name__ == "__main__":
    case.main()
