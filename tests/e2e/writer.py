"""A process that declares and counts what a test says (tests/agent/testing/segment_writer.cc)."""

import os
import subprocess

# CMakeLists.txt says where it is.
PROGRAM = os.environ["SHMX_SEGMENT_WRITER"]


class Writer:
    """Its commands and answers are lines. It dies with the test."""

    def __init__(self, host, service, directory=None):
        self._process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", PROGRAM, directory or host.segments, service],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()

    def do(self, *commands):
        """Returns when all are done; each must succeed."""
        for command in commands:
            self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        for command in commands:
            answer = self._process.stdout.readline()
            assert answer.startswith("ok"), f"{command}: {answer}"
