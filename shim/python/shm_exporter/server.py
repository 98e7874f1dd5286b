"""The interceptor of grpc.server()."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import grpc

from .codes import CANCELLED, CLIENT_STREAM, NUMBERS, OK, UNARY, UNKNOWN
from .handlers import Rpc, SingleResponseRpc, handler_type, plain_handler_type
from .served_methods import ServedMethods


def _failure(context: Any) -> int:
    """The code of an RPC whose behavior raised: what the application has set, or abort() for it. Else
    gRPC says UNKNOWN, unless there is nobody left to say it to."""
    try:
        code = context.code()
        if code is not None:
            number = NUMBERS.get(code, UNKNOWN)
            return UNKNOWN if number == OK else number
        return UNKNOWN if context.is_active() else CANCELLED
    except Exception:
        return UNKNOWN  # a context of another interceptor's, which cannot say


def _outcome(context: Any) -> int:
    """The code of an RPC whose behavior returned. The client never sees the OK of an RPC that it has
    cancelled."""
    try:
        code = context.code()
        if code is None or code is grpc.StatusCode.OK:
            return OK if context.is_active() else CANCELLED
        return NUMBERS.get(code, UNKNOWN)
    except Exception:
        return OK  # a context of another interceptor's, which cannot say


class _Unary(SingleResponseRpc):
    """Of a function that returns its response."""

    __slots__ = ()

    def run(self, request: Any, context: Any) -> Any:
        try:
            response = self.served.behavior(request, context)
        except BaseException:
            self.call.finish(_failure(context))
            raise
        code = _outcome(context)
        if code:
            self.call.finish(code)
        return response


class _Stream(Rpc):
    """Of a function that returns an iterator of its responses."""

    __slots__ = ()

    def run(self, request: Any, context: Any) -> Iterator[Any]:
        try:
            responses = self.served.behavior(request, context)
        except BaseException:
            self.call.finish(_failure(context))
            raise
        return self._deliver(responses, context)

    def _deliver(self, responses: Any, context: Any) -> Iterator[Any]:
        try:
            yield from responses
        except GeneratorExit:  # gRPC wants no more
            self.call.finish(CANCELLED)
            raise
        except BaseException:
            self.call.finish(_failure(context))
            raise
        self.call.finish(_outcome(context))


class _Pushed(Rpc):
    """Of a function with experimental_non_blocking, which sends its responses itself, and None at the
    end; gRPC's health service is one."""

    __slots__ = ()

    def run(self, request: Any, context: Any,  # type: ignore[override]
            send: Callable[[Any], None]) -> None:
        def counted(response: Any) -> None:
            if response is None:
                self.call.finish(_outcome(context))
            send(response)
        try:
            self.served.behavior(request, context, counted)
        except BaseException:
            self.call.finish(_failure(context))
            raise


# Experimental attributes of a handler's function, for which gRPC asks the function that it is given.
_ATTRIBUTES: Final = ("experimental_non_blocking", "experimental_thread_pool")


def _with_attributes(rpc: type[Rpc], attributes: dict[str, Any]) -> type[Rpc]:
    def run(self: Rpc, *arguments: Any) -> Any:
        return rpc.run(self, *arguments)
    run.__dict__.update(attributes)
    return type(rpc.__name__, (rpc,), {"__slots__": (), "run": run})


class PromServerInterceptor(ServedMethods, grpc.ServerInterceptor):  # type: ignore[misc]
    """Counts the RPCs of a grpc.server().

        server = grpc.server(futures.ThreadPoolExecutor(), interceptors=(PromServerInterceptor(),))

    First in `interceptors` it counts what the others refuse, too; one before it has to ask it for a handler
    per RPC, as gRPC does, and keep none. An RPC is counted as started when it
    arrives, so the time that it waits for a thread is part of its handling time. Thread-safe; one
    interceptor may serve several servers. What fails in here is counted as lost and never reaches the
    application.
    """

    @staticmethod
    def _choose(behavior: Any, kind: int) -> type[Rpc]:
        attributes = {name: getattr(behavior, name) for name in _ATTRIBUTES if hasattr(behavior, name)}
        if kind in (UNARY, CLIENT_STREAM):
            rpc: type[Rpc] = _Unary
        else:
            rpc = _Pushed if attributes.get("experimental_non_blocking") else _Stream
        if not attributes:
            return plain_handler_type(rpc, kind)
        return handler_type(_with_attributes(rpc, attributes), kind)

    def intercept_service(self, continuation: Callable[[grpc.HandlerCallDetails], Any],
                          handler_call_details: grpc.HandlerCallDetails) -> Any:
        try:
            handler = continuation(handler_call_details)
        except BaseException:
            self._refused(handler_call_details, UNKNOWN)
            raise
        return self._counted(handler, handler_call_details)
