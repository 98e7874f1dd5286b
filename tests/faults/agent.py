"""An agent under the stepper, as files to wait for: its log, and what the stepper tells."""

import fcntl
import os
import re
import subprocess

ADDRESS = re.compile(r"address=(127\.0\.0\.1:[0-9]+)")


class Lines:
    """Lines from a pipe, as they come."""

    def __init__(self, file):
        self._file = file
        self._rest = b""
        fcntl.fcntl(file, fcntl.F_SETFL, os.O_NONBLOCK)

    def fileno(self):
        return self._file.fileno()

    def close(self):
        self._file.close()

    def read(self):
        """What has come since the last time; None at the end."""
        try:
            part = os.read(self.fileno(), 65536)
        except BlockingIOError:
            return []
        if not part:
            return None
        *lines, self._rest = (self._rest + part).split(b"\n")
        return [line.decode(errors="replace") for line in lines]


class Agent:
    """One incarnation, from its start to its end."""

    def __init__(self, stepper, agent_command):
        self._process = subprocess.Popen(
            [stepper, "--on-command", *agent_command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, start_new_session=True)
        self.events = Lines(self._process.stdout)
        self.log = Lines(self._process.stderr)
        self.address = None
        self.armed = False
        self.killed_at = None  # the call of a fold
        self.status = None     # of waitpid, when it has ended
        self.pid = None

    def take_log(self):
        """New lines; None at the end."""
        lines = self.log.read()
        for line in lines or []:
            match = ADDRESS.search(line)
            if match and self.address is None:
                self.address = match[1]
        return lines

    def take_events(self):
        lines = self.events.read()
        for line in lines or []:
            word, *numbers = line.split()
            if word == "pid":
                self.pid = int(numbers[0])
            elif word == "killed":
                self.killed_at = int(numbers[0])
            elif word == "ended":
                self.status = int(numbers[0])

    def arm(self, call):
        """Kill at this system call of the next fold."""
        self.armed = True
        self._say(f"arm {call}")

    def kill(self):
        self._say("end")

    def _say(self, line):
        try:
            self._process.stdin.write(line.encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # It has ended by itself.

    def close(self):
        """Kills what still runs."""
        try:
            self._process.stdin.close()
        except BrokenPipeError:
            pass
        self._process.wait()
        self.events.close()
        self.log.close()
