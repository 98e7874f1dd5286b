"""The agent is killed at each system call of a fold in turn: from its first open of a dead process's segment
to the commit that forgets it. Whatever the call, the agent after it shows every count, once, and in the end
the segment is gone and forgotten. At every third call, or with SHMX_FULL=1 at every one.

    every_call.py --agent PATH --service PATH --stepper PATH
"""

import argparse
import concurrent.futures
import os
import subprocess

from runs import Agent, Place, command, eventually, forgotten
from tally import Tallies

CALLS_BETWEEN_KILLS = 1 if os.environ.get("SHMX_FULL") == "1" else 3

# Much of a case is waiting for the agent's next rescan.
AT_ONCE = 16


class Fold:
    """What is the same in all cases: a state with totals, a dead segment and a live one."""

    def __init__(self, programs):
        self.programs = programs
        self.template = Place()
        tallies = Tallies(programs.service, self.template.path / "tallies", 3)
        self.template.live(programs.service, tallies, "bakery", 1)
        with Agent(programs.agent, self.template) as agent:
            agent.samples()
            eventually(lambda: not self.template.segment_names())
            agent.stop()
        self.dead = self.template.live(programs.service, tallies, "bakery", 2)
        self.living = self.template.live(programs.service, tallies, "dairy", 3)
        self.counted = tallies.acknowledged()

    def place(self):
        """A copy of all that."""
        place = Place(self.template)
        place.hold(self.living)
        return place

    def stepped(self, place, kill_at):
        """An agent that is killed at a call of its fold."""
        return subprocess.Popen(
            [self.programs.stepper, "--from-open", self.dead, str(kill_at),
             *command(self.programs.agent, place.segments, place.state)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def calls(self):
        """What kinds of calls a fold makes, in order, up to the end of the commit that forgets."""
        kinds = []
        with self.place() as place, self.stepped(place, -1) as stepper:
            removed = forgotten = False
            while not (forgotten and kinds[-1] == "waits"):
                line = stepper.stdout.readline()
                assert line, "the agent has ended"
                word, *rest = line.split()
                if word == "call":
                    kinds.append(rest[1])
                    forgotten = forgotten or (removed and rest[1] == "changes")
                    removed = removed or rest[1] == "removes"
            stepper.stdin.close()
        return kinds

    def kill_at(self, number):
        """One case. Returns what is wrong with it, or nothing."""
        with self.place() as place:
            with self.stepped(place, number) as stepper:
                told = stepper.stdout.read()
                stepper.stdin.close()
            if f"killed {number} " not in told:
                return f"call {number} was not made: {told}"
            with Agent(self.programs.agent, place) as agent:
                shown = agent.samples()
                eventually(lambda: agent.runs() and place.segment_names() == [self.living]
                           and forgotten(place.state))
                for samples in (shown, agent.samples()):
                    if samples != self.counted:
                        return f"killed at call {number}, then: {differences(self.counted, samples)}"
                agent.stop()
        return None


def differences(counted, shown):
    return [f"{key}: {counted.get(key)} counted, {shown.get(key)} shown"
            for key in sorted({**counted, **shown}) if counted.get(key) != shown.get(key)][:10]


def main():
    parser = argparse.ArgumentParser()
    for program in ("agent", "service", "stepper"):
        parser.add_argument(f"--{program}", required=True)
    fold = Fold(parser.parse_args())
    with fold.template:
        kinds = fold.calls()
        assert kinds.count("removes") and kinds.count("changes") > 5, f"that is no fold: {kinds}"
        print(f"a fold of {len(kinds)} calls", flush=True)
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            wrong = [result for result in pool.map(fold.kill_at, range(0, len(kinds), CALLS_BETWEEN_KILLS))
                     if result]
    assert not wrong, "\n".join(wrong)


if __name__ == "__main__":
    main()
