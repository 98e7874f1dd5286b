"""Whatever lies in the segment directory: the scrape is right, and what was refused is counted by
reason."""

import fcntl
import mmap
import os
import struct

import e2e
from harness import Host, eventually
from truth import expect_equal, expected

CALLS = 200
GARBAGE_BYTES = 10_000


# Where a segment says which process wrote it: shm/layout.h.
PID_OFFSET = 40


def segment_of(process, host):
    """The bytes of a live process' segment."""
    for path in host.segments.glob("*.shmx"):
        content = path.read_bytes()
        if struct.unpack_from("I", content, PID_OFFSET) == (process.pid,):
            return content
    raise AssertionError(f"process {process.pid} has no segment")


def plant(host, segment):
    """Puts one of each kind of stranger into the segment directory; `segment` is the bytes of a good one.
    They come by rename, complete: what is seen half written may be counted by another reason too."""
    strangers = host.directory / "strangers"
    strangers.mkdir()
    (strangers / "garbage.shmx").write_bytes(os.urandom(GARBAGE_BYTES))
    (strangers / "empty.shmx").touch()
    (strangers / "notes.txt").write_text("not for the agent", encoding="utf-8")
    (strangers / "directory.shmx").mkdir()
    os.mkfifo(strangers / "fifo.shmx")
    (strangers / "symlink.shmx").symlink_to("garbage.shmx")
    with open(strangers / "sparse.shmx", "wb") as sparse:
        sparse.truncate(1 << 20)
    (strangers / "truncated.shmx").write_bytes(segment[:len(segment) // 2])
    for stranger in strangers.iterdir():
        stranger.rename(host.segments / stranger.name)


# By reason: how many of what plant() leaves is refused for it.
REFUSED = {"not_a_segment": 1, "truncated": 2, "foreign_name": 1, "directory": 1, "fifo": 1,
           "symlink": 1, "sparse": 1}


def by_reason(page, name):
    """A counter's values by reason, those that are 0 left out."""
    return {dict(labels)["reason"]: count for (found, labels), count in page.items()
            if found == name and count}


class HostileWriter:
    """Holds a copy of a segment that looks alive, and does with it what no shim would do."""

    def __init__(self, host, content):
        newborn = host.directory / "hostile"
        self._file = open(newborn, "w+b")
        self._file.write(content)
        self._file.flush()
        lock = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 1, 0)
        fcntl.fcntl(self._file, fcntl.F_OFD_SETLK, lock)
        os.rename(newborn, host.segments / "hostile.shmx")

    def truncate(self):
        os.ftruncate(self._file.fileno(), mmap.PAGESIZE)

    def close(self):
        self._file.close()


class HostileDirectory(e2e.Case):

    def test_strangers_that_the_agent_finds_are_refused_by_reason(self):
        with Host(self.programs) as host:
            service = host.start_service("orders")
            truth = host.start_load([service], CALLS).result()
            plant(host, segment_of(service, host))
            agent = host.start_agent()
            self.expect_right(agent, truth)

    def test_strangers_that_come_while_the_agent_runs_are_refused_by_reason(self):
        with Host(self.programs) as host:
            agent = host.start_agent()
            service = host.start_service("orders")
            truth = host.start_load([service], CALLS).result()
            plant(host, segment_of(service, host))
            self.expect_right(agent, truth)

    def expect_right(self, agent, truth):
        def check():
            page = agent.scrape()
            expect_equal(expected(truth), page)
            self.assertEqual(by_reason(page, "shm_exporter_segments_refused_total"), REFUSED)
        eventually(check)
        check()  # refused once, not once per scrape

    def test_a_segment_that_is_cut_under_the_agent_keeps_its_last_counts(self):
        with Host(self.programs) as host:
            agent = host.start_agent()
            service = host.start_service("orders")
            truths = [host.start_load([service], CALLS).result()]
            eventually(lambda: expect_equal(expected(*truths), agent.scrape()))

            # The copy says what the service said: its job's counts are there twice from now on.
            hostile = HostileWriter(host, segment_of(service, host))
            self.addCleanup(hostile.close)
            copied = {key: count for key, count in expected(*truths).items()
                      if ("job", "orders") in key[1]}
            eventually(lambda: self.expect_with_copy(truths, copied, agent.scrape()))

            hostile.truncate()
            page = agent.scrape()
            self.expect_with_copy(truths, copied, page)
            self.assertEqual(by_reason(page, "shm_exporter_segments_quarantined_total"),
                             {"truncated": 1})

            truths.append(host.start_load([service], CALLS).result())
            eventually(lambda: self.expect_with_copy(truths, copied, agent.scrape()))

    @staticmethod
    def expect_with_copy(truths, copied, page):
        right = expected(*truths)
        right.update(copied)
        expect_equal(right, page)


if __name__ == "__main__":
    e2e.main()
