"""Publishes an existing prometheus_client registry through the process's segment, so that code which
counts with prometheus_client needs no change at its call sites:

    from prometheus_client import REGISTRY
    from shm_exporter import PrometheusBridge

    bridge = PrometheusBridge(REGISTRY)  # instead of start_http_server()
    bridge.start(5)                      # or bridge.publish() when it suits

Each publication collects the registry and adds what has grown since the last one. Nothing here raises.
Not for counting itself: new code uses shm_exporter's own metrics, which lose nothing of this list.

What is lost, compared with the registry's own page:

- What is counted after the last publication, when the process is killed. stop(), and the end of a process
  that sys.exit() or multiprocessing ends, publish once more where start() had been called; os._exit()
  does not.
- Fractions below the resolution (`ticks_per_unit`). Totals are rounded, not their growth, so the error of
  a series stays below one tick.
- A counter that was reset (its value fell), or removed from the registry and made anew, and has passed
  its former value again when it is next seen: the difference is taken for growth.
- Summaries, info and state metrics, and histograms of gauges: counted by losses().summaries.
- Untyped values become gauges. Timestamps, exemplars and _created are not kept.
- A series that is removed from the registry stays on the page as long as the process lives: a counter or
  histogram with what it had, a gauge of mode sum as 0, other gauges as they were.
- Negative, infinite and NaN counters; infinite and NaN sums; sums that fall because negative values were
  observed although no bucket bound is negative: counted by losses().values_refused, at each publication
  that meets one; so is the rest of a family with what is no number, or for which an option says what it
  may not. Of histograms with negative bounds prometheus_client shows no sum: it stays 0.
- Names, labels and help texts beyond the limits of shm/layout.h (a long help text is cut).
- In a forked child: what it counted before its first publish() or start().

Forked children. The thread is not there in a child: the bridge is stopped until start() or publish() is
called in it. That first call takes the values it finds, which are the parent's, as the beginning; so call
it right after the fork. os.fork() waits, for about a second at most, for a collection under way in
another thread, so that the child does not inherit a registry whose locks nobody will release."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from multiprocessing import util
from typing import Any, Protocol

from shm_exporter import _native
from shm_exporter.bridge_series import Published


class Registry(Protocol):
    """prometheus_client's CollectorRegistry, or whatever collects as it does."""

    def collect(self) -> Iterable[Any]: ...


@dataclass(frozen=True)
class Losses:
    """What a bridge could not publish so far."""

    summaries: int
    values_refused: int
    collections_failed: int


# How long a fork waits for a collection of another thread. It ends sooner, unless that waits for something
# that the forking thread holds: then the fork must win.
_FORK_WAIT_S = 1.0


class _Turns:
    """The lock of all publications, which a fork takes too; and which process of a line of forks this is."""

    def __init__(self) -> None:
        self.process = 0
        self._lock = threading.Lock()
        self._thread = threading.local()
        os.register_at_fork(before=self._before_fork, after_in_parent=self._after_fork,
                            after_in_child=self._after_fork_in_child)

    def run(self, action: Callable[[], bool]) -> bool:
        """Runs it, one at a time. False from within one on the same thread: a registry's collect()."""
        if getattr(self._thread, "runs", False):
            return False
        with self._lock:
            self._thread.runs = True
            try:
                return action()
            finally:
                self._thread.runs = False

    def _before_fork(self) -> None:
        runs = getattr(self._thread, "runs", False)
        self._thread.forks = not runs and self._lock.acquire(timeout=_FORK_WAIT_S)

    def _after_fork(self) -> None:
        if self._thread.forks:
            self._lock.release()

    def _after_fork_in_child(self) -> None:
        self.process += 1
        # Whoever holds the old one does not exist here, or still releases it.
        self._lock = threading.Lock()
        self._thread = threading.local()


_TURNS = _Turns()


