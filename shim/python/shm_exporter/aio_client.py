"""The interceptors of grpc.aio.insecure_channel() and secure_channel()."""

from __future__ import annotations

import functools
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from grpc import aio

from . import _native
from .aio_calls import CountedStreamStreamCall, CountedUnaryStreamCall, counted_requests, end
from .called_methods import CalledMethods
from .codes import BIDI_STREAM, CLIENT_STREAM, SERVER_STREAM, UNARY, number_of_error

_Continuation = Callable[[Any, Any], Awaitable[Any]]

# A time since 1970, and no timeout: 31 years.
_IS_A_TIME_S: Final = 1e9


def _with_its_timeout(details: Any) -> Any:
    """The details of a streaming call, with the timeout that the application gave. Where there is any
    interceptor, gRPC 1.51 gives the time of the deadline instead, and takes it for a timeout then: streams
    would have no deadline."""
    if details.timeout is None or details.timeout < _IS_A_TIME_S:
        return details
    return aio.ClientCallDetails(details.method, details.timeout - time.time(), details.metadata,
                                 details.credentials, details.wait_for_ready)


# What the application gets for an RPC with a stream of responses.
_RESPONSES: Final[dict[int, type[Any]]] = {SERVER_STREAM: CountedUnaryStreamCall,
                                           BIDI_STREAM: CountedStreamStreamCall}


class _Interceptor:
    def __init__(self, methods: CalledMethods) -> None:
        self._methods = methods

    async def _run(self, kind: int, continuation: _Continuation, details: Any, requests: Any) -> Any:
        """`requests` is one request, or an iterable of them."""
        if kind != UNARY:
            details = _with_its_timeout(details)
        call = self._methods.start(details, kind)
        if call is None:
            return await continuation(details, requests)
        single_request = kind in (UNARY, SERVER_STREAM)
        if single_request:
            call.message_sent(self._methods.size_of(requests))
        else:
            requests = counted_requests(requests, call, self._methods.size_of)
        rpc = await self._invoke(call, continuation, details, requests, kind not in _RESPONSES)
        if single_request:
            call.sending_done()
        return self._counted(kind, rpc, call)

    async def _invoke(self, call: _native.Call, continuation: _Continuation, details: Any, requests: Any,
                      single_response: bool) -> Any:
        """gRPC's object for the call, whose end is the call's."""
        try:
            rpc = await continuation(details, requests)
        except BaseException as error:
            call.finish(number_of_error(error))
            raise
        try:
            if rpc.done():
                end(call, single_response, rpc)
            else:
                rpc.add_done_callback(functools.partial(end, call, single_response))
        except Exception:
            self._methods.lost()
        return rpc

    def _counted(self, kind: int, rpc: Any, call: _native.Call) -> Any:
        """What the application gets."""
        try:
            responses = _RESPONSES.get(kind)
            return rpc if responses is None else responses(rpc, call)
        except Exception:
            self._methods.lost()
            return rpc


class _UnaryUnary(_Interceptor, aio.UnaryUnaryClientInterceptor):  # type: ignore[misc]
    async def intercept_unary_unary(self, continuation: _Continuation, client_call_details: Any,
                                    request: Any) -> Any:
        return await self._run(UNARY, continuation, client_call_details, request)


class _UnaryStream(_Interceptor, aio.UnaryStreamClientInterceptor):  # type: ignore[misc]
    async def intercept_unary_stream(self, continuation: _Continuation, client_call_details: Any,
                                     request: Any) -> Any:
        return await self._run(SERVER_STREAM, continuation, client_call_details, request)


class _StreamUnary(_Interceptor, aio.StreamUnaryClientInterceptor):  # type: ignore[misc]
    async def intercept_stream_unary(self, continuation: _Continuation, client_call_details: Any,
                                     request_iterator: Any) -> Any:
        return await self._run(CLIENT_STREAM, continuation, client_call_details, request_iterator)


class _StreamStream(_Interceptor, aio.StreamStreamClientInterceptor):  # type: ignore[misc]
    async def intercept_stream_stream(self, continuation: _Continuation, client_call_details: Any,
                                      request_iterator: Any) -> Any:
        return await self._run(BIDI_STREAM, continuation, client_call_details, request_iterator)


_KINDS: Final = (_UnaryUnary, _UnaryStream, _StreamUnary, _StreamStream)


class PromAioClientInterceptors(CalledMethods, Sequence[Any]):
    """Count the RPCs of a channel of grpc.aio, which wants an interceptor for each of the four types:

        channel = grpc.aio.insecure_channel("orders:443", interceptors=PromAioClientInterceptors())

    and beside others `interceptors=[*PromAioClientInterceptors(), mine]`. The objects that the application
    gets are gRPC's own. With any interceptor, gRPC 1.51 has read() raise StopAsyncIteration at the end of a
    stream, where it gives EOF without one; `async for` is the same with and without. What fails in here
    is counted as lost and never reaches the application.
    """

    def __len__(self) -> int:
        return len(_KINDS)

    def __getitem__(self, index: Any) -> Any:
        return tuple(kind(self) for kind in _KINDS)[index]
