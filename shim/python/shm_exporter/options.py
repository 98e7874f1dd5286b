"""The options that interceptors of servers and of clients have in common, and the methods that are
shown before their first call."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal, TypedDict

import grpc

from . import _native
from .codes import NUMBERS

Mode = Literal["go", "python", "python_legacy", "java"]
BucketKind = Literal["classic", "native", "both"]


class NativeBuckets(TypedDict, total=False):
    """The range and the resolution of native buckets; shim/bucket_kind.h has the defaults."""

    schema: int  # -4 to 8; 3: each bucket ends 9% above the one before
    max_buckets: int
    smallest: float  # in seconds, or bytes
    largest: float


class MetadataLabel(TypedDict, total=False):
    """A label from the request's metadata: "" where the key is absent, "overflow" where the value is too
    long, not UTF-8, or one too many."""

    key: str  # the only one that is needed
    label: str  # else the key, with '-' and '.' as '_'
    max_value_bytes: int
    max_values: int


#: "package.Service" of generated code that is imported, a descriptor of a service, or a method as
#: ("/package.Service/Method", type): 0 unary, 1 client stream, 2 server stream, 3 both.
Services = Sequence[str | tuple[str, int] | Any]

_LOGGER: Final = logging.getLogger("shm_exporter")

# Arguments of an interceptor that are options of _native by the same name, and want no translation.
_SAME: Final = (
    "in_flight", "message_bytes_histograms", "code_on_handling_histogram", "exemplars", "handling_buckets",
    "receive_buckets", "send_buckets", "message_bytes_buckets", "handling_bucket_kind",
    "receive_bucket_kind", "send_bucket_kind", "message_bytes_bucket_kind", "native_seconds",
    "native_bytes", "constant_labels", "method_filter", "service", "directory", "max_series",
    "max_segment_bytes", "certificate_chain_file", "on_problem")


class Losses:
    """What fails in an interceptor: counted, and the first time logged."""

    __slots__ = ("_log",)

    def __init__(self, log: bool) -> None:
        self._log = log

    def count(self) -> None:
        """While an exception is handled."""
        _native.count_failure()
        if self._log:
            self._log = False
            _LOGGER.exception("The metrics of an RPC were lost; further failures are counted, not logged")


def rpc_options(given: Mapping[str, Any], mode: Mode | None, legacy: bool) -> dict[str, Any]:
    """The options of _native that an interceptor's arguments say. Raises ValueError when two of them
    disagree."""
    if legacy and mode not in (None, "python_legacy"):
        raise ValueError(f'legacy=True is mode="python_legacy", and mode is "{mode}": say one of them')
    options = {name: given[name] for name in _SAME if name in given}
    options["mode"] = "python_legacy" if legacy else mode
    options["metadata_labels"] = [{"key": label} if isinstance(label, str) else dict(label)
                                  for label in given["metadata_labels"]]
    options["zero_initialize_codes"] = [NUMBERS.get(code, code) for code in given["zero_initialize_codes"]]
    return options


def _methods_of_descriptor(service: Any) -> Iterable[tuple[str, int]]:
    for method in service.methods:
        kind = (1 if method.client_streaming else 0) + (2 if method.server_streaming else 0)
        yield f"/{service.full_name}/{method.name}", kind


def _descriptor(name: str) -> Any:
    if "google.protobuf" not in sys.modules:
        raise ValueError(f'service "{name}": no generated code is imported that has it')
    from google.protobuf import descriptor_pool  # type: ignore[import]
    try:
        return descriptor_pool.Default().FindServiceByName(name)
    except KeyError:
        raise ValueError(f'service "{name}": no generated code is imported that has it') from None


def methods_of(services: Services) -> list[tuple[str, int]]:
    """("/package.Service/Method", type) of them all. Raises ValueError for a name that nothing has."""
    methods: list[tuple[str, int]] = []
    for service in services:
        if isinstance(service, tuple):
            full_method, kind = service
            methods.append((full_method, kind))
        else:
            found = _descriptor(service) if isinstance(service, str) else service
            methods.extend(_methods_of_descriptor(found))
    return methods
