"""What the agent and its service manager tell and give each other: sd_notify(3) and sd_listen_fds(3), with
this test as the manager. The real one is in tests/systemd."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import urllib.request

import e2e
from harness import DEADLINE_S, Host, Process, samples, value
from writer import Writer

# Descriptors that are handed over begin at 3, and are for this process alone. Bash: numbers of two digits.
HAND_OVER = ("bash", "-c",
             'n=3; for fd in $1; do eval "exec $n<&$fd"; n=$((n+1)); done; shift; '
             'export LISTEN_PID=$$; exec "$@"', "bash")


class Manager:
    """A socket for what the agent says, and agents that know of it."""

    def __init__(self, host, program):
        self.host = host
        self._program = program
        self._agents = 0
        self._path = str(host.directory / "notify")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self._path)
        self._socket.settimeout(DEADLINE_S)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def command(self, *options, sockets=()):
        descriptors = [str(one.fileno()) for one in sockets]
        return [*HAND_OVER, " ".join(descriptors), self._program,
                "--segments.directory", str(self.host.segments),
                "--state.directory", str(self.host.directory / "state"), *options]

    @contextlib.contextmanager
    def environment(self, sockets=(), watchdog_s=None):
        """For processes that are started meanwhile."""
        variables = {"NOTIFY_SOCKET": self._path, "LISTEN_FDS": str(len(sockets))}
        if watchdog_s is not None:
            variables["WATCHDOG_USEC"] = str(int(watchdog_s * 1e6))
        before = dict(os.environ)
        os.environ.update(variables)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)

    def start(self, *options, sockets=(), watchdog_s=None):
        self._agents += 1
        with self.environment(sockets, watchdog_s):
            return Process(self.command(*options, sockets=sockets),
                           self.host.directory / f"agent-{self._agents}.log",
                           descriptors=[one.fileno() for one in sockets])

    def heard(self):
        """The next message, as {name: value}."""
        return dict(line.split("=", 1) for line in self._socket.recv(4096).decode().splitlines())

    def wait_for(self, name):
        message = self.heard()
        while name not in message:
            message = self.heard()
        return message


def listening():
    return socket.create_server(("localhost", 0))


def get(address, path="/metrics"):
    """Asks and is answered, or fails: it does not try again."""
    with urllib.request.urlopen(f"http://localhost:{address.getsockname()[1]}{path}",
                                timeout=DEADLINE_S) as response:
        return response.read().decode()


class ServiceManager(e2e.Case):

    def setUp(self):
        self.host = self.enterContext(Host(self.programs))
        self.manager = self.enterContext(Manager(self.host, self.programs.agent))

    def start(self, *options, **how):
        agent = self.manager.start(*options, **how)
        self.addCleanup(agent.kill)
        return agent

    def test_ready_is_said_when_all_that_was_there_has_been_read(self):
        for number in range(3):
            writer = self.enterContext(Writer(self.host, "orders"))
            writer.do("counter a taken_total", f"add a {number}")
        with listening() as address:
            self.start("--web.systemd-socket", sockets=[address])
            message = self.manager.heard()
            self.assertEqual(message["READY"], "1")
            self.assertEqual(message["STATUS"], "Jobs: 1, live segments: 3, files refused: 0.")
            page = samples(get(address))
        self.assertEqual(value(page, "shm_exporter_job_processes", job="orders"), 3)

    def test_a_reload_is_told_from_its_beginning_to_its_end(self):
        agent = self.start("--web.listen-address=localhost:0")
        self.manager.wait_for("READY")
        os.kill(agent.pid, signal.SIGHUP)
        begun = self.manager.heard()
        self.assertEqual(begun["RELOADING"], "1")
        self.assertRegex(begun["MONOTONIC_USEC"], r"^[1-9]\d*$")
        self.assertEqual(self.manager.heard()["READY"], "1")
        self.assertIn("Reloaded the configuration", agent.log_text())

    def test_it_is_told_again_and_again_that_the_agent_gets_on(self):
        self.start("--web.listen-address=localhost:0", watchdog_s=0.3)
        self.manager.wait_for("READY")
        for _ in range(3):
            self.assertEqual(self.manager.heard()["WATCHDOG"], "1")

    def test_the_end_is_told_when_it_begins(self):
        agent = self.start("--web.listen-address=localhost:0")
        self.manager.wait_for("READY")
        os.kill(agent.pid, signal.SIGTERM)
        self.assertEqual(self.manager.wait_for("STOPPING")["STOPPING"], "1")
        agent.result()

    def test_it_serves_on_several_sockets_of_several_kinds(self):
        path = str(self.host.directory / "metrics.sock")
        with listening() as one, listening() as another, socket.socket(socket.AF_UNIX) as local:
            local.bind(path)
            local.listen()
            self.start("--web.systemd-socket", sockets=[one, another, local])
            self.manager.wait_for("READY")
            for address in (one, another):
                self.assertIn("shm_exporter_build_info", get(address))
            curl = subprocess.run(["curl", "-sSf", "--unix-socket", path, "http://agent/metrics"],
                                  stdout=subprocess.PIPE, check=True)
            self.assertIn(b"shm_exporter_build_info", curl.stdout)

    def test_who_comes_between_two_agents_is_answered_by_the_next(self):
        with listening() as address:
            first = self.start("--web.systemd-socket", sockets=[address])
            self.manager.wait_for("READY")
            first.stop()
            with socket.create_connection(address.getsockname()) as client:
                client.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
                self.start("--web.systemd-socket", sockets=[address])
                client.settimeout(DEADLINE_S)
                answer = b"".join(iter(lambda: client.recv(65536), b""))
        self.assertRegex(answer, rb"^HTTP/1\.[01] (200|503)")  # 503: before the first scan

    def refusal(self, *options, sockets=()):
        agent = self.start(*options, sockets=sockets)
        with self.assertRaises(AssertionError):  # It has not ended well.
            agent.result()
        return agent.log_text()

    def test_what_cannot_be_listened_on_is_a_start_error_that_says_what_to_do(self):
        self.assertIn("got none; run systemctl start shm-exporter.socket, or listen by "
                      "--web.listen-address", self.refusal("--web.systemd-socket"))
        with listening() as address, socket.create_connection(address.getsockname()) as connection, \
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
            for wrong in (connection, datagrams):
                self.assertIn("descriptor 4 is none; in the socket unit use ListenStream= with Accept=no",
                              self.refusal("--web.systemd-socket", sockets=[address, wrong]))

    def test_sockets_that_nobody_asked_for_are_told_of(self):
        with listening() as address:
            agent = self.start("--web.listen-address=localhost:0", sockets=[address])
            self.manager.wait_for("READY")
        self.assertTrue(re.search("sockets that are not used: add --web.systemd-socket",
                                  agent.log_text()))


if __name__ == "__main__":
    e2e.main()
