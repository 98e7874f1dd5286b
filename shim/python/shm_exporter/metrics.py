"""Counters, gauges and histograms as prometheus_client's users know them, counted into the process's
segment: the agent adds up the processes of a service.

    from shm_exporter import Counter, Gauge, Histogram

    orders = Counter("orders_total", "Orders taken.", ["kind"])
    orders.labels("retail").inc()

What is said wrongly (a name, a label, a bucket) raises ValueError or TypeError where it is declared or
labelled. Counting raises nothing but the TypeError of what is no number: what cannot be counted (a
negative increment, a NaN, a metric whose labels are missing, a limit reached) is counted as lost, see
losses(). All of it may be called from any thread, and across fork. A metric that is declared again is
the same metric; with another kind, mode, unit or resolution it is refused, told once (the option
on_problem) and counts nothing.

Not here, because series live as long as the process: remove() and clear(). Not here, because nobody
collects from the process: set_function() and collect(). Instead of Summary use Histogram."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from shm_exporter import _native
from shm_exporter.blocks import ExceptionCounter, InprogressTracker, Timer

# Children that a metric keeps to give them again: as many as a process may have series. Beyond it they
# count in the overflow series, whatever their labels.
_MAX_CHILDREN = 10_000

# What prometheus_client calls the modes. Gauges here are always those of live processes.
_MULTIPROCESS_MODES = {
    "all": "all", "liveall": "all", "min": "min", "livemin": "min", "max": "max", "livemax": "max",
    "sum": "sum", "livesum": "sum", "mostrecent": "mostrecent", "livemostrecent": "mostrecent",
}

_Metric = TypeVar("_Metric", bound="_LabelledMetric")


def _full_name(name: str, namespace: str, subsystem: str, unit: str) -> str:
    full = "_".join(part for part in (namespace, subsystem, name) if part)
    return f"{full}_{unit}" if unit and not full.endswith(f"_{unit}") else full


def _counter_name(name: str, namespace: str, subsystem: str, unit: str) -> str:
    return _full_name(name.removesuffix("_total"), namespace, subsystem, unit) + "_total"


class _LabelledMetric:
    """A metric, or with labels a family of them: the same class, as in prometheus_client."""

    _family: Any
    # Of what has no labels, or has them set.
    _labelnames: tuple[str, ...] = ()
    _children: dict[tuple[str, ...], Any] = {}

    def _check_labels(self, labelnames: Iterable[str]) -> None:
        self._labelnames = tuple(labelnames)
        self._children = {}
        for name in self._labelnames:
            if problem := _native.label_name_problem(name):
                raise ValueError(f"the label {name!r} {problem}")
        if len(set(self._labelnames)) != len(self._labelnames):
            raise ValueError(f"a label is there twice: {self._labelnames}")

    def _use(self, family: Any) -> None:
        self._family = family
        if not self._labelnames:
            self._bind(family, {})

    def _bind(self, family: Any, labels: dict[str, str]) -> None:
        raise NotImplementedError

    def labels(self: _Metric, *labelvalues: Any, **labelkwargs: Any) -> _Metric:
        """The metric of these label values, by position or by name. It may be kept, which saves the
        look-up: counting in what is kept is several times cheaper. Values become strings by str(). A
        value that is longer than 512 bytes makes the metric count nothing but the loss."""
        if labelkwargs:
            if labelvalues:
                raise ValueError("label values are given by position or by name, not both")
            if len(labelkwargs) != len(self._labelnames) or not labelkwargs.keys() <= {*self._labelnames}:
                raise ValueError(f"the labels are {self._labelnames}, not {tuple(labelkwargs)}")
            labelvalues = tuple(labelkwargs[name] for name in self._labelnames)
        values = tuple(map(str, labelvalues))
        child: _Metric | None = self._children.get(values)
        return self._make_child(values) if child is None else child

    def _make_child(self: _Metric, values: tuple[str, ...]) -> _Metric:
        if not self._labelnames:
            raise ValueError("the metric has no labels, or these are set already")
        if len(values) != len(self._labelnames):
            raise ValueError(f"the labels are {self._labelnames}, but there are {len(values)} values")
        child: _Metric = type(self).__new__(type(self))
        child._bind(self._family, dict(zip(self._labelnames, values)))
        # Whoever was first: of two threads both get the same child, or two that count alike.
        if len(self._children) < _MAX_CHILDREN:
            child = self._children.setdefault(values, child)
        return child


class Counter(_native.CounterSeries, _LabelledMetric):
    """A number that only goes up, and starts at 0 with each process. As in prometheus_client, the name is
    exposed with `_total` at its end.

    `registry` is accepted and not used: metrics show on the agent's page. `ticks_per_unit` is the
    resolution that increments are rounded to (1 to 10**12; all processes of a service must agree). By
    default it is nanoseconds for names that end in `_seconds_total`, else thousandths. With
    `exemplars`, the latest increment that was given with its span is kept."""

    def __init__(self, name: str, documentation: str, labelnames: Iterable[str] = (), namespace: str = "",
                 subsystem: str = "", unit: str = "", registry: object = None, *,
                 ticks_per_unit: int | None = None, exemplars: bool = False) -> None:
        self._check_labels(labelnames)
        self._use(_native.CounterFamily(
            name=_counter_name(name, namespace, subsystem, unit), help=documentation, unit=unit,
            ticks_per_unit=ticks_per_unit, exemplars=exemplars))

    def _bind(self, family: Any, labels: dict[str, str]) -> None:
        _native.bind_counter(self, family, labels)

    def count_exceptions(self, exception: type[BaseException] | tuple[type[BaseException], ...] = Exception,
                         ) -> ExceptionCounter:
        """A context manager or decorator: counts the exceptions of that kind which leave the block."""
        return ExceptionCounter(self, exception)


class Gauge(_native.GaugeSeries, _LabelledMetric):
    """A number that goes up and down.

    `mode` says how the live processes' values become one: "sum" (the default), "min", "max",
    "mostrecent" (the one that was set last), "all" (each, with a label pid), or "in_flight" (a sum of
    whole numbers that are only added and taken away, where different processes or threads may do either;
    it cannot be set). `multiprocess_mode` is accepted in its place, as prometheus_client names it; here
    the values of ended processes always leave."""

    def __init__(self, name: str, documentation: str, labelnames: Iterable[str] = (), namespace: str = "",
                 subsystem: str = "", unit: str = "", registry: object = None,
                 multiprocess_mode: str | None = None, *, mode: str | None = None) -> None:
        if multiprocess_mode is not None:
            if mode is not None or multiprocess_mode not in _MULTIPROCESS_MODES:
                raise ValueError(f"multiprocess_mode cannot be {multiprocess_mode!r} here: use mode")
            mode = _MULTIPROCESS_MODES[multiprocess_mode]
        self._check_labels(labelnames)
        self._use(_native.GaugeFamily(name=_full_name(name, namespace, subsystem, unit),
                                      help=documentation, unit=unit, mode=mode))

    def _bind(self, family: Any, labels: dict[str, str]) -> None:
        _native.bind_gauge(self, family, labels)

    def set_to_current_time(self) -> None:
        """Sets it to the seconds since 1970."""
        self.set(time.time())

    def track_inprogress(self) -> InprogressTracker:
        """A context manager or decorator: 1 more while the block runs."""
        return InprogressTracker(self)

    def time(self) -> Timer:
        """A context manager or decorator: sets it to the seconds that the block took."""
        return Timer(self.set)


class Histogram(_native.HistogramSeries, _LabelledMetric):
    """A distribution of values.

    `buckets` are upper bounds, ascending; +Inf is implied. `bucket_kind` is "classic" (the default),
    "native" (exponential buckets, whose range and resolution are `native`) or "both". The sum is kept
    in `ticks_per_unit`, see Counter (nanoseconds for names that end in `_seconds`). Negative values are
    refused unless `admits_negative`, which is implied by a negative bound. With `exemplars`, each
    bucket keeps the latest observation that was given with its span."""

    def __init__(self, name: str, documentation: str, labelnames: Iterable[str] = (), namespace: str = "",
                 subsystem: str = "", unit: str = "", registry: object = None,
                 buckets: Sequence[float | str] | None = None, *, bucket_kind: str | None = None,
                 native: Mapping[str, float] | None = None, ticks_per_unit: int | None = None,
                 admits_negative: bool | None = None, exemplars: bool = False) -> None:
        bounds = None if buckets is None else [float(bound) for bound in buckets]
        self._check_labels(labelnames)
        self._use(_native.HistogramFamily(
            name=_full_name(name, namespace, subsystem, unit), help=documentation, unit=unit,
            buckets=bounds, bucket_kind=bucket_kind, native=native, ticks_per_unit=ticks_per_unit,
            admits_negative=admits_negative, exemplars=exemplars))

    def _bind(self, family: Any, labels: dict[str, str]) -> None:
        _native.bind_histogram(self, family, labels)

    def time(self) -> Timer:
        """A context manager or decorator: observes the seconds that the block took."""
        return Timer(self.observe)
