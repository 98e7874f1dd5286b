"""What services have counted, from memory that outlives them (tally.h), as the numbers that a page must
show: acknowledged <= shown <= attempted, by sample."""

import itertools
import json
import mmap
import pathlib
import re
import subprocess

NANOSECONDS = 1_000_000_000

# One sample of the services' families. Whatever else a page shows is not theirs.
SAMPLE = re.compile(r"^(life_[a-z_]+)\{(.*)\} (\S+)$", re.MULTILINE)
LABEL = re.compile(r'([a-z_]+)="([^"]*)"')


class Wrong(AssertionError):
    """A count was lost, or counted twice."""


class PageReader:
    """Reads pages; knows the samples' labels again, since all pages have the same ones."""

    def __init__(self):
        self._keys = {}

    def samples(self, page):
        """{(name, ((label, value), ...)): number}; seconds as whole nanoseconds."""
        found = {}
        for match in SAMPLE.finditer(page):
            key = self._key(match[1], match[2])
            if key in found:
                raise Wrong(f"twice on one page: {key}")
            number = float(match[3])
            found[key] = round(number * NANOSECONDS) if in_ticks(key[0]) else int(number)
        return found

    def _key(self, name, labels):
        key = self._keys.get((name, labels))
        if key is None:
            key = self._keys[name, labels] = (name, tuple(sorted(LABEL.findall(labels))))
        return key


def in_ticks(name):
    return name in ("life_cost_seconds_total", "life_wait_seconds_sum")


def less(left, right):
    """The samples of which there are fewer on the left side, a line each."""
    return [f"{name}{dict(labels)}: {left.get((name, labels), 0)} < {count}"
            for (name, labels), count in right.items() if left.get((name, labels), 0) < count]


class Side:
    """What all lives of one job and one end have attempted, or had acknowledged."""

    def __init__(self, numbers):
        self.numbers = [0] * numbers

    def add(self, numbers):
        self.numbers = [a + b for a, b in zip(self.numbers, numbers)]


class Tallies:
    """A file of tallies: each life gets one, whose numbers are kept when it has ended. Not for several
    threads at once."""

    def __init__(self, service, path, slots):
        shape = json.loads(subprocess.run([service, "--describe"], check=True, stdout=subprocess.PIPE).stdout)
        self._kinds = shape["kinds"]
        self._bounds = shape["bounds"]
        self._lanes = shape["lanes"]
        self._numbers = self._kinds * (3 + len(self._bounds) + 1)  # events, cost, sum, buckets
        self._words = shape["bytes"] // 8
        self.path = pathlib.Path(path)
        with open(path, "w+b") as file:
            file.truncate(slots * shape["bytes"])
            self._view = memoryview(mmap.mmap(file.fileno(), 0)).cast("Q")
        self._free = list(range(slots))
        self._living = {}  # slot: group
        self._ended = {}   # group: (attempted, acknowledged)
        self._keys = {}    # group: its samples

    def begin(self, group):
        """A slot for a life of this (job, end)."""
        if group not in self._ended:
            self._ended[group] = (Side(self._numbers), Side(self._numbers))
            self._keys[group] = self._keys_of(*group)
        slot = self._free.pop()
        self._living[slot] = group
        return slot

    def finish(self, slot, threads):
        """A life has ended, with no process left. Returns whether all that it attempted is acknowledged."""
        attempted, acknowledged = self._read(slot, 0), self._read(slot, 1)
        under_way = [a - b for a, b in zip(attempted, acknowledged)]
        per_kind = self._numbers // self._kinds
        counts = sum(n for i, n in enumerate(under_way) if i % per_kind not in (1, 2))
        assert min(under_way) >= 0 and counts <= threads, f"the tally itself is wrong: {under_way}"
        group = self._living.pop(slot)
        self._ended[group][0].add(attempted)
        self._ended[group][1].add(acknowledged)
        start = slot * self._words
        self._view[start:start + self._words] = memoryview(bytes(self._words * 8)).cast("Q")
        self._free.append(slot)
        return not any(under_way)

    def attempted(self):
        return self._samples(0)

    def acknowledged(self):
        return self._samples(1)

    def _read(self, slot, side):
        start = slot * self._words + side * self._numbers * self._lanes
        words = self._view[start:start + self._numbers * self._lanes].tolist()
        return [sum(words[i:i + self._lanes]) for i in range(0, len(words), self._lanes)]

    def _samples(self, side):
        sums = {group: list(sides[side].numbers) for group, sides in self._ended.items()}
        for slot, group in self._living.items():
            sums[group] = [a + b for a, b in zip(sums[group], self._read(slot, side))]
        found = {}
        for group, numbers in sums.items():
            found.update(zip(self._keys[group], self._shown(numbers)))
        return found

    def _shown(self, numbers):
        """As a page shows them, in the order of _keys_of()."""
        per_kind = len(numbers) // self._kinds
        shown = []
        for kind in range(0, len(numbers), per_kind):
            events, cost, sum_, *buckets = numbers[kind:kind + per_kind]
            cumulative = list(itertools.accumulate(buckets))
            shown += [events, cost, sum_, *cumulative, cumulative[-1]]
        return shown

    def _keys_of(self, job, end):
        bounds = [f"{bound / NANOSECONDS:g}" for bound in self._bounds] + ["+Inf"]
        names = [("life_events_total", {}), ("life_cost_seconds_total", {}), ("life_wait_seconds_sum", {}),
                 *(("life_wait_seconds_bucket", {"le": bound}) for bound in bounds),
                 ("life_wait_seconds_count", {})]
        return [(name, tuple(sorted({"end": end, "job": job, "kind": str(kind), **more}.items())))
                for kind in range(self._kinds) for name, more in names]