class _Worker(threading.Thread):
    """Publishes again and again until it is told to stop."""

    def __init__(self, bridge: PrometheusBridge, interval: float) -> None:
        super().__init__(name="shm_exporter-bridge", daemon=True)
        self._bridge = weakref.ref(bridge)
        self._interval = min(interval, threading.TIMEOUT_MAX)
        self.told_to_stop = threading.Event()
        # At the end of a process that multiprocessing started, too, where atexit's functions do not run.
        self.at_exit = util.Finalize(None, _stop, (self._bridge,), exitpriority=0)

    def run(self) -> None:
        while not self.told_to_stop.wait(self._interval):
            bridge = self._bridge()
            if bridge is None:
                return
            bridge.publish()
            del bridge


def _stop(bridge: weakref.ref[PrometheusBridge]) -> None:
    alive = bridge()
    if alive is not None:
        alive.stop()


class PrometheusBridge:
    """Publishes one registry. All methods may be called from any thread, but do nothing in the registry's
    own collect().

    `gauge_mode` says by family name how the gauges of several processes become one: "sum" (also where it
    is not given), "min", "max", "mostrecent" or "all". `ticks_per_unit` says by family name how many
    ticks a unit of a counter or of a histogram's sum has, 1 to 10**12, None for the default: nanoseconds
    for families of seconds, else thousandths; all processes of a service must agree. With
    `count_from_now` the first publication takes the values that it finds as the beginning and adds
    nothing: for a bridge that is made in a forked child over its parent's registry. A registry that is
    published through two bridges counts twice."""

    def __init__(self, registry: Registry, *, gauge_mode: Callable[[str], str] | None = None,
                 ticks_per_unit: Callable[[str], int | None] | None = None,
                 count_from_now: bool = False) -> None:
        self._registry = registry
        self._options = (gauge_mode, ticks_per_unit)
        self._process = _TURNS.process
        self._count_from_now = count_from_now
        self._published = Published(gauge_mode, ticks_per_unit)
        self._worker: _Worker | None = None
        self._collections_failed = 0

    def publish(self) -> bool:
        """Publishes now, on this thread. False when the registry raised."""
        return _TURNS.run(self._publish)

    def start(self, interval: float) -> bool:
        """Publishes now on this thread, and then after each `interval` (in seconds) on a daemon thread of
        the bridge's own. False when that runs already, or the interval is not positive."""
        return interval > 0 and _TURNS.run(lambda: self._start(interval))

    def stop(self) -> None:
        """Ends the thread, waits for it, and publishes once more. Does nothing when there is none."""
        ended: list[_Worker] = []

        def take_worker() -> bool:
            self._enter_child_if_forked()
            if self._worker is not None:
                ended.append(self._worker)
            self._worker = None
            return True

        _TURNS.run(take_worker)
        for worker in ended:
            worker.at_exit.cancel()
            worker.told_to_stop.set()
            worker.join()
            self.publish()

    def losses(self) -> Losses:
        """What could not be published so far."""
        return Losses(self._published.summaries, self._published.values_refused, self._collections_failed)

    def _enter_child_if_forked(self) -> None:
        if self._process == _TURNS.process:
            return
        # The thread stayed in the parent, and what was published is the parent's.
        self._process = _TURNS.process
        self._worker = None
        self._published = Published(*self._options)
        self._count_from_now = True

    def _publish(self) -> bool:
        self._enter_child_if_forked()
        try:
            families = list(self._registry.collect())
            if self._process != _TURNS.process:
                return False  # collect() forked, and this is the child: the parent publishes these values
            self._published.add(families, self._count_from_now)
        except Exception:  # the registry's collectors are the application's
            self._collections_failed += 1
            return False
        self._count_from_now = False
        _native.publish()
        return True

    def _start(self, interval: float) -> bool:
        self._enter_child_if_forked()
        if self._worker is not None:
            return False
        self._publish()  # not on the thread: in a forked child this is where its counts begin
        worker = _Worker(self, interval)
        try:
            worker.start()
        except RuntimeError:
            worker.at_exit.cancel()
            return False  # no thread to be had
        self._worker = worker
        return True
