"""A process that declares and counts what a test says (tests/agent/testing/segment_writer.cc)."""

import os
import subprocess


class Counting:
    """Its commands and answers are lines. `command` starts it; it dies with the test."""

    def __init__(self, command, **options):
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         text=True, **options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()

    def answer(self, command):
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().rstrip("\n")

    def do(self, *commands):
        """Returns when all are done; each must succeed."""
        self._process.stdin.write("".join(f"{command}\n" for command in commands))
        self._process.stdin.flush()
        for command in commands:
            answer = self._process.stdout.readline()
            assert answer.startswith("ok"), f"{command}: {answer!r}"


class Writer(Counting):
    """A child. With a uid it is that user's, in that group and these, and nothing of root's is left to
    it."""

    def __init__(self, host, service, directory=None, uid=None, groups=()):
        command = ["setpriv", "--pdeathsig", "KILL"]
        if uid is not None:
            command += [f"--reuid={uid}", f"--regid={uid}", f"--groups={','.join(map(str, groups))}"
                        if groups else "--clear-groups"]
        # By a descriptor: other users may not come to where it is, which CMakeLists.txt says.
        program = os.open(os.environ["SHMX_SEGMENT_WRITER"], os.O_RDONLY)
        try:
            super().__init__([*command, f"/proc/self/fd/{program}", directory or host.segments,
                              service], pass_fds=[program])
        finally:
            os.close(program)

    @property
    def pid(self):
        return self._process.pid

    def end(self):
        """kill -9; returns when it is gone."""
        self._process.kill()
        self._process.wait()
