"""A client of the agent's HTTP that keeps its connection, with what it shows who it is."""

import http.client
import socket
from dataclasses import dataclass

from harness import DEADLINE_S, samples


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def samples(self):
        assert self.status == 200, f"{self.status} {self.body}"
        return samples(self.body.decode("utf-8"))


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=DEADLINE_S)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class Reader:
    """`tls`: an ssl.SSLContext; `authorization`: of that header; `unix`: a socket's path, in place of the
    agent's address."""

    def __init__(self, agent, tls=None, authorization=None, unix=None):
        self.headers = {"Authorization": authorization} if authorization else {}
        if unix:
            self._connection = _UnixConnection(unix)
        elif tls:
            # By name: its certificate has one.
            port = agent.address.rsplit(":", 1)[1]
            self._connection = http.client.HTTPSConnection("localhost", int(port), context=tls,
                                                           timeout=DEADLINE_S)
        else:
            self._connection = http.client.HTTPConnection(agent.address, timeout=DEADLINE_S)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._connection.close()

    def ask(self, path="/metrics", method="GET", **headers):
        """http.client connects again by itself when the server closed after its last response."""
        self.send(path, method, **headers)
        return self.receive()

    def send(self, path="/metrics", method="GET", **headers):
        self._connection.request(method, path, headers={**self.headers, **headers})

    def receive(self):
        """The answer to what was sent."""
        response = self._connection.getresponse()
        return Answer(response.status, response.headers, response.read())


def ask(agent, path="/metrics", method="GET", tls=None, authorization=None, unix=None, **headers):
    """On a connection of its own."""
    with Reader(agent, tls, authorization, unix) as reader:
        return reader.ask(path, method, **headers)
