"""What is to happen, as values: one seed gives one schedule."""

import random
from dataclasses import dataclass

JOBS = ("bakery", "dairy")
ENDINGS = ("return", "exit_now", "main_thread_first", "exec")

MOST_THREADS = 4          # what a tally has room for
MOST_COUNTS = 3_000       # of one thread that ends by itself: about a millisecond
LATEST_KILL_S = 0.03      # after the start: from before its first instruction to well into its counting
MOST_CALLS = 45           # of a fold's system calls, from its first change of a file to its last
LATEST_BLIND_KILL_S = 0.003
LATEST_RESTART_S = 0.015  # some lives begin and end while there is no agent


@dataclass(frozen=True)
class Life:
    """One process, and its forked child if it has one."""
    seed: int
    job: str
    end: str              # "exit": every count is acknowledged; "kill"
    ending: str           # how it exits
    threads: int
    counts: int           # per thread; 0: until it is killed
    fork_at: int          # -1: never
    killed_after_s: float
    agent_killed: str     # "": not with this life; "fold": at a call of the next fold; "blind"
    agent_killed_at: int  # the call
    agent_killed_after_s: float

    @property
    def group(self):
        return self.job, self.end


def life(seed, index):
    dice = random.Random(f"{seed} life {index}")
    killed = dice.random() < 0.5
    return Life(
        seed=dice.getrandbits(48), job=dice.choice(JOBS), end="kill" if killed else "exit",
        ending=dice.choice(ENDINGS), threads=dice.randint(1, MOST_THREADS),
        # Some live without a single count.
        counts=0 if killed else dice.randint(0, MOST_COUNTS) or 1,
        fork_at=dice.choice((-1, -1, -1, dice.randint(0, 500))),
        killed_after_s=dice.uniform(0, LATEST_KILL_S),
        agent_killed=dice.choices(("", "fold", "blind"), (71, 26, 3))[0],
        agent_killed_at=dice.randint(0, MOST_CALLS),
        agent_killed_after_s=dice.uniform(0, LATEST_BLIND_KILL_S))


def restart_after_s(seed, incarnation):
    """How long there is no agent."""
    return random.Random(f"{seed} agent {incarnation}").uniform(0, LATEST_RESTART_S)
