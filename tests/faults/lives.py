"""Many lives of services, with an agent that is killed while it folds, and a scraper that finds no count
lost and none counted twice. The schedule comes from a seed: SHMX_SEED=... replays it. SHMX_FULL=1: ten
times as many.

    lives.py --agent PATH --service PATH --stepper PATH [--lives N] [--mutant loses|doubles]

With --mutant the agent is one that loses counts or doubles them: it passes when just that is found."""

import argparse
import collections
import ctypes
import heapq
import itertools
import os
import pathlib
import selectors
import shutil
import signal
import sys
import tempfile
import threading
import time

import agent as agents
import runs
import schedule
from scraper import Scraper
from tally import Tallies, Wrong

LIVES = 1_000
LIVES_FULL = 10_000

# As many lives at once as keep two cores busy, most of them in some wait.
AT_ONCE = 10

# One in ten lives: a kill of the agent inside a fold.
LIVES_PER_KILL = 10

# Pages of one agent before it is killed at a call of a fold: there is something that may fall.
PAGES_BETWEEN_KILLS = 3

# Only a failing run waits this long for anything to happen.
DEADLINE_S = 60

# How the scraper calls what such an agent does.
MUTANTS = {"loses": ("gone", "fell", "lost"), "doubles": ("counted twice",)}

PR_SET_CHILD_SUBREAPER = 36


