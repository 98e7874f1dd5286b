"""Dead is who can count no more, by the kernel's word: whatever a living process does, it stays on the
page, and however one ends, its counts are taken over once."""

import os
import pathlib
import signal
import subprocess

import e2e
from harness import Host, eventually
from subject import PROGRAM, Subject, expect_job, start_agent, wait_for_rescans

NEW_PIDS = ("unshare", "--pid", "--fork", "--kill-child")
NEW_TIME = ("unshare", "--time", "--boottime", "1000000", "--monotonic", "1000000", "--fork",
            "--kill-child")

PID_ATTEMPTS = 200


class Liveness(e2e.Case):

    def subject(self, host, *steps, prefix=()):
        subject = Subject(host, *steps, prefix=prefix)
        self.addCleanup(subject.end)
        return subject

    def expect(self, agent, **state):
        eventually(lambda: expect_job(agent.scrape(), **state))

    def expect_for_good(self, host, agent, **state):
        """The same, and still so when the agent has listed the directory again."""
        self.expect(agent, **state)
        wait_for_rescans(host)
        expect_job(agent.scrape(), **state)

    def test_a_process_is_alive_although_another_with_its_pid_is_dead(self):
        with Host(self.programs) as host:
            agent = start_agent(host)
            first = self.subject(host, "count:2", "wait", prefix=NEW_PIDS)
            second = self.subject(host, "count:3", "wait", prefix=NEW_PIDS)
            self.assertEqual([first.waiting_pid(), second.waiting_pid()], [1, 1])
            self.expect(agent, live=2, ended=0, counted=5)
            first.end()
            self.expect_for_good(host, agent, live=1, ended=1, counted=5)
            second.end()
            self.expect(agent, live=0, ended=2, counted=5)

    def test_a_process_is_dead_although_another_has_its_pid(self):
        with Host(self.programs) as host:
            agent = start_agent(host)
            subject = self.subject(host, "count:2", "wait")
            subject.waiting_pid()
            self.expect(agent, live=1, ended=0, counted=2)
            os.kill(agent.pid, signal.SIGSTOP)  # so that it sees the pid dead at no time
            os.waitid(os.P_PID, agent.pid, os.WSTOPPED)
            subject.end()
            self.take_pid(subject.pid)
            os.kill(agent.pid, signal.SIGCONT)
            self.expect_for_good(host, agent, live=0, ended=1, counted=2)

    def take_pid(self, pid):
        """Starts a process with a pid that is free."""
        for _ in range(PID_ATTEMPTS):
            # Others on this machine may be quicker to take it; when they are gone it is free again.
            pathlib.Path("/proc/sys/kernel/ns_last_pid").write_text(str(pid - 1), encoding="ascii")
            other = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "sleep", "infinity"])
            self.addCleanup(other.wait)
            self.addCleanup(other.kill)
            if other.pid == pid:
                return
        self.fail(f"pid {pid} is not to be had")

    def test_a_stopped_process_is_alive_however_long_it_is_stopped(self):
        with Host(self.programs) as host:
            agent = start_agent(host)
            subject = self.subject(host, "count:2", "stop", "count:3", "wait")
            os.waitid(os.P_PID, subject.pid, os.WSTOPPED)
            self.expect_for_good(host, agent, live=1, ended=0, counted=2)
            os.kill(subject.pid, signal.SIGCONT)
            subject.waiting_pid()
            self.expect(agent, live=1, ended=0, counted=5)
            os.kill(subject.pid, signal.SIGSTOP)
            subject.end()
            self.expect(agent, live=0, ended=1, counted=5)

    def test_a_process_that_closed_all_its_descriptors_is_alive(self):
        self.expect_alive_after_close(())

    def test_a_process_that_closed_all_its_descriptors_in_another_pid_namespace_is_alive(self):
        self.expect_alive_after_close(NEW_PIDS)

    def expect_alive_after_close(self, prefix):
        with Host(self.programs) as host:
            agent = start_agent(host)
            subject = self.subject(host, "count:2", "close", "count:3", "wait", "count:4", "wait",
                                   prefix=prefix)
            subject.waiting_pid()
            self.expect_for_good(host, agent, live=1, ended=0, counted=5)
            subject.go_on()
            subject.waiting_pid()
            self.expect(agent, live=1, ended=0, counted=9)
            subject.end()
            self.expect(agent, live=0, ended=1, counted=9)

    def test_a_daemon_is_alive_when_those_that_started_it_have_exited(self):
        with Host(self.programs) as host:
            agent = start_agent(host)
            subject = self.subject(host, "count:2", "daemonise", "count:3", "wait", "count:4")
            daemon = subject.waiting_pid()
            self.assertEqual(subject.reap(), 0)
            self.assertNotEqual(daemon, subject.pid)
            self.expect_for_good(host, agent, live=1, ended=1, counted=5)
            subject.go_on()
            self.expect(agent, live=0, ended=2, counted=9)

    def test_a_child_that_counts_is_alive_when_its_parent_is_dead(self):
        with Host(self.programs) as host:
            agent = start_agent(host)
            subject = self.subject(host, "count:2", "orphan", "count:3", "wait", "count:4")
            child = subject.waiting_pid()
            self.assertEqual(subject.reap(), -signal.SIGKILL)
            self.assertNotEqual(child, subject.pid)
            self.expect_for_good(host, agent, live=1, ended=1, counted=5)
            subject.go_on()
            self.expect(agent, live=0, ended=2, counted=9)

    def test_a_process_is_dead_although_its_child_lives_that_does_not_count(self):
        with Host(self.programs) as host:
            agent = start_agent(host)
            subject = self.subject(host, "count:2", "orphan", "wait")
            child = subject.waiting_pid()
            self.assertEqual(subject.reap(), -signal.SIGKILL)
            self.expect_for_good(host, agent, live=0, ended=1, counted=2)
            os.kill(child, 0)
            subject.go_on()

    def test_a_process_ends_when_it_becomes_another_program(self):
        self.expect_end_at_exec("exec")

    def test_a_process_ends_when_a_thread_of_it_becomes_another_program(self):
        self.expect_end_at_exec("threadexec")

    def expect_end_at_exec(self, step):
        with Host(self.programs) as host:
            agent = start_agent(host)
            subject = self.subject(host, "count:2", "wait", f"{step}:{PROGRAM}")
            before = subject.waiting_pid()
            self.expect(agent, live=1, ended=0, counted=2)
            subject.go_on()
            self.assertEqual(subject.waiting_pid(), before)
            self.expect_for_good(host, agent, live=0, ended=1, counted=2)

    def test_a_process_whose_main_thread_has_exited_is_alive(self):
        with Host(self.programs) as host:
            agent = start_agent(host)
            subject = self.subject(host, "count:2", "leave:3")
            subject.waiting_pid()
            eventually(lambda: self.assertEqual(self.state_of(subject.pid), "Z"))
            self.expect_for_good(host, agent, live=1, ended=0, counted=5)
            subject.go_on()
            self.assertEqual(subject.reap(), 0)
            self.expect(agent, live=0, ended=1, counted=5)

    def test_a_zombie_is_dead(self):
        with Host(self.programs) as host:
            agent = start_agent(host)
            subject = self.subject(host, "count:2", "wait")
            subject.waiting_pid()
            self.expect(agent, live=1, ended=0, counted=2)
            subject.kill_unreaped()
            self.expect_for_good(host, agent, live=0, ended=1, counted=2)
            self.assertEqual(self.state_of(subject.pid), "Z")

    @staticmethod
    def state_of(pid):
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
        return stat.rpartition(")")[2].split()[0]

    def test_a_process_with_a_time_of_its_own_is_alive(self):
        with Host(self.programs) as host:
            agent = start_agent(host)
            subject = self.subject(host, "count:2", "wait", prefix=NEW_TIME)
            subject.waiting_pid()
            self.expect_for_good(host, agent, live=1, ended=0, counted=2)
            subject.end()
            self.expect(agent, live=0, ended=1, counted=2)

    def test_an_agent_that_sees_no_process_of_the_host_knows_who_is_alive(self):
        with Host(self.programs) as host:
            blind = host.directory / "blind_agent"
            blind.write_text('#!/bin/sh\nexec unshare --pid --fork --kill-child --mount-proc '
                             f'{self.programs.agent} "$@"\n', encoding="ascii")
            blind.chmod(0o755)
            host.programs = type(self.programs)(str(blind), self.programs.service,
                                                self.programs.client)
            agent = start_agent(host)
            first = self.subject(host, "count:2", "wait")
            second = self.subject(host, "count:3", "wait")
            first.waiting_pid()
            second.waiting_pid()
            self.expect(agent, live=2, ended=0, counted=5)
            first.end()
            self.expect_for_good(host, agent, live=1, ended=1, counted=5)
            agent.kill()  # unshare passes no other signal on


if __name__ == "__main__":
    e2e.main()
