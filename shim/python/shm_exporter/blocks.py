"""What metrics count of a block of code: context managers, and decorators of functions, of coroutine
functions too. As decorators they may be used by several threads and tasks at once."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from time import perf_counter
from types import TracebackType
from typing import Any, Protocol, TypeVar

_Function = TypeVar("_Function", bound=Callable[..., Any])


class _Increasing(Protocol):
    def inc(self) -> None: ...


class _Moving(_Increasing, Protocol):
    def dec(self) -> None: ...


class _Block:
    """A context manager that decorates, with one of its own for each call."""

    def __enter__(self) -> Any:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        raise NotImplementedError

    def _again(self) -> _Block:
        return self

    def __call__(self, function: _Function) -> _Function:
        if inspect.iscoroutinefunction(function):
            @functools.wraps(function)
            async def awaited(*args: Any, **kwargs: Any) -> Any:
                with self._again():
                    return await function(*args, **kwargs)
            return awaited  # type: ignore[return-value]

        @functools.wraps(function)
        def called(*args: Any, **kwargs: Any) -> Any:
            with self._again():
                return function(*args, **kwargs)
        return called  # type: ignore[return-value]


class Timer(_Block):
    """Gives the seconds that a block took to a function. As a context manager it is for one block at a
    time."""

    def __init__(self, took: Callable[[float], None]) -> None:
        self._took = took
        self._start = 0.0

    def _again(self) -> Timer:
        return Timer(self._took)

    def __enter__(self) -> Timer:
        self._start = perf_counter()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._took(max(perf_counter() - self._start, 0))


class ExceptionCounter(_Block):
    """Counts the exceptions that leave a block."""

    def __init__(self, counter: _Increasing,
                 exception: type[BaseException] | tuple[type[BaseException], ...]) -> None:
        self._counter = counter
        self._exception = exception

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        if isinstance(error, self._exception):
            self._counter.inc()


class InprogressTracker(_Block):
    """Counts blocks while they run."""

    def __init__(self, gauge: _Moving) -> None:
        self._gauge = gauge

    def __enter__(self) -> InprogressTracker:
        self._gauge.inc()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._gauge.dec()
