"""Processes of one job that do what a test says, and what the page says of that job."""

import os
import subprocess
import uuid

from harness import eventually, value

JOB, FAMILY = "life", "steps_total"

# The program of tests/shm/subjects/service.cc, where its steps are; CMakeLists.txt says where it is.
PROGRAM = os.environ["SHMX_TEST_SERVICE"]


class Subject:
    """A process that takes its steps one after the other, below the programs of `prefix`."""

    def __init__(self, host, *steps, prefix=()):
        self._process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *prefix, "env", f"SHM_EXPORTER_DIR={host.segments}",
             PROGRAM, f"name:{JOB}", *steps],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pid = self._process.pid

    def waiting_pid(self):
        """Who waits now, as it sees itself."""
        word, pid = self._process.stdout.readline().split()
        assert word == "waiting", word
        return int(pid)

    def go_on(self):
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def kill_unreaped(self):
        self._process.kill()
        os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)

    def reap(self):
        return self._process.wait()

    def end(self):
        self._process.kill()
        self.reap()
        self._process.stdin.close()
        self._process.stdout.close()


def start_agent(host):
    """One that lists its directory as often as it can be told to."""
    return host.start_agent("--segments.rescan-interval", "1s")


def expect_job(page, *, live, ended, counted):
    """Raises AssertionError when the page says something else of the job."""
    shown = (value(page, "shm_exporter_job_processes", job=JOB),
             value(page, "shm_exporter_job_processes_ended_total", job=JOB),
             value(page, FAMILY, job=JOB))
    assert shown == (live, ended, counted), f"{shown}, not {(live, ended, counted)}"


def wait_for_rescans(host):
    """Returns when the agent has listed the directory twice: an unfinished segment whose lock nobody
    holds is removed by the second rescan that finds it so."""
    newborn = host.segments / f".{uuid.uuid4().hex}"
    newborn.touch()

    def check():
        assert not newborn.exists()
    eventually(check)
