"""A terminal that a test looks at and types into: tmux, with a server of its own."""

import os
import shlex
import subprocess
import tempfile

from harness import eventually

# What a program finds in its environment there, whoever runs the tests.
ENVIRONMENT = {"LANG": "C.UTF-8", "TERM": "screen", "PS1": "$ ", "HISTFILE": "/dev/null"}


class Terminal:
    """A shell in a terminal of so many columns and lines."""

    def __init__(self, columns, lines):
        self._directory = tempfile.TemporaryDirectory(prefix="shm-exporter-tmux.")
        self._socket = os.path.join(self._directory.name, "socket")
        environment = {name: value for name, value in os.environ.items()
                       if name not in ("TMUX", "NO_COLOR", "LC_ALL", "LC_CTYPE")}
        subprocess.run(
            ["tmux", "-S", self._socket, "-f", "/dev/null", "-u", "new-session", "-d", "-s", "test",
             "-x", str(columns), "-y", str(lines), "/bin/bash", "--norc", "--noprofile"],
            env={**environment, **ENVIRONMENT}, check=True)
        # The window is as large as it was told, although nobody is attached.
        self._tmux("set-option", "-g", "window-size", "manual")
        self.wait_for("$")

    def _tmux(self, *arguments):
        return subprocess.run(["tmux", "-S", self._socket, *map(str, arguments)], check=True,
                              stdout=subprocess.PIPE, text=True).stdout

    def close(self):
        session = self._tmux("display-message", "-t", "test", "-p", "#{pane_pid}").strip()
        self._tmux("kill-server")
        # The hangup ends a program too early for LeakSanitizer, which would wait for its tracer for ever.
        subprocess.run(["pkill", "-KILL", "--session", session], check=False)
        self._directory.cleanup()

    def resize(self, columns, lines):
        self._tmux("resize-window", "-t", "test", "-x", columns, "-y", lines)

    def type(self, text):
        self._tmux("send-keys", "-t", "test", "-l", text)

    def press(self, *keys):
        """Keys by tmux' names: Enter, Escape, Down, C-c."""
        self._tmux("send-keys", "-t", "test", *keys)

    def enter(self, *command, then=""):
        """A command line, with more shell behind it."""
        self.type(" ".join(shlex.quote(str(part)) for part in command) + then)
        self.press("Enter")

    def lines(self):
        return self._tmux("capture-pane", "-t", "test", "-p").splitlines()

    def text(self):
        return "\n".join(self.lines())

    def colours(self):
        """The screen with its escape sequences."""
        return self._tmux("capture-pane", "-t", "test", "-p", "-e")

    def is_full_screen(self):
        return self._tmux("display-message", "-t", "test", "-p", "#{alternate_on}").strip() == "1"

    def wait_until(self, right, what):
        """The screen's text, once right() is true of it."""
        def check():
            text = self.text()
            assert right(text), f"never {what}:\n{text}"
            return text
        return eventually(check)

    def wait_for(self, *parts):
        return self.wait_until(lambda text: all(part in text for part in parts), f"with {parts}")
