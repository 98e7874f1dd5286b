"""What all interceptors of clients are: the methods that they count, and their constructor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import grpc

from . import _native
from .options import (BucketKind, Losses, MetadataLabel, Mode, NativeBuckets, Services, methods_of,
                      rpc_options)

# Methods that are remembered: as many as a process counts by name (kMaxMethods in shim/rpc_metrics.h).
# A proxy calls whatever its own clients ask for.
_MAX_CALLED: Final = 2_000


def _no_size(message: Any) -> int:
    return -1


def _size(message: Any) -> int:
    """The serialized length of a protobuf message, or of bytes; interceptors see no serializer."""
    try:
        return len(message) if isinstance(message, bytes) else message.ByteSize()  # type: ignore[no-any-return]
    except Exception:
        return -1


class CalledMethods:
    """The methods of one client's interceptor, or of the four that grpc.aio wants."""

    def __init__(self, enable_client_handling_time_histogram: bool = False,
                 enable_client_stream_receive_time_histogram: bool = False,
                 enable_client_stream_send_time_histogram: bool = False, legacy: bool = False,
                 registry: object = None, *, log_exceptions: bool = True, skip_exceptions: bool = False,
                 mode: Mode | None = None, in_flight: bool = False,
                 message_bytes_histograms: bool = False, code_on_handling_histogram: bool = False,
                 exemplars: bool = False, handling_buckets: Sequence[float] = (),
                 receive_buckets: Sequence[float] = (), send_buckets: Sequence[float] = (),
                 message_bytes_buckets: Sequence[float] = (),
                 handling_bucket_kind: BucketKind = "classic", receive_bucket_kind: BucketKind = "classic",
                 send_bucket_kind: BucketKind = "classic",
                 message_bytes_bucket_kind: BucketKind = "classic",
                 native_seconds: NativeBuckets | None = None, native_bytes: NativeBuckets | None = None,
                 constant_labels: Mapping[str, str] | None = None,
                 metadata_labels: Sequence[MetadataLabel | str] = (),
                 method_filter: Callable[[str], bool] | None = None, zero_initialize: Services = (),
                 zero_initialize_codes: Sequence[grpc.StatusCode | int] = (), service: str = "",
                 directory: str = "", max_series: int = 0, max_segment_bytes: int = 0,
                 certificate_chain_file: str = "",
                 on_problem: Callable[[str], None] | None = None) -> None:
        """The arguments up to `registry` are py-grpc-prometheus's, by its names and in its order:

        enable_client_handling_time_histogram: how long each RPC took (grpc_client_handling_seconds).
        enable_client_stream_receive_time_histogram: per response of a stream, since the one before, or
            since the start (grpc_client_msg_recv_handling_seconds).
        enable_client_stream_send_time_histogram: per request of a stream, until gRPC has taken it
            (grpc_client_msg_send_handling_seconds).
        legacy, registry, log_exceptions, skip_exceptions: as for PromServerInterceptor.

        Ours, which shim/options.h says more about, are as for PromServerInterceptor, and:

        receive_buckets, send_buckets, receive_bucket_kind, send_bucket_kind: of the two histograms.
        message_bytes_histograms: the lengths of requests that are protobuf messages or bytes.
        metadata_labels: from the metadata that the application gives to the call.

        TypeError or ValueError for arguments that cannot be meant.
        """
        given = dict(locals())
        self._losses = Losses(log_exceptions)
        self._methods = _native.ClientMethods(
            client_handling_time_histogram=enable_client_handling_time_histogram,
            client_stream_receive_time_histogram=enable_client_stream_receive_time_histogram,
            client_stream_send_time_histogram=enable_client_stream_send_time_histogram,
            **rpc_options(given, mode, legacy))
        self._called: tuple[dict[Any, _native.Method | None], ...] = ({}, {}, {}, {})
        self.size_of = _size if message_bytes_histograms else _no_size
        if zero_initialize:
            self._methods.zero_initialize(methods_of(zero_initialize))

    def start(self, details: Any, kind: int) -> _native.Call | None:
        """Counts a call as started; None for what is not counted."""
        try:
            try:
                method = self._called[kind][details.method]
            except KeyError:
                method = self._find(details.method, kind)
            if method is None:
                return None
            return method.start(details.metadata if method.looks_at_metadata else None)
        except Exception:
            self._losses.count()
            return None

    def _find(self, name: str | bytes, kind: int) -> _native.Method | None:
        method = self._methods.find(name.decode() if isinstance(name, bytes) else name, kind)
        called = self._called[kind]
        if len(called) < _MAX_CALLED:
            called[name] = method
        return method

    def lost(self) -> None:
        """While an exception is handled that the application must not see."""
        self._losses.count()
