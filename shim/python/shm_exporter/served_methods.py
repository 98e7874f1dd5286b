"""What both interceptors of servers are: the methods that they count, and their constructor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import grpc

from . import _native
from .codes import BIDI_STREAM, UNIMPLEMENTED
from .handlers import Rpc, Served, rpc_type
from .options import (BucketKind, Losses, MetadataLabel, Mode, NativeBuckets, Services, methods_of,
                      rpc_options)

# Handlers that are remembered: as many methods as a process counts by name (kMaxMethods in
# shim/rpc_metrics.h). A catch-all handler answers to whatever names its peers make up.
_MAX_SERVED: Final = 2_000


class ServedMethods:
    """The methods of one interceptor of a server."""

    @staticmethod
    def _choose(behavior: Any, kind: int) -> type[Rpc]:
        """The handler_type() that runs an application's function of that kind."""
        raise NotImplementedError

    def __init__(self, enable_handling_time_histogram: bool = False, legacy: bool = False,
                 skip_exceptions: bool = False, log_exceptions: bool = True, registry: object = None, *,
                 mode: Mode | None = None, in_flight: bool = False,
                 message_bytes_histograms: bool = False, code_on_handling_histogram: bool = False,
                 exemplars: bool = False, handling_buckets: Sequence[float] = (),
                 message_bytes_buckets: Sequence[float] = (),
                 handling_bucket_kind: BucketKind = "classic",
                 message_bytes_bucket_kind: BucketKind = "classic",
                 native_seconds: NativeBuckets | None = None, native_bytes: NativeBuckets | None = None,
                 constant_labels: Mapping[str, str] | None = None,
                 metadata_labels: Sequence[MetadataLabel | str] = (),
                 method_filter: Callable[[str], bool] | None = None,
                 known_methods: Sequence[str] | None = None, zero_initialize: Services = (),
                 zero_initialize_codes: Sequence[grpc.StatusCode | int] = (), service: str = "",
                 directory: str = "", max_series: int = 0, max_segment_bytes: int = 0,
                 certificate_chain_file: str = "",
                 on_problem: Callable[[str], None] | None = None) -> None:
        """The arguments before `mode` are py-grpc-prometheus's, by its names and in its order:

        enable_handling_time_histogram: how long each RPC took (grpc_server_handling_seconds).
        legacy: mode="python_legacy", the names that py-grpc-prometheus had first.
        skip_exceptions: accepted, and changes nothing. There it keeps failures of the interceptor from
            failing RPCs, which here is always so; and there it swallows the application's exceptions
            and calls the handler again, which here is never so.
        log_exceptions: logs the interceptor's first failure, with its traceback, to the logger
            "shm_exporter". All of them are counted as lost.
        registry: accepted, and nothing is registered in it: the metrics are in this process's segment,
            and appear on the agent's page. A registry's other metrics move there by
            shm_exporter.bridge.

        Ours, which shim/options.h says more about:

        mode: whose names, label values and default buckets: "python" (the default), "python_legacy",
            "go" or "java".
        in_flight: a gauge of the RPCs under way (grpc_server_in_flight).
        message_bytes_histograms: the serialized length of what is sent.
        code_on_handling_histogram: the status code as a label of the handling times.
        exemplars: of the handled counter and the handling times, for sampled requests.
        handling_buckets, message_bytes_buckets: upper bounds in seconds and bytes; empty: the mode's.
        handling_bucket_kind, message_bytes_bucket_kind: "classic", "native" or "both".
        native_seconds, native_bytes: the range of native buckets.
        constant_labels: labels of every series.
        metadata_labels: labels from the request's metadata: keys, or MetadataLabels.
        method_filter: which methods are counted: True for "/package.Service/Method". Raising means yes.
        known_methods: "/package.Service/Method" of those that are counted by name; the others are
            "unknown". None: all that have a handler. A server with a catch-all handler (a proxy) should
            say it, or its peers make up its series, of up to 2,000 methods.
        zero_initialize: shows methods with 0 before their first call: services by their full name
            (their generated code is imported), descriptors of services, or methods as
            ("/package.Service/Method", type) with the type 0 unary, 1 client stream, 2 server stream,
            3 both.
        zero_initialize_codes: the codes that are shown then; empty: all 17.
        service, directory, max_series, max_segment_bytes, certificate_chain_file, on_problem: of the
            process, see shm_exporter.configure().

        TypeError or ValueError for arguments that cannot be meant.
        """
        given = dict(locals())
        self._losses = Losses(log_exceptions)
        self._known = None if known_methods is None else frozenset(known_methods)
        self._methods = _native.ServerMethods(
            handling_time_histogram=enable_handling_time_histogram, **rpc_options(given, mode, legacy))
        self._served: dict[str, Served] = {}
        self._varying: set[str] = set()
        self._found: dict[str, tuple[int, _native.Method | None]] = {}
        if zero_initialize:
            self._methods.zero_initialize(methods_of(zero_initialize))

    def _counted(self, handler: Any, details: Any) -> Any:
        """What gRPC is given for the application's handler, which is None where there is none."""
        try:
            if handler is None:
                self._refused(details, UNIMPLEMENTED)
                return None
            name = details.method
            served = self._served.get(name)
            if served is None or served.handler is not handler:
                served = self._serve(name, handler, served)
            start = served.start
            if start is None:
                return handler
            return served.handler_of(start(details.invocation_metadata if served.looks_at_metadata else None))
        except Exception:
            self._losses.count()
            return handler

    def _serve(self, name: str, handler: Any, before: Served | None) -> Served:
        kind = rpc_type(handler)
        served = Served(self._method(name, kind), handler, kind, self._choose)
        if before is not None:
            # Another interceptor makes one for each RPC. It is not ours to keep: with it we would keep an
            # RPC of a second interceptor of ours, which ends with it.
            self._served.pop(name, None)
            self._varying.add(name)
        elif name not in self._varying and not isinstance(handler, Rpc) and len(self._served) < _MAX_SERVED:
            self._served[name] = served
        return served

    def _method(self, name: str, kind: int) -> _native.Method | None:
        found = self._found.get(name)
        if found is not None and found[0] == kind:
            return found[1]
        known = self._known is None or name in self._known
        method = self._methods.find(name, kind, known)
        if found is not None or len(self._found) < _MAX_SERVED:
            self._found[name] = (kind, method)
        return method

    def _refused(self, details: Any, code: int) -> None:
        """Counts an RPC that no handler is found for. What the server is not known to implement has a
        name that the peer made up; its type is what gRPC C++ takes it for."""
        try:
            found = self._found.get(details.method)
            method = found[1] if found is not None else self._methods.find(details.method, BIDI_STREAM, False)
            if method is not None:
                method.start(details.invocation_metadata).finish(code)
        except Exception:
            self._losses.count()
