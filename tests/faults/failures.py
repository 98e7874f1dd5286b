"""The state cannot be written, or not be opened, for a while: the agent serves right numbers or none, says
so, counts it, removes no segment that is not durable, and goes on by itself when the failure is over.

    failures.py --agent PATH --service PATH [TEST]
"""

import argparse
import os
import subprocess
import sys
import unittest

from runs import Agent, Place, eventually
from tally import Tallies

# Of the file systems that are filled up: room for a state, and for the segments of a test.
SMALL_BYTES = 512 * 1024
SMALL_INODES = 64

# More than the agent needs to meet the failure, at its start and at its first scrapes.
FAILURES_AT_START = 4


class Failing:
    """Calls of a running agent that fail, until the end of the block. `rule`: as strace's inject has it."""

    def __init__(self, pid, rule, paths):
        calls = rule.split(":")[0]
        only = [part for path in paths for part in ("-P", str(path))]
        self._strace = subprocess.Popen(
            ["strace", "-f", "-p", str(pid), *only, "-e", f"trace={calls}", "-e", f"inject={rule}"],
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.hits = 0
        while "attached" not in (line := self._strace.stderr.readline()):
            assert line, "strace has ended"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._strace.terminate()
        _, said = self._strace.communicate()
        self.hits = said.count("(INJECTED)")


class Failures(unittest.TestCase):
    programs = None

    def setUp(self):
        self.place = self.enterContext(Place())
        self.tallies = Tallies(self.programs.service, self.place.path / "tallies", 1)
        self.seed = 0
        self.shown = None  # the path of the last segment, once it is shown

    def dead_segment(self):
        """A process lives and dies where no agent looks. Returns what shows its segment to the agent."""
        self.seed += 1
        # On the file system of the segments, which may be one of its own.
        aside = self.place.segments / "aside"
        aside.mkdir(exist_ok=True)
        name = self.place.live(self.programs.service, self.tallies, "bakery", self.seed, aside)
        self.shown = self.place.segments / name
        return lambda: os.rename(aside / name, self.shown)

    def fold_one(self, agent):
        """A fold as it should be."""
        self.dead_segment()()
        self.expect_folded(agent)

    def expect_folded(self, agent):
        agent.address()
        eventually(lambda: agent.runs() and not self.segments())
        self.expect_exact(agent.samples())

    def segments(self):
        return [name for name in self.place.segment_names() if name.endswith(".shmx")]

    def expect_exact(self, samples):
        counted = {key: count for key, count in self.tallies.acknowledged().items()
                   if key in samples or count}
        self.assertEqual(samples, counted)

    def expect_after_restart(self, kill):
        """The agent that comes next finds all there is."""
        kill()
        with Agent(self.programs.agent, self.place) as agent:
            self.expect_folded(agent)

    # What fails.

    def fail_while_folding(self, rule, paths):
        """A fold meets the failure. Yields nothing: all is checked here."""
        with Agent(self.programs.agent, self.place) as agent:
            self.fold_one(agent)
            failures = agent.number("shm_exporter_fold_failures_total")
            show = self.dead_segment()
            with Failing(agent.pid, rule, paths) as failing:
                show()
                self.expect_trouble(agent, failures)
            self.assertGreater(failing.hits, 0)
            self.expect_folded(agent)
            self.assertIn("the state can be written again", agent.log_text())
            self.expect_after_restart(agent.kill)

    def expect_trouble(self, agent, failures):
        """The state cannot be written: told, counted, and nobody sees anything else of it."""
        eventually(lambda: agent.number("shm_exporter_fold_failures_total") > failures)
        self.expect_exact(agent.samples())
        self.assertEqual(len(self.segments()), 1)
        self.assertIn("the state cannot be written", agent.log_text())

    def state_files(self):
        return [self.place.state / name for name in ("state.db", "state.db-journal")]

    def test_a_write_error_of_the_state(self):
        self.fail_while_folding("pwrite64:error=EIO", self.state_files())

    def test_a_write_error_in_the_middle_of_a_transaction(self):
        self.fail_while_folding("pwrite64:error=EIO:when=8+", self.state_files())

    def test_no_space_for_the_state(self):
        self.fail_while_folding("pwrite64:error=ENOSPC", self.state_files())

    def test_no_space_in_the_middle_of_a_transaction(self):
        self.fail_while_folding("pwrite64:error=ENOSPC:when=8+", self.state_files())

    def test_a_commit_whose_journal_cannot_be_truncated(self):
        self.fail_while_folding("ftruncate:error=EIO", self.state_files())

    def test_a_kill_while_the_state_cannot_be_written(self):
        with Agent(self.programs.agent, self.place) as agent:
            self.fold_one(agent)
            failures = agent.number("shm_exporter_fold_failures_total")
            show = self.dead_segment()
            with Failing(agent.pid, "pwrite64:error=EIO:when=8+", self.state_files()):
                show()
                self.expect_trouble(agent, failures)
                agent.kill()
        self.expect_after_restart(agent.kill)

    def test_a_segment_that_cannot_be_removed_is_counted_once(self):
        with Agent(self.programs.agent, self.place) as agent:
            self.fold_one(agent)
            show = self.dead_segment()
            with Failing(agent.pid, "unlinkat:error=EIO", []) as failing:
                show()
                eventually(lambda: agent.number("shm_exporter_unlink_failures_total"))
                self.expect_exact(agent.samples())
                self.assertEqual(len(self.segments()), 1)
            self.assertGreater(failing.hits, 0)
            self.expect_after_restart(agent.kill)

    # What fails at the start, as often as it takes to be seen.

    def fail_at_start(self, rule, path):
        with Agent(self.programs.agent, self.place) as agent:
            self.fold_one(agent)
            agent.stop()
        show = self.dead_segment()
        show()
        trace = self.place.path / "trace"
        calls = rule.split(":")[0]
        with Agent(self.programs.agent, self.place, prefix=[
                "strace", "-D", "-f", "-qq", "-o", trace, "-P", path, "-e", f"trace={calls}",
                "-e", f"inject={rule}:when=1..{FAILURES_AT_START}"]) as agent:
            self.expect_folded(agent)  # Until then: 503.
            self.assertGreater(trace.read_text().count("(INJECTED)"), 0)
            self.assertIn("no page is served until it can", agent.log_text())
            self.assertGreater(agent.number("shm_exporter_fold_failures_total"), 0)
            self.expect_after_restart(agent.kill)

    def test_no_descriptor_for_the_state(self):
        self.fail_at_start("openat:error=EMFILE", self.place.state / "state.db")

    def test_no_memory_to_open_the_state(self):
        self.fail_at_start("openat:error=ENOMEM", self.place.state / "state.db")

    def test_no_memory_to_map_a_segment(self):
        with Agent(self.programs.agent, self.place) as agent:
            self.fold_one(agent)
            show = self.dead_segment()
            with Failing(agent.pid, "mmap:error=ENOMEM", [self.shown]) as failing:
                show()
                eventually(lambda: agent.page() is None)
                self.assertEqual(len(self.segments()), 1)
            self.assertGreater(failing.hits, 0)
            self.expect_folded(agent)
            self.assertGreater(agent.number("shm_exporter_own_failures_total"), 0)

    # What is full.

    def mount(self, path):
        path.mkdir(exist_ok=True)
        options = f"size={SMALL_BYTES},nr_inodes={SMALL_INODES},mode=0700"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", path], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", path], check=True)

    @staticmethod
    def fill(path):
        """Not a byte is left. Returns what makes room again."""
        filler = path / "filler"
        with open(filler, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass
        return filler.unlink

    @staticmethod
    def fill_inodes(path):
        try:
            for i in range(SMALL_INODES):
                (path / f"filler-{i}").touch()
        except OSError:
            return
        raise AssertionError("there are more inodes")

    def test_a_full_disk_of_the_state(self):
        self.mount(self.place.state)
        with Agent(self.programs.agent, self.place) as agent:
            self.fold_one(agent)
            failures = agent.number("shm_exporter_fold_failures_total")
            make_room = self.fill(self.place.state)
            self.dead_segment()()
            self.expect_trouble(agent, failures)
            make_room()
            self.expect_folded(agent)
            self.expect_after_restart(agent.kill)

    def test_a_full_disk_of_the_state_at_the_first_start(self):
        self.mount(self.place.state)
        make_room = self.fill(self.place.state)
        with Agent(self.programs.agent, self.place) as agent:
            self.dead_segment()()
            self.expect_trouble(agent, 0)
            make_room()
            self.expect_folded(agent)
            self.expect_after_restart(agent.kill)

    def test_folding_makes_room_where_the_services_have_none_left(self):
        self.mount(self.place.segments)
        with Agent(self.programs.agent, self.place) as agent:
            self.fold_one(agent)
            show = self.dead_segment()
            self.fill(self.place.segments)
            self.fill_inodes(self.place.segments)
            show()
            self.expect_folded(agent)
            self.expect_after_restart(agent.kill)


def main():
    parser = argparse.ArgumentParser()
    for program in ("agent", "service", "stepper"):
        parser.add_argument(f"--{program}", required=True)
    parser.add_argument("test", nargs="?", default="test_*")
    Failures.programs = parser.parse_args()
    if "SHMX_PRIVATE_MOUNTS" not in os.environ:
        # What is mounted is seen by nobody else, and goes with the last process.
        os.execvpe("unshare", ["unshare", "--mount", sys.executable, "-B", *sys.argv],
                   {**os.environ, "SHMX_PRIVATE_MOUNTS": "1"})
    unittest.main(argv=["failures", "-v", "-k", f"*.{Failures.programs.test}"])


if __name__ == "__main__":
    main()
