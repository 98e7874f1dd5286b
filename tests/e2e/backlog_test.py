"""Dead segments that are more than the agent takes at once, and live ones that are more than it takes at
all."""

import e2e
import flooder
from harness import Host, eventually, value
from tiny_segment import lock, tiny_segment

# Several rounds of the scanner's kMaxDeadHeld.
DEAD = 1500

# An agent with so few descriptors holds 188 live segments: agent/scan/budget.h.
DESCRIPTORS = 700
LIVE_HELD = DESCRIPTORS - 512
LIVE = 300


class Backlog(e2e.Case):

    @staticmethod
    def write(host, name, count, live=False):
        newborn = host.directory / name
        file = open(newborn, "w+b")
        file.write(tiny_segment(flooder.JOB, flooder.FAMILY, count))
        file.flush()
        if live:
            lock(file)
        else:
            file.close()
        newborn.rename(host.segments / f"{name}.shmx")
        return file

    @staticmethod
    def shown(agent):
        return value(agent.scrape(), flooder.FAMILY, job=flooder.JOB)

    def test_the_first_page_of_an_agent_has_all_that_died_before(self):
        with Host(self.programs) as host:
            for i in range(DEAD):
                self.write(host, f"dead{i}", 1)
            live = self.write(host, "live", 10_000, live=True)
            self.addCleanup(live.close)
            agent = host.start_agent()
            self.assertEqual(eventually(lambda: self.shown(agent)), DEAD + 10_000)
            self.assertEqual([path.name for path in host.segments.iterdir()], ["live.shmx"])
            agent.kill()
            again = host.start_agent()
            self.assertEqual(eventually(lambda: self.shown(again)), DEAD + 10_000)

    def test_an_agent_that_lost_its_state_counts_nothing_that_died_before(self):
        with Host(self.programs) as host:
            agent = host.start_agent()
            eventually(agent.scrape)
            agent.kill()
            (host.directory / "state" / "state.db").unlink()
            for i in range(DEAD):
                self.write(host, f"dead{i}", 1)
            live = self.write(host, "live", 10_000, live=True)
            self.addCleanup(live.close)
            again = host.start_agent()
            self.assertEqual(eventually(lambda: self.shown(again)), 0)
            self.assertEqual([path.name for path in host.segments.iterdir()], ["live.shmx"])
            self.write(host, "newcomer", 5)
            eventually(lambda: self.assertEqual(self.shown(again), 5))

    def test_live_segments_beyond_the_agents_descriptors_are_refused_and_counted_when_they_are_dead(self):
        with Host(self.programs) as host:
            few = host.directory / "agent_with_few_descriptors"
            few.write_text(f'#!/bin/sh\nexec prlimit --nofile={DESCRIPTORS} {self.programs.agent} "$@"\n',
                           encoding="ascii")
            few.chmod(0o755)
            host.programs = type(self.programs)(str(few), self.programs.service, self.programs.client)
            agent = host.start_agent("--segments.rescan-interval", "1s")
            live = [self.write(host, f"live{i}", 1, live=True) for i in range(LIVE)]

            def check_refused():
                page = agent.scrape()
                self.assertEqual(value(page, flooder.FAMILY, job=flooder.JOB), LIVE_HELD)
                self.assertEqual(value(page, "shm_exporter_segments_refused_total", reason="budget"),
                                 LIVE - LIVE_HELD)
            eventually(check_refused)
            for file in live:
                file.close()
            eventually(lambda: self.assertEqual(self.shown(agent), LIVE))
            eventually(lambda: self.assertEqual(list(host.segments.iterdir()), []))
            self.assertEqual(self.shown(agent), LIVE)


if __name__ == "__main__":
    e2e.main()
