"""What a server of gRPC is given instead of the application's handler: for each RPC a handler whose
deserializer, serializer and behavior are the application's, and tell a call of the segment what they
see. So an RPC counts from its arrival, whether or not it ever reaches the application.

For both kinds of servers; their behaviors are in server.py and aio_server.py.
"""

from __future__ import annotations

import collections
import functools
import types
from collections.abc import Callable
from typing import Any, Final

import grpc

from . import _native
from .codes import CANCELLED, INTERNAL, OK, RESOURCE_EXHAUSTED

# The fields of gRPC's own handlers, in their order.
_Fields = collections.namedtuple(
    "_Fields", ("request_streaming", "response_streaming", "request_deserializer", "response_serializer",
                "unary_unary", "unary_stream", "stream_unary", "stream_stream"))

# By _native's number of the type: the function's field, and the handler of that type.
_BEHAVIORS: Final = ("unary_unary", "stream_unary", "unary_stream", "stream_stream")
_TUPLES: Final[tuple[Callable[..., tuple[Any, ...]], ...]] = (
    lambda read, write, behavior: (False, False, read, write, behavior, None, None, None),
    lambda read, write, behavior: (True, False, read, write, None, None, behavior, None),
    lambda read, write, behavior: (False, True, read, write, None, behavior, None, None),
    lambda read, write, behavior: (True, True, read, write, None, None, None, behavior),
)

# Experimental attributes of a handler's function, for which gRPC asks the function that it is given.
_ATTRIBUTES: Final = ("experimental_non_blocking", "experimental_thread_pool")


def rpc_type(handler: Any) -> int:
    """_native's number for the type of a handler's method."""
    return (1 if handler.request_streaming else 0) + (2 if handler.response_streaming else 0)


class CountedHandler(_Fields, grpc.RpcMethodHandler):  # type: ignore[misc]
    """The handler of one RPC. A named tuple as gRPC's own, for interceptors that replace a field."""

    __slots__ = ()

    @property
    def request_streaming(self) -> bool:
        # gRPC asks once it has admitted the RPC, and not when there are too many.
        rpc = getattr(self[3], "__self__", None)
        if isinstance(rpc, Rpc):
            rpc.call.unfinished_code = CANCELLED
        return self[0]  # type: ignore[no-any-return]


class Rpc:
    """One RPC in a server. gRPC calls read() per message of the client, a behavior of a subclass, and
    write() per message to the client.

    A call that is destroyed unfinished was never admitted, for there were too many; or it was cancelled:
    before its request came, while it waited for a thread, or in the middle of its responses.
    """

    __slots__ = ("served", "call")

    # gRPC's answer when a message cannot be read or written.
    unreadable: int = INTERNAL

    def __init__(self, served: Served, call: _native.Call) -> None:
        self.served = served
        self.call = call
        call.unfinished_code = RESOURCE_EXHAUSTED

    def read(self, data: bytes) -> Any:
        """The deserializer."""
        try:
            message = self.served.deserialize(data)
        except BaseException:
            self.call.finish(self.unreadable)
            raise
        self.call.message_received()
        return message

    def write(self, message: Any) -> Any:
        """The serializer. After an error nothing is sent, even where gRPC asks for the bytes; a single
        response is the end of its RPC."""
        call = self.call
        try:
            data = self.served.serialize(message)
            size = len(data)
        except BaseException:
            call.finish(self.unreadable)
            raise
        if not call.finished:
            call.message_sent(size)
            if self.served.single_response:
                call.finish(OK)
        return data


def _as_it_is(message: Any) -> Any:
    return message


class Served:
    """The application's handler of a method, looked at once instead of for each RPC."""

    __slots__ = ("handler", "kind", "method", "looks_at_metadata", "behavior", "deserialize", "serialize",
                 "single_response", "_tuple", "_rpc", "_run", "_attributes")

    def __init__(self, method: _native.Method | None, handler: Any, kind: int,
                 choose: Callable[[Any, bool], tuple[type[Rpc], Callable[..., Any]]]) -> None:
        """`method` is None for what is not counted, `kind` is rpc_type(handler). `choose` says, by the application's function and
        whether it gives a stream, which kind of Rpc runs it, by which of its functions."""
        self.handler = handler  # kept: no other handler ever has its address
        self.kind = kind
        self.method = method
        self.looks_at_metadata = method is not None and method.looks_at_metadata
        self.behavior = getattr(handler, _BEHAVIORS[kind])
        self.deserialize = handler.request_deserializer or _as_it_is
        self.serialize = handler.response_serializer or _as_it_is
        self.single_response = not handler.response_streaming
        self._tuple = _TUPLES[kind]
        self._rpc, self._run = choose(self.behavior, bool(handler.response_streaming))
        self._attributes = {name: getattr(self.behavior, name) for name in _ATTRIBUTES
                            if hasattr(self.behavior, name)}

    def handler_of(self, call: _native.Call) -> CountedHandler:
        """The handler of an RPC that has been counted as started."""
        rpc = self._rpc(self, call)
        behavior: Callable[..., Any] = types.MethodType(self._run, rpc)
        if self._attributes:
            behavior = functools.partial(behavior)
            behavior.__dict__.update(self._attributes)
        return tuple.__new__(CountedHandler, self._tuple(rpc.read, rpc.write, behavior))
