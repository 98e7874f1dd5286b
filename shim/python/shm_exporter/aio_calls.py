"""What an asynchronous client's application holds while its RPC is under way: the requests that it gives
and the call that it gets, counted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any

from grpc import aio

from . import _native
from .codes import NUMBERS, OK, UNKNOWN


def _known(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine gives that has nothing to wait for. A task of its own would not run any more where
    the loop ends with the call."""
    try:
        coroutine.send(None)
    except StopIteration as returned:
        return returned.value
    finally:
        coroutine.close()
    return None


def end(call: _native.Call, single_response: bool, rpc: Any) -> None:
    """Ends a call as gRPC's object for it says, which is done."""
    code = NUMBERS.get(_known(rpc.code()), UNKNOWN)
    if code == OK and single_response:
        call.message_received()
    call.finish(code)


class _CountedRequests:
    """The application's requests; gRPC asks for the next when it has taken the one before."""

    def __init__(self, requests: Any, call: _native.Call, size_of: Callable[[Any], int]) -> None:
        self._requests = requests
        self._call = call
        self._size_of = size_of

    def __aiter__(self) -> AsyncIterator[Any]:
        self._requests = aiter(self._requests)
        return self

    async def __anext__(self) -> Any:
        self._call.sending_done()
        request = await anext(self._requests)
        self._sent(request)
        return request

    def _sent(self, request: Any) -> None:
        if not self._call.finished:  # else gRPC drops it
            self._call.message_sent(self._size_of(request))

    def one_by_one(self) -> Iterator[Any]:
        """Those of an iterable that is not asynchronous."""
        for request in self._requests:
            self._sent(request)
            yield request
            self._call.sending_done()


def counted_requests(requests: Any, call: _native.Call, size_of: Callable[[Any], int]) -> Any:
    """What gRPC is given instead of the application's requests."""
    counted = _CountedRequests(requests, call, size_of)
    return counted if hasattr(requests, "__aiter__") else counted.one_by_one()


class _CountedResponses:
    """gRPC's object for a call, whose responses are counted, and which is one and the same otherwise. An
    iterator alone would do for gRPC, but closing a channel fails where gRPC has made its own object of
    one."""

    def __init__(self, inner: Any, call: _native.Call) -> None:
        self._inner = inner
        self._call = call
        self._responses: AsyncIterator[Any] | None = None

    async def _counted(self) -> AsyncIterator[Any]:
        async for response in self._inner:
            self._call.message_received()
            yield response

    def __aiter__(self) -> AsyncIterator[Any]:
        if self._responses is None:
            self._responses = self._counted()
        return self._responses

    async def read(self) -> Any:
        response = await self._inner.read()
        if response is not aio.EOF:
            self._call.message_received()
        return response

    def cancel(self) -> bool:
        return self._inner.cancel()  # type: ignore[no-any-return]

    def cancelled(self) -> bool:
        return self._inner.cancelled()  # type: ignore[no-any-return]

    def done(self) -> bool:
        return self._inner.done()  # type: ignore[no-any-return]

    def add_done_callback(self, callback: Callable[[Any], Any]) -> None:
        self._inner.add_done_callback(lambda _: callback(self))

    def time_remaining(self) -> float | None:
        return self._inner.time_remaining()  # type: ignore[no-any-return]

    async def initial_metadata(self) -> Any:
        return await self._inner.initial_metadata()

    async def trailing_metadata(self) -> Any:
        return await self._inner.trailing_metadata()

    async def code(self) -> Any:
        return await self._inner.code()

    async def details(self) -> Any:
        return await self._inner.details()

    async def wait_for_connection(self) -> None:
        await self._inner.wait_for_connection()

    def __getattr__(self, name: str) -> Any:
        if name == "_inner":
            raise AttributeError(name)
        return getattr(self._inner, name)


class CountedUnaryStreamCall(_CountedResponses, aio.UnaryStreamCall):  # type: ignore[misc]
    """Of one request."""


class CountedStreamStreamCall(_CountedResponses, aio.StreamStreamCall):  # type: ignore[misc]
    """Of a stream of requests."""

    async def write(self, request: Any) -> None:
        await self._inner.write(request)

    async def done_writing(self) -> None:
        await self._inner.done_writing()
