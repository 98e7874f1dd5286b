"""A process that declares and counts what a test says (tests/agent/testing/segment_writer.cc)."""

import os
import subprocess

# CMakeLists.txt says where it is.
PROGRAM = os.environ["SHMX_SEGMENT_WRITER"]


class Writer:
    """Its commands and answers are lines. It dies with the test. With a uid it is that user's, in that
    group and these, and nothing of root's is left to it."""

    def __init__(self, host, service, directory=None, uid=None, groups=()):
        command = ["setpriv", "--pdeathsig", "KILL"]
        if uid is not None:
            command += [f"--reuid={uid}", f"--regid={uid}", f"--groups={','.join(map(str, groups))}"
                        if groups else "--clear-groups"]
        # By a descriptor: other users may not come to where it is.
        program = os.open(PROGRAM, os.O_RDONLY)
        try:
            self._process = subprocess.Popen(
                [*command, f"/proc/self/fd/{program}", directory or host.segments, service],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, pass_fds=[program])
        finally:
            os.close(program)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()
        self._process.stdin.close()
        self._process.stdout.close()

    @property
    def pid(self):
        return self._process.pid

    def end(self):
        """kill -9; returns when it is gone."""
        self._process.kill()
        self._process.wait()

    def answer(self, command):
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().rstrip("\n")

    def do(self, *commands):
        """Returns when all are done; each must succeed."""
        for command in commands:
            self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        for command in commands:
            answer = self._process.stdout.readline()
            assert answer.startswith("ok"), f"{command}: {answer}"
