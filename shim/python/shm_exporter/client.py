"""The interceptor of grpc.intercept_channel()."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import grpc

from . import _native
from .called_methods import CalledMethods
from .client_calls import CountedCall, CountedRequests, end
from .codes import BIDI_STREAM, CLIENT_STREAM, SERVER_STREAM, UNARY, number_of_error

_Continuation = Callable[[Any, Any], Any]


def _invoke(call: _native.Call, continuation: _Continuation, details: Any, requests: Any) -> Any:
    try:
        return continuation(details, requests)
    except BaseException as error:
        call.finish(number_of_error(error))
        raise


class PromClientInterceptor(
        CalledMethods,
        grpc.UnaryUnaryClientInterceptor,  # type: ignore[misc]
        grpc.UnaryStreamClientInterceptor,  # type: ignore[misc]
        grpc.StreamUnaryClientInterceptor,  # type: ignore[misc]
        grpc.StreamStreamClientInterceptor):  # type: ignore[misc]
    """Counts the RPCs of a channel.

        channel = grpc.intercept_channel(grpc.insecure_channel("orders:443"), PromClientInterceptor())

    An RPC that has ended when the application gets it is gRPC's own object. One under way (.future(), and
    streams from the server) is a wrapper, which has gRPC's whole API and its abstract classes; abandoned,
    it is cancelled, as gRPC's is. Thread-safe; one interceptor may serve several channels. What fails in
    here is counted as lost and never reaches the application.
    """

    def intercept_unary_unary(self, continuation: _Continuation, client_call_details: Any,
                              request: Any) -> Any:
        call = self.start(client_call_details, UNARY)
        if call is None:
            return continuation(client_call_details, request)
        call.message_sent(self.size_of(request))
        return self._single(call, _invoke(call, continuation, client_call_details, request))

    def intercept_unary_stream(self, continuation: _Continuation, client_call_details: Any,
                               request: Any) -> Any:
        call = self.start(client_call_details, SERVER_STREAM)
        if call is None:
            return continuation(client_call_details, request)
        call.message_sent(self.size_of(request))
        outcome = _invoke(call, continuation, client_call_details, request)
        call.sending_done()
        return self._stream(call, outcome)

    def intercept_stream_unary(self, continuation: _Continuation, client_call_details: Any,
                               request_iterator: Any) -> Any:
        call = self.start(client_call_details, CLIENT_STREAM)
        if call is None:
            return continuation(client_call_details, request_iterator)
        requests = CountedRequests(request_iterator, call, self.size_of)
        return self._single(call, _invoke(call, continuation, client_call_details, requests))

    def intercept_stream_stream(self, continuation: _Continuation, client_call_details: Any,
                                request_iterator: Any) -> Any:
        call = self.start(client_call_details, BIDI_STREAM)
        if call is None:
            return continuation(client_call_details, request_iterator)
        requests = CountedRequests(request_iterator, call, self.size_of)
        return self._stream(call, _invoke(call, continuation, client_call_details, requests))

    def _single(self, call: _native.Call, outcome: Any) -> Any:
        """What the application gets for an RPC with one response."""
        try:
            if not outcome.done():
                return CountedCall(outcome, call, True)
            end(call, True, outcome)
        except Exception:
            self.lost()
        return outcome

    def _stream(self, call: _native.Call, outcome: Any) -> Any:
        """What the application gets for an RPC with a stream of responses."""
        try:
            return CountedCall(outcome, call, False)
        except Exception:
            self.lost()
            return outcome
