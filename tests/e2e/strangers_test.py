"""What other users and other programs leave in the segment directory: a lease, a hard link to somebody's
segment, files that are not the agent's."""

import os
import pathlib
import sys

import e2e
import flooder
from harness import Host, Process, eventually, value
from subject import FAMILY, JOB, Subject, expect_job, start_agent, wait_for_rescans

FLOODER = pathlib.Path(__file__).with_name("flooder.py")
PROTECTED_HARDLINKS = pathlib.Path("/proc/sys/fs/protected_hardlinks")


def refused(page, reason):
    return value(page, "shm_exporter_segments_refused_total", reason=reason)


def described(directory):
    """Everything below a directory that the agent could change."""
    paths = [directory, *sorted(directory.rglob("*"))]
    return [(str(path), status.st_ino, status.st_mode, status.st_uid, status.st_gid,
             path.read_bytes() if path.is_file() else None)
            for path in paths for status in [path.lstat()]]


class Strangers(e2e.Case):

    def start(self, host):
        host.directory.chmod(0o711)
        host.segments.chmod(0o3733)
        agent = start_agent(host)
        subject = Subject(host, "count:2", "wait", "count:3", "wait")
        self.addCleanup(subject.end)
        subject.waiting_pid()
        eventually(lambda: expect_job(agent.scrape(), live=1, ended=0, counted=2))
        return agent, subject

    @staticmethod
    def start_stranger(host, *what):
        """Another user, and how its deed ended."""
        stranger = host.keep(Process([sys.executable, "-B", FLOODER, host.segments, *what],
                                     host.directory / "stranger.log", piped=True))
        assert stranger.line() == "begun"
        return stranger, stranger.line()

    def test_a_lease_makes_nobody_wait_and_its_file_counts_when_it_is_gone(self):
        with Host(self.programs) as host:
            agent, subject = self.start(host)
            stranger, outcome = self.start_stranger(host, "lease")
            self.assertEqual(outcome, "done")

            def check():
                page = agent.scrape()
                self.assertEqual(refused(page, "leased"), 1)
                self.assertIsNone(value(page, flooder.FAMILY, job=flooder.JOB))
                expect_job(page, live=1, ended=0, counted=2)
            eventually(check)
            wait_for_rescans(host)
            check()
            subject.go_on()
            subject.waiting_pid()
            eventually(lambda: expect_job(agent.scrape(), live=1, ended=0, counted=5))
            stranger.kill()
            eventually(lambda: self.assertEqual(
                value(agent.scrape(), flooder.FAMILY, job=flooder.JOB), 1))

    def test_an_agent_that_starts_beside_a_lease_serves(self):
        with Host(self.programs) as host:
            host.directory.chmod(0o711)
            host.segments.chmod(0o3733)
            self.start_stranger(host, "lease")
            agent, _ = self.start(host)
            self.assertEqual(refused(agent.scrape(), "leased"), 1)

    def test_a_hard_link_counts_nothing_twice_and_goes_with_the_segment(self):
        with Host(self.programs) as host:
            agent, subject = self.start(host)
            segment, = host.segments.glob("*.shmx")
            _, outcome = self.start_stranger(host, "link", segment.name)
            protected = PROTECTED_HARDLINKS.read_text(encoding="ascii").strip() != "0"
            self.assertEqual(outcome, "Operation not permitted" if protected else "done")
            if protected:  # then as who is allowed to
                os.link(segment, host.segments / "link.shmx")

            def check():
                page = agent.scrape()
                self.assertEqual(refused(page, "hard_link"), 1)
                expect_job(page, live=1, ended=0, counted=2)
            eventually(check)
            wait_for_rescans(host)
            check()
            subject.end()
            eventually(lambda: expect_job(agent.scrape(), live=0, ended=1, counted=2))
            eventually(lambda: self.assertEqual(list(host.segments.glob("*.shmx")), []))
            expect_job(agent.scrape(), live=0, ended=1, counted=2)

    def test_nothing_changes_in_a_directory_of_others_but_the_agents_own(self):
        with Host(self.programs) as host:
            host.segments.chmod(0o750)
            (host.segments / "empty").touch(0o600)
            (host.segments / "notes.txt").write_text("not the agent's", encoding="ascii")
            (host.segments / "data.shmx").write_text("of another program", encoding="ascii")
            (host.segments / f".{'ab' * 16}").write_text("called as a segment is", encoding="ascii")
            (host.segments / ".hidden").write_text("hidden", encoding="ascii")
            (host.segments / "folder").mkdir(0o700)
            (host.segments / "folder" / f".{'cd' * 16}").touch()
            (host.segments / "folder.shmx").mkdir()
            (host.segments / "link.shmx").symlink_to("notes.txt")
            os.chown(host.segments / "notes.txt", flooder.NOBODY, flooder.NOBODY)
            before = described(host.segments)
            agent = start_agent(host)
            subject = Subject(host, "count:2", "wait")
            self.addCleanup(subject.end)
            subject.waiting_pid()
            eventually(lambda: self.assertEqual(value(agent.scrape(), FAMILY, job=JOB), 2))
            subject.end()
            eventually(lambda: expect_job(agent.scrape(), live=0, ended=1, counted=2))
            wait_for_rescans(host)
            agent.stop()
            self.assertEqual(described(host.segments), before)


if __name__ == "__main__":
    e2e.main()
