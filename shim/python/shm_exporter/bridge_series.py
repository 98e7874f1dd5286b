"""The bridge's memory: each series of a prometheus_client registry with its cells in the segment and the
values that it had at the last publication. Knows nothing of threads, locks and forks: its caller lets in
one at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from shm_exporter import _native

_Labels = tuple[tuple[str, str], ...]
_Key = tuple[str, _Labels]

# Kinds of families whose samples are a number each; what is neither here nor a histogram is not published.
_GAUGES = ("gauge", "unknown", "untyped")


class _HistogramSamples:
    """The samples of one histogram."""

    def __init__(self) -> None:
        self.buckets: dict[float, float] = {}
        self.sum: float | None = None

    def ordered(self) -> tuple[list[float], list[float]]:
        """The bounds but +Inf, ascending, and the cumulative counts, +Inf's last; with none of the latter
        where +Inf has none."""
        bounds = sorted(self.buckets)
        counts = [self.buckets[bound] for bound in bounds] if bounds and bounds[-1] == math.inf else []
        return [bound for bound in bounds if math.isfinite(bound)], counts


def _labels_of(sample: Any, without: str = "") -> _Labels:
    return tuple(sorted((name, value) for name, value in sample.labels.items() if name != without))


def _histograms_of(family: Any) -> dict[_Labels, _HistogramSamples]:
    found: dict[_Labels, _HistogramSamples] = {}
    for sample in family.samples:
        if sample.name == family.name + "_bucket":
            histogram = found.setdefault(_labels_of(sample, "le"), _HistogramSamples())
            histogram.buckets[float(sample.labels["le"])] = sample.value
        elif sample.name == family.name + "_sum":
            found.setdefault(_labels_of(sample), _HistogramSamples()).sum = sample.value
    return found


class Published:
    """What has been published: each series of the registry with its cells and its last values."""

    def __init__(self, gauge_mode: Callable[[str], str] | None,
                 ticks_per_unit: Callable[[str], int | None] | None) -> None:
        self.summaries = 0
        self.values_refused = 0
        self._gauge_mode = gauge_mode or (lambda name: "sum")
        self._ticks_per_unit = ticks_per_unit or (lambda name: None)
        self._series: dict[_Key, Any] = {}
        self._unpublishable: set[_Key] = set()
        self._seen: set[_Key] = set()
        self._only_remember = False

    def add(self, families: Iterable[Any], only_remember: bool) -> None:
        """Adds what has grown since the last call; with `only_remember` nothing is added to counters and
        histograms."""
        self._seen = set()
        self._only_remember = only_remember
        for family in families:
            try:
                self._add_family(family)
            except Exception:  # what a collector or an option of the application's says cannot be published
                self._refuse()
        self._forget_removed()

    def _add_family(self, family: Any) -> None:
        if family.type == "counter":
            self._add_counters(family)
        elif family.type in _GAUGES:
            self._add_gauges(family)
        elif family.type == "histogram":
            self._add_histograms(family)
        else:
            self._leave_out(family)

    def _refuse(self) -> None:
        _native.refuse_value()
        self.values_refused += 1

    def _first_time(self, key: _Key) -> bool:
        """False, and refused, when the series is there twice: two totals of one have no difference."""
        if key in self._seen:
            self._refuse()
            return False
        self._seen.add(key)
        return True

    def _series_of(self, key: _Key, kind: type, make: Callable[[], Any]) -> Any:
        series = self._series.get(key)
        if not isinstance(series, kind):  # none yet, or one that was made anew as another kind
            series = self._series[key] = make()
        return series

    def _numbers(self, family: Any, names: tuple[str, ...]) -> Iterator[tuple[_Key, dict[str, str], float]]:
        for sample in family.samples:
            key = (sample.name, _labels_of(sample))
            if sample.name in names and self._first_time(key):
                yield key, sample.labels, sample.value

    def _add_counters(self, family: Any) -> None:
        # A collector of the application's may leave _total out.
        for key, labels, value in self._numbers(family, (family.name + "_total", family.name)):
            name = key[0]
            counter = self._series_of(key, _native.PublishedCounter, lambda: _native.PublishedCounter(
                name, family.documentation, labels, self._ticks_per_unit(name)))
            self._tally(counter.advance(value, self._only_remember))

    def _add_gauges(self, family: Any) -> None:
        for key, labels, value in self._numbers(family, (family.name,)):
            name = key[0]
            gauge = self._series_of(key, _native.PublishedGauge, lambda: _native.PublishedGauge(
                name, family.documentation, labels, self._gauge_mode(name)))
            gauge.set(value)

    def _add_histograms(self, family: Any) -> None:
        for labels, samples in _histograms_of(family).items():
            key = (family.name, labels)
            if not self._first_time(key):
                continue
            bounds, counts = samples.ordered()
            known = self._series.get(key)
            if isinstance(known, _native.PublishedHistogram) and known.bounds != bounds:
                del self._series[key]  # removed, and made anew with others
            histogram = self._series_of(
                key, _native.PublishedHistogram, lambda: _native.PublishedHistogram(
                    family.name, family.documentation, dict(labels), bounds, self._ticks_per_unit(family.name)))
            total = 0.0 if samples.sum is None and bounds and bounds[0] < 0 else samples.sum
            self._tally(histogram.advance(counts, total, self._only_remember))

    def _tally(self, taken: bool) -> None:
        self.values_refused += not taken

    def _leave_out(self, family: Any) -> None:
        for sample in family.samples:
            key = (family.name, _labels_of(sample, "quantile"))
            if key not in self._unpublishable:
                self._unpublishable.add(key)
                self.summaries += 1
                _native.refuse_registration()

    def _forget_removed(self) -> None:
        """A gauge that is gone is forgotten. A counter or histogram is remembered: it may only have been
        left out this once, and its whole total would count again when it comes back."""
        for key in self._series.keys() - self._seen:
            if isinstance(self._series[key], _native.PublishedGauge):
                self._series.pop(key).leave()
