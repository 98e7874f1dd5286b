"""A segment directory that is removed, renamed or covered under a running agent: the agent goes over to
the one that is there now, and the processes of the other keep their counts."""

import os
import shutil
import signal

import e2e
from harness import Host, eventually
from private_tmpfs import tmpfs, unshare_mounts
from subject import Subject, expect_job, start_agent, wait_for_rescans


class LostDirectory(e2e.Case):

    def subject(self, host, *steps):
        subject = Subject(host, *steps)
        self.addCleanup(subject.end)
        subject.waiting_pid()
        return subject

    @staticmethod
    def expect(agent, **state):
        eventually(lambda: expect_job(agent.scrape(), **state))

    @staticmethod
    def stop(agent):
        """Returns when it sees nothing any more."""
        os.kill(agent.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, agent.pid, os.WSTOPPED)

    def expect_both_directories(self, host, agent, old):
        """`old` has counted 2 in a directory that is lost; a new one is at its path."""
        new = self.subject(host, "count:30", "wait", "count:40", "wait")
        self.expect(agent, live=2, ended=0, counted=32)
        for subject in (old, new):
            subject.go_on()
            subject.waiting_pid()
        self.expect(agent, live=2, ended=0, counted=75)
        wait_for_rescans(host)
        expect_job(agent.scrape(), live=2, ended=0, counted=75)
        old.end()
        self.expect(agent, live=1, ended=1, counted=75)
        wait_for_rescans(host)
        expect_job(agent.scrape(), live=1, ended=1, counted=75)
        return new

    def test_a_directory_that_is_removed_and_made_again(self):
        with Host(self.programs) as host:
            agent = start_agent(host)
            old = self.subject(host, "count:2", "wait", "count:3", "wait")
            self.expect(agent, live=1, ended=0, counted=2)
            shutil.rmtree(host.segments)
            self.expect(agent, live=1, ended=0, counted=2)
            host.segments.mkdir()
            self.expect_both_directories(host, agent, old).end()
            self.expect(agent, live=0, ended=2, counted=75)
            self.assertEqual(list(host.segments.iterdir()), [])

    def test_a_directory_that_is_renamed_and_made_again(self):
        with Host(self.programs) as host:
            agent = start_agent(host)
            old = self.subject(host, "count:2", "wait", "count:3", "wait")
            self.expect(agent, live=1, ended=0, counted=2)
            renamed = host.segments.rename(host.directory / "renamed")
            host.segments.mkdir()
            self.expect_both_directories(host, agent, old)
            self.assertEqual(list(renamed.iterdir()), [])

    def test_a_directory_that_is_covered_by_a_mount_and_uncovered(self):
        unshare_mounts()
        with Host(self.programs) as host:
            agent = start_agent(host)
            old = self.subject(host, "count:2", "wait", "count:3", "wait")
            self.expect(agent, live=1, ended=0, counted=2)
            with tmpfs(host.segments):
                new = self.expect_both_directories(host, agent, old)
            self.assertEqual(list(host.segments.iterdir()), [])
            newest = self.subject(host, "count:100", "wait")
            self.expect(agent, live=2, ended=1, counted=175)
            new.end()
            newest.end()
            self.expect(agent, live=0, ended=3, counted=175)
            wait_for_rescans(host)
            expect_job(agent.scrape(), live=0, ended=3, counted=175)

    def test_a_process_that_the_agent_had_not_seen_yet_is_found_where_its_directory_has_gone(self):
        with Host(self.programs) as host:
            agent = start_agent(host)
            first = self.subject(host, "count:1", "wait")
            self.expect(agent, live=1, ended=0, counted=1)
            self.stop(agent)
            unseen = self.subject(host, "count:2", "wait")
            host.segments.rename(host.directory / "renamed")
            host.segments.mkdir()
            os.kill(agent.pid, signal.SIGCONT)
            self.expect(agent, live=2, ended=0, counted=3)
            first.end()
            unseen.end()
            self.expect(agent, live=0, ended=2, counted=3)

    def test_a_process_that_the_agent_had_not_seen_yet_is_lost_with_its_name(self):
        with Host(self.programs) as host:
            agent = start_agent(host)
            first = self.subject(host, "count:1", "wait")
            self.expect(agent, live=1, ended=0, counted=1)
            self.stop(agent)
            self.subject(host, "count:2", "wait")
            shutil.rmtree(host.segments)
            host.segments.mkdir()
            os.kill(agent.pid, signal.SIGCONT)
            wait_for_rescans(host)
            expect_job(agent.scrape(), live=1, ended=0, counted=1)
            first.end()
            self.expect(agent, live=0, ended=1, counted=1)


if __name__ == "__main__":
    e2e.main()
