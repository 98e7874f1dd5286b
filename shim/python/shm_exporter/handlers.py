"""What a server of gRPC is given instead of the application's handler: for each RPC a handler whose
deserializer, serializer and behavior are the application's, and tell a call of the segment what they
see. So an RPC counts from its arrival, whether or not it ever reaches the application.

For both kinds of servers; their behaviors are in server.py and aio_server.py.
"""

from __future__ import annotations

import collections
from collections.abc import Callable
from typing import Any, Final

import grpc

from . import _native
from .codes import CANCELLED, INTERNAL, OK, RESOURCE_EXHAUSTED

# By _native's number of the type: which field of a handler has the application's function.
_BEHAVIORS: Final = ("unary_unary", "stream_unary", "unary_stream", "stream_stream")

_Fields = collections.namedtuple(
    "_Fields", ("request_streaming", "response_streaming", "request_deserializer", "response_serializer",
                "unary_unary", "unary_stream", "stream_unary", "stream_stream"))


class _ReplacedHandler(_Fields, grpc.RpcMethodHandler):  # type: ignore[misc]
    """A handler of which another interceptor has replaced a field."""


def rpc_type(handler: Any) -> int:
    """_native's number for the type of a handler's method."""
    return (1 if handler.request_streaming else 0) + (2 if handler.response_streaming else 0)


class Rpc(grpc.RpcMethodHandler):  # type: ignore[misc]
    """One RPC in a server, and its handler. gRPC calls request_deserializer() per message of the
    client, run() of a subclass, and response_serializer() per message to the client.

    A call that is destroyed unfinished was never admitted, for there were too many; or it was cancelled:
    before its request came, while it waited for a thread, or in the middle of its responses.
    """

    # Set by whoever makes one: an __init__ would cost as much as all of the counting.
    __slots__ = ("served", "call")
    served: Served
    call: _native.Call

    # gRPC's answer when a message cannot be read or written.
    unreadable: int = INTERNAL

    # A subclass has its run() as one of these.
    unary_unary: Any = None
    unary_stream: Any = None
    stream_unary: Any = None
    stream_stream: Any = None

    @property
    def request_streaming(self) -> bool:
        # gRPC asks once it has admitted the RPC, and not when there are too many.
        self.call.unfinished_code = CANCELLED
        return self.served.request_streaming

    @property
    def response_streaming(self) -> bool:
        return self.served.response_streaming

    def _replace(self, **fields: Any) -> _ReplacedHandler:
        """As gRPC's own handlers have it, which are named tuples; other interceptors may use it."""
        return _ReplacedHandler(*(fields.get(name, getattr(self, name)) for name in _Fields._fields))

    def request_deserializer(self, data: bytes) -> Any:
        """A message of the client, which is counted when it can be read."""
        try:
            message = self.served.deserialize(data)
        except BaseException:
            self.call.finish(self.unreadable)
            raise
        self.call.message_received()
        return message

    def run(self, request: Any, context: Any) -> Any:
        """The behavior: runs the application's function."""
        raise NotImplementedError

    def response_serializer(self, message: Any) -> Any:
        """A message to the client, one of a stream."""
        try:
            data = self.served.serialize(message)
            self.call.message_sent(len(data))
        except BaseException:
            self.call.finish(self.unreadable)
            raise
        return data


class SingleResponseRpc(Rpc):
    """One whose response is its end. After an error nothing is sent, even where gRPC asks for the bytes."""

    __slots__ = ()

    def response_serializer(self, message: Any) -> Any:
        try:
            data = self.served.serialize(message)
            size = len(data)
        except BaseException:
            self.call.finish(self.unreadable)
            raise
        if self.call.finish(OK):
            self.call.message_sent(size)
        return data


def handler_type(rpc: type[Rpc], kind: int) -> type[Rpc]:
    """The handlers of one type of methods that run by rpc.run()."""
    return type(rpc.__name__, (rpc,), {"__slots__": (), _BEHAVIORS[kind]: rpc.run})


_plain_types: dict[tuple[type[Rpc], int], type[Rpc]] = {}


def plain_handler_type(rpc: type[Rpc], kind: int) -> type[Rpc]:
    """The same, made once for all who ask for these two."""
    known = _plain_types.get((rpc, kind))
    if known is None:
        known = _plain_types[rpc, kind] = handler_type(rpc, kind)
    return known


def _as_it_is(message: Any) -> Any:
    return message


class Served:
    """The application's handler of a method, looked at once instead of for each RPC."""

    __slots__ = ("handler", "kind", "method", "start", "looks_at_metadata", "request_streaming",
                 "response_streaming", "behavior", "deserialize", "serialize", "_rpc")

    def __init__(self, method: _native.Method | None, handler: Any, kind: int,
                 choose: Callable[[Any, int], type[Rpc]]) -> None:
        """`method` is None for what is not counted, `kind` is rpc_type(handler). `choose` says, by the
        application's function and its kind, which handler_type() runs it."""
        self.handler = handler  # kept: no other handler ever has its address
        self.kind = kind
        self.method = method
        self.start = None if method is None else method.start
        self.looks_at_metadata = method is not None and method.looks_at_metadata
        self.request_streaming = bool(handler.request_streaming)
        self.response_streaming = bool(handler.response_streaming)
        self.behavior = getattr(handler, _BEHAVIORS[kind])
        self.deserialize = handler.request_deserializer or _as_it_is
        self.serialize = handler.response_serializer or _as_it_is
        self._rpc = choose(self.behavior, kind)

    def handler_of(self, call: _native.Call) -> Rpc:
        """The handler of an RPC that has been counted as started."""
        call.unfinished_code = RESOURCE_EXHAUSTED
        rpc = self._rpc()
        rpc.served = self
        rpc.call = call
        return rpc