class Harness:
    """One run, in a directory of its own on a tmpfs."""

    def __init__(self, programs, seed, lives):
        self.programs = programs
        self.seed = seed
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="shm-exporter-lives.", dir="/dev/shm"))
        self.segments = self.directory / "segments"
        self.segments.mkdir()
        self._lock = threading.Lock()
        self._tallies = Tallies(programs.service, self.directory / "tallies", AT_ONCE)
        self.scraper = Scraper(self._tallies, self._lock)
        self._selector = selectors.DefaultSelector()
        self._actions = []  # a heap of (time, order, what to do)
        self._order = itertools.count()
        self._lives = lives
        self._living = 0
        self._pids = set()  # of services that are not reaped yet
        self._arms = []     # calls at which an agent is still to be killed
        self._agent = None
        self._restarting = True  # after its end
        self._log = []
        self.incarnations = 0
        self.kills = collections.Counter()
        self.calls = collections.Counter()
        # A forked child whose parent is gone comes to this process.
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def run(self):
        """Until all lives have ended and the agent has folded them all."""
        self._start_agent()
        self._wait_until(lambda: self._agent.address)
        self.scraper.start()
        # At most as many again, until the agent has been killed inside of enough folds.
        for number in range(2 * self._lives):
            if number >= self._lives and self.kills["inside"] >= self._lives // LIVES_PER_KILL:
                break
            life = schedule.life(self.seed, number)
            # Kills that are to come first do come; they need lives that end.
            self._wait_until(lambda: self._living < AT_ONCE and
                             (not self._arms or (self._agent.armed and not self._living)))
            self._start(life)
        self._wait_until(lambda: self._living == 0)
        self._settle()

    def close(self):
        for pid in self._pids:
            os.kill(pid, signal.SIGKILL)
        if self.scraper.is_alive():
            self.scraper.stop()
        if self._agent is not None:
            self._agent.close()
        shutil.rmtree(self.directory)

    # Time.

    def _at(self, delay_s, action):
        heapq.heappush(self._actions, (time.monotonic() + delay_s, next(self._order), action))

    def _wait_until(self, condition):
        """Lets things happen until the condition holds."""
        deadline = time.monotonic() + DEADLINE_S
        while not condition():
            assert time.monotonic() < deadline, "nothing happens any more\n" + "\n".join(self._log[-20:])
            self._step()

    def _step(self):
        self.scraper.check()
        pause = self._actions[0][0] - time.monotonic() if self._actions else 0.1
        for key, _ in self._selector.select(max(0, min(pause, 0.1))):
            key.data()
        while self._actions and self._actions[0][0] <= time.monotonic():
            heapq.heappop(self._actions)[2]()
        self._arm_agent()

    # Lives.

    def _start(self, life):
        with self._lock:
            slot = self._tallies.begin(life.group)
        ours, theirs = os.pipe()
        os.set_inheritable(theirs, True)
        arguments = [self.programs.service, self._tallies.path, slot, life.seed, life.threads, life.counts,
                     life.fork_at, life.ending, life.end, theirs]
        environment = {**os.environ, "SHM_EXPORTER_DIR": str(self.segments), "OTEL_SERVICE_NAME": life.job}
        pid = os.posix_spawn(self.programs.service, [str(a) for a in arguments], environment)
        os.close(theirs)
        self._living += 1
        self._pids.add(pid)
        # Its end closes the other end of the pipe, and its child's end too if it has one.
        self._selector.register(ours, selectors.EVENT_READ, lambda: self._ended(life, slot, ours))
        if life.end == "kill":
            self._at(life.killed_after_s, lambda: self._kill(life, pid))
        elif life.agent_killed == "fold":
            self._arms.append(life.agent_killed_at)

    def _kill(self, life, pid):
        if life.agent_killed == "fold":
            self._arms.append(life.agent_killed_at)
            self._arm_agent()
        if pid in self._pids:
            os.kill(pid, signal.SIGKILL)

    def _ended(self, life, slot, pipe):
        self._selector.unregister(pipe)
        os.close(pipe)
        with self._lock:
            complete = self._tallies.finish(slot, life.threads * 2)
        assert complete or life.end == "kill", f"a service did not finish: {life}"
        self._living -= 1
        self._reap()
        if life.agent_killed == "blind":
            self._at(life.agent_killed_after_s, self._kill_agent)

    def _reap(self):
        """Takes the statuses of services; a crash of one fails the run."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self._pids.discard(pid)
            assert status in (0, signal.SIGKILL), f"a service crashed: status {status}"

    # The agent.

    def _start_agent(self):
        self._agent = agent = agents.Agent(self.programs.stepper, runs.command(
            self.programs.agent, self.segments, self.directory / "state"))
        self.incarnations += 1
        self._selector.register(agent.events, selectors.EVENT_READ, lambda: self._agent_event(agent))
        self._selector.register(agent.log, selectors.EVENT_READ, lambda: self._agent_log(agent))

    def _agent_log(self, agent):
        if agent.status is not None:
            return  # Read and closed, just now.
        lines = agent.take_log()
        self._log.extend(lines or [])
        self.scraper.watch(agent.address)
        if lines is None:
            self._selector.unregister(agent.log)

    def _agent_event(self, agent):
        agent.take_events()
        if agent.status is None:
            return
        self.scraper.watch(None)
        self._log.extend(agent.take_log() or [])
        assert agent.status == (signal.SIGKILL if self._restarting else 0), \
            f"the agent ended by itself, status {agent.status}:\n" + "\n".join(self._log[-20:])
        self.kills["blind" if agent.killed_at is None else "inside"] += 1
        if agent.killed_at is not None:
            self.calls[agent.killed_at] += 1
        self._selector.unregister(agent.events)
        if agent.log in self._selector.get_map():
            self._selector.unregister(agent.log)
        agent.close()
        if self._restarting:
            self._at(schedule.restart_after_s(self.seed, self.incarnations), self._start_agent)

    def _arm_agent(self):
        """The next kill at a call of a fold, if there is one to come and the agent serves."""
        agent = self._agent
        if self._arms and not agent.armed and agent.status is None and agent.address \
                and self.scraper.pages_of(agent.address) >= PAGES_BETWEEN_KILLS:
            agent.arm(self._arms.pop(0))

    def _kill_agent(self):
        if self._agent.status is None:
            self._agent.kill()

    # The end.

    def _settle(self):
        """Every segment is folded and removed; then the page says exactly what was counted, also after one
        more kill; and the state has forgotten the segments."""
        self._arms.clear()
        self._wait_until(lambda: not list(self.segments.iterdir()))
        self._check_end()
        self._wait_until(lambda: self._agent.status is None)
        before = self._agent
        before.kill()
        self._wait_until(lambda: self._agent is not before and self._agent.address)
        self._check_end()
        self._wait_until(lambda: runs.forgotten(self.directory / "state"))
        self._restarting = False
        os.kill(self._agent.pid, signal.SIGTERM)
        self._wait_until(lambda: self._agent.status is not None)

    def _check_end(self):
        """The pages from now on: the scraper holds them against the tallies; here, equality."""
        address = self._agent.address
        pages = self.scraper.pages_of(address) + 2  # One that was begun after now.
        self._wait_until(lambda: self.scraper.pages_of(self._agent.address) >= pages
                         or self._agent.address != address)
        shown = self.scraper.last()
        exact = {key: count for key, count in self._tallies.attempted().items()
                 if ("end", "exit") in key[1] and count}
        wrong = [f"{key}: {count} counted, {shown.get(key, 0)} shown"
                 for key, count in exact.items() if shown.get(key, 0) != count]
        if wrong or not exact:
            raise Wrong("lives that exited:\n" + "\n".join(wrong))


def parse_arguments():
    full = os.environ.get("SHMX_FULL") == "1"
    parser = argparse.ArgumentParser()
    for program in ("agent", "service", "stepper"):
        parser.add_argument(f"--{program}", required=True)
    parser.add_argument("--lives", type=int, default=LIVES_FULL if full else LIVES)
    parser.add_argument("--mutant", choices=MUTANTS)
    return parser.parse_args()


def report(harness, took):
    scraper = harness.scraper
    print(f"{took:.1f} s; asked {scraper.asked} times ({scraper.asked / took:.0f} a second), "
          f"{scraper.answered} pages\n{harness.incarnations} agents, killed: {dict(harness.kills)}\n"
          f"calls of a fold that were not made any more: {dict(sorted(harness.calls.items()))}", flush=True)


def run(harness):
    """What was wrong with the counts, or nothing."""
    began = time.monotonic()
    try:
        harness.run()
        return None
    except Wrong as wrong:
        return str(wrong)
    finally:
        harness.close()
        report(harness, time.monotonic() - began)


def main():
    arguments = parse_arguments()
    seed = os.environ.get("SHMX_SEED") or str(int.from_bytes(os.urandom(4), "big"))
    print(f"SHMX_SEED={seed}, {arguments.lives} lives", flush=True)
    harness = Harness(arguments, seed, arguments.lives)
    wrong = run(harness)
    print("the counts are right" if wrong is None else f"wrong: {wrong}", flush=True)
    if arguments.mutant:
        sys.exit(wrong is None or not wrong.startswith(MUTANTS[arguments.mutant]))
    inside = harness.kills["inside"]
    assert wrong or inside >= arguments.lives // LIVES_PER_KILL, f"only {inside} kills inside a fold"
    sys.exit(wrong is not None)


if __name__ == "__main__":
    main()
