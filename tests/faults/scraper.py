"""Asks an agent for its page, all the time, and holds each page against the one before and against what
was counted when it was asked for."""

import http.client
import threading
import time

from tally import PageReader, Wrong, less

# 80 times a second: more than 50 even where the machine is busy with other tests.
PERIOD_S = 0.0125

# Nobody waits for an answer that long; only a failing test does.
ANSWER_DEADLINE_S = 30

# Of what is wrong, so many are told.
MOST_LINES = 10


class Scraper(threading.Thread):
    """Scrapes until stop(). Where nobody listens, or the answer is 503, it asks again; a lower number is
    an error, and so is a series that has gone, a count that is not there, or one too many."""

    def __init__(self, tallies, lock):
        super().__init__(daemon=True)
        self.asked = 0
        self.answered = 0
        self.failure = None
        self._tallies = tallies
        self._lock = lock  # over the tallies
        self._reader = PageReader()
        self._last = {}
        self._address = None
        self._served = threading.Condition()
        self._pages = {}  # address: how many were served
        self._end = threading.Event()

    def watch(self, address):
        """Ask there from now on; None: there is no agent."""
        self._address = address

    def pages_of(self, address):
        """How many pages came from there."""
        return self._pages.get(address, 0)

    def stop(self):
        self._end.set()
        self.join()

    def check(self):
        """Raises what the thread has found."""
        if self.failure is not None:
            raise self.failure

    def last(self):
        """The samples of the last page."""
        return self._last

    def run(self):
        try:
            due = time.monotonic()
            while not self._end.wait(max(0, due - time.monotonic())):
                due += PERIOD_S
                self._ask()
        except Exception as failure:  # pylint: disable=broad-except  # check() raises it again.
            self.failure = failure

    def _ask(self):
        address = self._address
        self.asked += 1
        with self._lock:
            acknowledged = self._tallies.acknowledged()
        page = fetch(address) if address else None
        if page is None:
            return
        with self._lock:
            attempted = self._tallies.attempted()
        samples = self._reader.samples(page)
        self._hold_against(samples, acknowledged, attempted)
        self._last = samples
        self.answered += 1
        self._pages[address] = self._pages.get(address, 0) + 1

    def _hold_against(self, samples, acknowledged, attempted):
        gone = [str(key) for key in self._last if key not in samples]
        for what, lines in (("gone", gone), ("fell", less(samples, self._last)),
                            ("lost", less(samples, acknowledged)),
                            ("counted twice", less(attempted, samples))):
            if lines:
                raise Wrong(f"{what}:\n" + "\n".join(lines[:MOST_LINES]))


def fetch(address):
    """The page, or None where there is none."""
    connection = http.client.HTTPConnection(address, timeout=ANSWER_DEADLINE_S)
    try:
        connection.request("GET", "/metrics")
        response = connection.getresponse()
        body = response.read()
        return body.decode() if response.status == 200 else None
    except (OSError, http.client.HTTPException):
        return None  # Nobody listens, or was killed while it answered.
    finally:
        connection.close()
