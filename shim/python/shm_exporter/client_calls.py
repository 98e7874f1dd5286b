"""What a synchronous client's application holds while its RPC is under way: the requests that it gives
and the call that it gets, counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import grpc

from . import _native
from .codes import CANCELLED, NUMBERS, OK, UNKNOWN, number_of_error


def end(call: _native.Call, single_response: bool, outcome: Any) -> None:
    """Ends a call as gRPC's object for it says, which is done."""
    # gRPC's objects for calls that failed are errors themselves; of others the code costs a lock.
    if not isinstance(outcome, grpc.RpcError) and outcome.exception() is None:
        code = OK
    else:
        code = NUMBERS.get(outcome.code(), UNKNOWN)
    if code == OK and single_response:
        call.message_received()
    call.finish(code)


class CountedRequests:
    """The application's iterator of requests; gRPC asks for the next when it has taken the one before."""

    def __init__(self, requests: Any, call: _native.Call, size_of: Callable[[Any], int]) -> None:
        self._requests = requests
        self._call = call
        self._size_of = size_of

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        call = self._call
        call.sending_done()
        request = next(self._requests)
        if not call.finished:  # else gRPC drops it
            call.message_sent(self._size_of(request))
        return request

    def __getattr__(self, name: str) -> Any:
        if name == "_requests":
            raise AttributeError(name)
        return getattr(self._requests, name)


class CountedCall(grpc.RpcError, grpc.Call, grpc.Future):  # type: ignore[misc]
    """gRPC's object for an RPC under way, whose responses are counted, and which is one and the same to
    the application.

    gRPC cancels a call that nobody refers to any more. Listening to it makes a reference, from itself,
    so it is cancelled when nobody refers to this.
    """

    def __init__(self, inner: Any, call: _native.Call, single_response: bool) -> None:
        super().__init__()
        self._inner = inner
        self._responses = inner if single_response else iter(inner)
        self._call = call
        if hasattr(inner, "add_done_callback"):  # other interceptors may return any iterator
            inner.add_done_callback(lambda outcome: end(call, single_response, outcome))

    def __del__(self) -> None:
        try:
            if not self._call.finished:
                self.cancel()
        except Exception:
            pass  # an object that cannot be cancelled, or an interpreter that ends

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        try:
            response = next(self._responses)
        except StopIteration:
            self._call.finish(OK)
            raise
        except Exception as error:
            self._call.finish(number_of_error(error))
            raise
        self._call.message_received()
        return response

    def next(self) -> Any:
        return self.__next__()

    def cancel(self) -> bool:
        cancelled = self._inner.cancel()
        if cancelled:  # a call with SingleThreadedUnaryStream does not tell its listeners
            self._call.finish(CANCELLED)
        return cancelled  # type: ignore[no-any-return]

    def add_done_callback(self, fn: Callable[[Any], Any]) -> None:
        self._inner.add_done_callback(lambda _: fn(self))

    def add_callback(self, callback: Callable[[], Any]) -> bool:
        return self._inner.add_callback(callback)  # type: ignore[no-any-return]

    def cancelled(self) -> bool:
        return self._inner.cancelled()  # type: ignore[no-any-return]

    def running(self) -> bool:
        return self._inner.running()  # type: ignore[no-any-return]

    def done(self) -> bool:
        return self._inner.done()  # type: ignore[no-any-return]

    def result(self, timeout: float | None = None) -> Any:
        return self._inner.result(timeout)

    def exception(self, timeout: float | None = None) -> Any:
        return self._inner.exception(timeout)

    def traceback(self, timeout: float | None = None) -> Any:
        return self._inner.traceback(timeout)

    def is_active(self) -> bool:
        return self._inner.is_active()  # type: ignore[no-any-return]

    def time_remaining(self) -> float | None:
        return self._inner.time_remaining()  # type: ignore[no-any-return]

    def initial_metadata(self) -> Any:
        return self._inner.initial_metadata()

    def trailing_metadata(self) -> Any:
        return self._inner.trailing_metadata()

    def code(self) -> Any:
        return self._inner.code()

    def details(self) -> Any:
        return self._inner.details()

    def __getattr__(self, name: str) -> Any:
        if name == "_inner":
            raise AttributeError(name)
        return getattr(self._inner, name)

    def __repr__(self) -> str:
        return repr(self._inner)

    def __str__(self) -> str:
        return str(self._inner)
