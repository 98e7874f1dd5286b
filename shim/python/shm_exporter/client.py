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
        return self._run(UNARY, continuation, client_call_details, request)

    def intercept_unary_stream(self, continuation: _Continuation, client_call_details: Any,
                               request: Any) -> Any:
        return self._run(SERVER_STREAM, continuation, client_call_details, request)

    def intercept_stream_unary(self, continuation: _Continuation, client_call_details: Any,
                               request_iterator: Any) -> Any:
        return self._run(CLIENT_STREAM, continuation, client_call_details, request_iterator)

    def intercept_stream_stream(self, continuation: _Continuation, client_call_details: Any,
                                request_iterator: Any) -> Any:
        return self._run(BIDI_STREAM, continuation, client_call_details, request_iterator)

    def _run(self, kind: int, continuation: _Continuation, details: Any, requests: Any) -> Any:
        """`requests` is one request, or an iterator of them."""
        call = self.start(details, kind)
        if call is None:
            return continuation(details, requests)
        single_request = kind in (UNARY, SERVER_STREAM)
        if single_request:
            call.message_sent(self.size_of(requests))
        else:
            requests = CountedRequests(requests, call, self.size_of)
        outcome = _invoke(call, continuation, details, requests)
        if single_request:
            call.sending_done()
        return self._single(call, outcome) if kind in (UNARY, CLIENT_STREAM) else self._stream(call, outcome)

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
