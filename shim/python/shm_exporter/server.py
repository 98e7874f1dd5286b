"""The interceptor of grpc.server()."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import grpc

from .codes import CANCELLED, NUMBERS, OK, UNKNOWN
from .handlers import Rpc
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


class _SyncRpc(Rpc):
    """The behaviors of the application's functions."""

    __slots__ = ()

    def respond(self, request: Any, context: Any) -> Any:
        """Of one that returns its response, which write() ends."""
        try:
            response = self.served.behavior(request, context)
        except BaseException:
            self.call.finish(_failure(context))
            raise
        code = _outcome(context)
        if code != OK:
            self.call.finish(code)
        return response

    def stream(self, request: Any, context: Any) -> Iterator[Any]:
        """Of one that returns an iterator of its responses."""
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

    def push(self, request: Any, context: Any, send: Callable[[Any], None]) -> None:
        """Of one with experimental_non_blocking, which sends its responses itself, and None at the end."""
        def counted(response: Any) -> None:
            if response is None:
                self.call.finish(_outcome(context))
            send(response)
        try:
            self.served.behavior(request, context, counted)
        except BaseException:
            self.call.finish(_failure(context))
            raise


def _choose(behavior: Any, gives_stream: bool) -> tuple[type[Rpc], Callable[..., Any]]:
    if not gives_stream:
        return _SyncRpc, _SyncRpc.respond
    if getattr(behavior, "experimental_non_blocking", False):
        return _SyncRpc, _SyncRpc.push
    return _SyncRpc, _SyncRpc.stream


class PromServerInterceptor(ServedMethods, grpc.ServerInterceptor):
    """Counts the RPCs of a grpc.server().

        server = grpc.server(futures.ThreadPoolExecutor(), interceptors=(PromServerInterceptor(),))

    First in `interceptors` it counts what the others refuse, too. An RPC is counted as started when it
    arrives, so the time that it waits for a thread is part of its handling time. Thread-safe; one
    interceptor may serve several servers. What fails in here is counted as lost and never reaches the
    application.
    """

    _choose = staticmethod(_choose)

    def intercept_service(self, continuation: Callable[[grpc.HandlerCallDetails], Any],
                          handler_call_details: grpc.HandlerCallDetails) -> Any:
        try:
            handler = continuation(handler_call_details)
        except BaseException:
            self._refused(handler_call_details, UNKNOWN)
            raise
        return self._counted(handler, handler_call_details)
