"""The interceptor of grpc.aio.server()."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import grpc
from grpc import aio

from .codes import CANCELLED, CLIENT_STREAM, NUMBERS, OK, UNARY, UNKNOWN
from .handlers import Rpc, SingleResponseRpc, plain_handler_type
from .served_methods import ServedMethods


def _set_code(context: Any) -> int:
    """What the application has set, or abort() for it; OK by default."""
    try:
        code = context.code()
    except Exception:
        return OK  # a context of another interceptor's, which cannot say
    return code if isinstance(code, int) else NUMBERS.get(code, OK if code is None else UNKNOWN)


def _failure(context: Any, error: BaseException) -> int:
    """The code of an RPC whose behavior raised. gRPC cancels it by CancelledError or by closing its
    generator, and its own errors come where a client is gone already."""
    code = _set_code(context)
    if code != OK:
        return code
    gone = isinstance(error, (asyncio.CancelledError, GeneratorExit, aio.InternalError))
    return CANCELLED if gone else UNKNOWN


def _outcome(context: Any) -> int:
    """The code of an RPC whose behavior returned. The client never sees the OK of an RPC that it has
    cancelled, whatever the application makes of the CancelledError."""
    code = _set_code(context)
    task = asyncio.current_task()
    return CANCELLED if code == OK and task is not None and task.cancelling() else code


class _Unary(SingleResponseRpc):
    """Of a coroutine that returns its response."""

    __slots__ = ()

    unreadable = UNKNOWN

    async def run(self, request: Any, context: Any) -> Any:
        try:
            response = await self.served.behavior(request, context)
        except BaseException as error:
            self.call.finish(_failure(context, error))
            raise
        code = _outcome(context)
        if code != OK:
            self.call.finish(code)
        return response


class _Written(Rpc):
    """Of a coroutine that has sent its responses by write()."""

    __slots__ = ()

    unreadable = UNKNOWN

    async def run(self, request: Any, context: Any) -> None:
        try:
            await self.served.behavior(request, context)
        except BaseException as error:
            self.call.finish(_failure(context, error))
            raise
        self.call.finish(_outcome(context))


class _Stream(Rpc):
    """Of an asynchronous generator of responses."""

    __slots__ = ()

    unreadable = UNKNOWN

    async def run(self, request: Any, context: Any) -> AsyncIterator[Any]:
        try:
            async for response in self.served.behavior(request, context):
                yield response
        except BaseException as error:
            self.call.finish(_failure(context, error))
            raise
        self.call.finish(_outcome(context))


class _NotingContext:
    """The context of a function that is not asynchronous, which cannot say what code it was given."""

    def __init__(self, context: Any) -> None:
        self._context = context
        self._code: Any = None

    def code(self) -> Any:
        return self._code

    def set_code(self, code: Any) -> None:
        self._code = code
        self._context.set_code(code)

    def abort(self, code: Any, *arguments: Any, **keywords: Any) -> Any:
        self._code = code
        return self._context.abort(code, *arguments, **keywords)

    def __getattr__(self, name: str) -> Any:
        if name == "_context":
            raise AttributeError(name)
        return getattr(self._context, name)


class _ThreadUnary(SingleResponseRpc):
    """Of a function that is not asynchronous, which gRPC runs in its thread pool. It learns of no
    cancellation: gRPC drops the RPC under it."""

    __slots__ = ()

    unreadable = UNKNOWN

    def run(self, request: Any, context: Any) -> Any:
        context = _NotingContext(context)
        try:
            response = self.served.behavior(request, context)
        except BaseException as error:
            self.call.finish(_failure(context, error))
            raise
        code = _set_code(context)
        if code != OK:
            self.call.finish(code)
        return response


class _ThreadStream(Rpc):
    """Of one that returns an iterator of its responses."""

    __slots__ = ()

    unreadable = UNKNOWN

    def run(self, request: Any, context: Any) -> Iterator[Any]:
        context = _NotingContext(context)
        try:
            responses = self.served.behavior(request, context)
        except BaseException as error:
            self.call.finish(_failure(context, error))
            raise
        return self._deliver(responses, context)

    def _deliver(self, responses: Any, context: Any) -> Iterator[Any]:
        try:
            yield from responses
        except BaseException as error:
            self.call.finish(_failure(context, error))
            raise
        self.call.finish(_set_code(context))


class PromAioServerInterceptor(ServedMethods, aio.ServerInterceptor):  # type: ignore[misc]
    """Counts the RPCs of a grpc.aio.server().

        server = grpc.aio.server(interceptors=(PromAioServerInterceptor(),))

    First in `interceptors` it counts what the others refuse, too. Asynchronous functions, in either style
    of streams, and those that are not and run in the thread pool. One interceptor may serve several servers,
    in one thread each. What fails in here is counted as lost and never reaches the application.
    """

    @staticmethod
    def _choose(behavior: Any, kind: int) -> type[Rpc]:
        """gRPC asks the same of the function that it is given."""
        single = kind in (UNARY, CLIENT_STREAM)
        if inspect.iscoroutinefunction(behavior):
            return plain_handler_type(_Unary if single else _Written, kind)
        if inspect.isasyncgenfunction(behavior):
            return plain_handler_type(_Stream, kind)
        return plain_handler_type(_ThreadUnary if single else _ThreadStream, kind)

    async def intercept_service(
            self, continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
            handler_call_details: grpc.HandlerCallDetails) -> Any:
        try:
            handler = await continuation(handler_call_details)
        except BaseException as error:
            self._refused(handler_call_details, UNKNOWN if isinstance(error, Exception) else CANCELLED)
            raise
        return self._counted(handler, handler_call_details)
