"""shmtool top in a real terminal, on a real agent with real services."""

import os
import pathlib
import re
import signal
import subprocess

import e2e
from harness import DEADLINE_S, Host
from terminal import Terminal

GENTLE_CALLS_PER_SECOND = 200


class Top(e2e.Case):

    def setUp(self):
        self.shmtool = pathlib.Path(self.programs.agent).parent / "shmtool"

    def start(self, host, *services):
        """An agent and services with a load, which goes on."""
        agent = self.start_agent(host)
        started = [host.start_service(name) for name in services]
        host.start_load(started, 0, GENTLE_CALLS_PER_SECOND)
        return agent

    @staticmethod
    def start_agent(host):
        return host.start_agent("--feed.listen-address", f"unix:{host.directory}/feed.sock")

    def command(self, host, *options):
        return [self.shmtool, "top", "--address", f"unix:{host.directory}/feed.sock", *options]

    def terminal(self, columns=100, lines=24):
        terminal = Terminal(columns, lines)
        self.addCleanup(terminal.close)
        return terminal

    def open(self, host, *options, columns=100, lines=24):
        """The full screen, with rates."""
        terminal = self.terminal(columns, lines)
        terminal.enter(*self.command(host, *options))
        terminal.wait_until(lambda text: re.search(r"^orders +[0-9]+ +[1-9]", text, re.M),
                            "with a rate of orders")
        return terminal

    @staticmethod
    def names(text):
        """The first word of each row."""
        rows = text.split("JOB", 1)[1].splitlines()[1:-1]
        return [row.split()[0] for row in rows if row.strip()]

    def test_it_shows_the_jobs_of_the_host(self):
        with Host(self.programs) as host:
            self.start(host, "orders", "orders", "inventory")
            terminal = self.open(host)
            # Both processes, both sides; every fifth call fails.
            text = terminal.wait_until(
                lambda text: re.search(r"^orders +2 +[0-9.]+ +[1-9][0-9.]* +[0-9.]+[mµ]?s +[0-9.]+[mµ]?s +\d+",
                                       text, re.M)
                and re.search(r"^inventory +1 +[1-9]", text, re.M)
                and re.search(r"^shop +1 +(- +){5}[1-9]", text, re.M),
                "with all jobs and their numbers")
            self.assertIn(os.uname().nodename, text)
            self.assertRegex(text, r"[0-9.]+ RPC/s  3 jobs  4 processes  4 segments")
            self.assertIn("q quit", text.splitlines()[-1])
            self.assertTrue(terminal.is_full_screen())
            # The errors are red, and nothing else is; the titles are reversed.
            self.assertRegex(terminal.colours(), r"\x1b\[31m +[0-9.]+")
            self.assertRegex(terminal.colours(), r"\x1b\[7mJOB")

    def test_without_colours_it_has_none(self):
        with Host(self.programs) as host:
            self.start(host, "orders")
            terminal = self.terminal()
            terminal.enter("env", "NO_COLOR=1", *self.command(host))
            terminal.wait_until(lambda text: re.search(r"^orders +1 +[1-9][0-9.]* +[1-9]", text, re.M),
                                "with errors")
            self.assertNotRegex(terminal.colours(), r"\x1b\[[0-9;]*3[0-7]")

    def test_keys_sort_filter_and_show_methods(self):
        with Host(self.programs) as host:
            self.start(host, "orders", "inventory")
            terminal = self.open(host)
            terminal.wait_for("inventory", "shop", "▼RPC/S")
            terminal.type("<<")
            text = terminal.wait_for("JOB▲")
            self.assertEqual(self.names(text), ["inventory", "orders", "shop"])
            terminal.type("r")
            text = terminal.wait_for("JOB▼")
            self.assertEqual(self.names(text), ["shop", "orders", "inventory"])
            terminal.press("Right")
            terminal.wait_for("▼PROCS")
            terminal.type("/INV")
            terminal.wait_until(lambda text: "filter: INV_" in text and self.names(text) == ["inventory"],
                                "filtered")
            terminal.press("BSpace", "BSpace", "BSpace")
            terminal.type("ord")
            terminal.press("Enter")
            terminal.wait_until(lambda text: "filter: ord\n" in text + "\n"
                                and self.names(text) == ["orders"], "filtered again")
            terminal.type("m")
            text = terminal.wait_for("METHOD", "shop.Orders/Place", "shop.Orders/Negotiate", "m jobs")
            self.assertNotIn("shop.Inventory", text)
            terminal.press("Escape")
            terminal.wait_for("shop.Inventory/Count")
            terminal.type("m")
            terminal.wait_until(lambda text: "METHOD" not in text and "inventory" in text, "back")

    def test_help_covers_the_screen_until_a_key_is_pressed(self):
        with Host(self.programs) as host:
            self.start(host, "orders")
            terminal = self.open(host)
            terminal.type("?")
            terminal.wait_for("reverse the order", "Live processes")
            terminal.press("Down")
            terminal.wait_until(lambda text: "orders" in text and "reverse the order" not in text, "back")

    def test_a_pause_stops_the_picture_and_not_the_reading(self):
        with Host(self.programs) as host:
            self.start(host, "orders")
            terminal = self.open(host)
            terminal.type("p")
            still = terminal.wait_for("PAUSED")
            # While another reads three snapshots, some come here, too.
            subprocess.run(self.command(host, "--iterations", "2"), check=True,
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=DEADLINE_S)
            self.assertEqual(terminal.text(), still)
            terminal.type("p")
            terminal.wait_until(lambda text: "PAUSED" not in text
                                and text.splitlines()[0] != still.splitlines()[0], "going on")

    def test_it_follows_the_size_of_the_terminal(self):
        with Host(self.programs) as host:
            self.start(host, "orders", "inventory")
            terminal = self.open(host)
            terminal.resize(140, 30)
            text = terminal.wait_for("CL P99", "CL FLIGHT")
            self.assertEqual(len(terminal.lines()), 30)
            self.assertIn("q quit", text.splitlines()[-1])
            terminal.resize(40, 10)
            text = terminal.wait_until(lambda text: "CL" not in text and "P99" in text
                                       and "q quit" in text.splitlines()[-1], "narrow")
            self.assertIn("orders", text)
            terminal.resize(20, 5)
            terminal.wait_until(lambda text: "P99" not in text and "RPC/S" in text and "q quit" not in text
                                and "orders" in text, "tiny")
            terminal.resize(100, 24)
            terminal.wait_for("PROCS", "FLIGHT", "q quit")

    def test_rows_scroll_where_there_are_too_many(self):
        with Host(self.programs) as host:
            self.start(host, "orders", "inventory")
            terminal = self.open(host, columns=100, lines=8)
            terminal.type("m")
            terminal.wait_for("rows 1-3 of 16")  # each method of the services, and of the load
            terminal.press("Down")
            terminal.wait_for("rows 2-4 of")
            terminal.press("PageDown")
            terminal.wait_for("rows 5-7 of")
            terminal.press("Home")
            terminal.wait_for("rows 1-3 of")
            terminal.press("End")
            terminal.wait_until(lambda text: re.search(r"rows \d+-(\d+) of \1\b", text), "at the end")

    def test_it_goes_on_when_the_agent_is_back(self):
        with Host(self.programs) as host:
            agent = self.start(host, "orders")
            terminal = self.open(host)
            agent.kill()
            text = terminal.wait_for("trying again")
            self.assertIn("orders", text)  # what was last known
            self.start_agent(host)
            terminal.wait_until(lambda text: "trying again" not in text
                                and re.search(r"^orders +1 +[1-9]", text, re.M), "back")

    def test_it_waits_for_an_agent_that_is_not_there_yet(self):
        with Host(self.programs) as host:
            terminal = self.terminal()
            terminal.enter(*self.command(host))
            terminal.wait_for("Waiting for the first snapshot.", "trying again")
            self.start(host, "orders")
            terminal.wait_until(lambda text: re.search(r"^orders +1 +[1-9]", text, re.M), "connected")

    def expect_sane(self, terminal, host, leave):
        """The terminal is as it was, once leave() has ended the program."""
        leave()
        # Typed blind: that it is echoed, and its lines end where they should, is a part of the proof.
        terminal.enter("stty", "-a", then=" > " + str(host.directory / "after") + "; echo status:$?")
        text = terminal.wait_for("status:0")
        self.assertFalse(terminal.is_full_screen())
        self.assertIn("$ stty -a", text)
        self.assertNotIn("PROCS", text)
        self.assertEqual((host.directory / "after").read_text(), (host.directory / "before").read_text())

    def run_and_leave(self, leave):
        with Host(self.programs) as host:
            self.start(host, "orders")
            terminal = self.terminal()
            terminal.enter("stty", "-a", then=" > " + str(host.directory / "before"))
            terminal.enter(*self.command(host))
            terminal.wait_for("q quit", "orders")
            self.expect_sane(terminal, host, lambda: self.end(terminal, host, leave))

    @staticmethod
    def end(terminal, host, leave):
        leave(terminal, host)
        terminal.wait_until(lambda text: "q quit" not in text, "ended")

    def pids(self, host):
        """Of shmtool on this host; the shell that was told its name is another."""
        found = []
        for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                command = path.read_bytes()
            except OSError:  # it has ended
                continue
            if command.startswith(str(self.shmtool).encode() + b"\0") and str(host.directory).encode() in command:
                found.append(int(path.parent.name))
        return found

    def test_q_leaves_the_terminal_as_it_was(self):
        self.run_and_leave(lambda terminal, _: terminal.type("q"))

    def test_ctrl_c_leaves_the_terminal_as_it_was(self):
        self.run_and_leave(lambda terminal, _: terminal.press("C-c"))

    def test_sigterm_leaves_the_terminal_as_it_was(self):
        def terminate(_, host):
            for pid in self.pids(host):
                os.kill(pid, signal.SIGTERM)
        self.run_and_leave(terminate)

    def test_ctrl_z_gives_the_terminal_back_and_fg_takes_it_again(self):
        with Host(self.programs) as host:
            self.start(host, "orders")
            terminal = self.open(host)
            terminal.press("C-z")
            terminal.wait_for("Stopped")
            terminal.enter("fg")
            terminal.wait_for("q quit", "orders", "RPC/S")
            terminal.type("q")
            terminal.wait_until(lambda text: "q quit" not in text, "ended")

    def test_a_number_of_iterations_ends_it(self):
        with Host(self.programs) as host:
            self.start(host, "orders")
            terminal = self.terminal()
            terminal.enter(*self.command(host, "--iterations", "1"), then="; echo status:$?")
            terminal.wait_for("status:0")
            self.assertFalse(terminal.is_full_screen())

    def test_a_pipe_gets_plain_text(self):
        with Host(self.programs) as host:
            self.start(host, "orders")
            done = subprocess.run(self.command(host), check=True, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, text=True, timeout=DEADLINE_S)
            self.assertRegex(done.stdout, r"(?m)^JOB +PROCS +▼RPC/S")
            self.assertRegex(done.stdout, r"(?m)^orders +1 +[1-9]")
            self.assertNotIn("\x1b", done.stdout)

    def test_a_dumb_terminal_gets_plain_text(self):
        with Host(self.programs) as host:
            self.start(host, "orders")
            terminal = self.terminal(columns=140)
            terminal.enter("env", "TERM=dumb", *self.command(host), then="; echo status:$?")
            text = terminal.wait_for("status:0", "▼RPC/S")
            self.assertRegex(text, r"(?m)^orders +1 +[1-9]")
            self.assertNotIn("q quit", text)


if __name__ == "__main__":
    e2e.main()
