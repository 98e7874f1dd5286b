"""Metrics of Python gRPC services, and of whatever else a process counts, in shared memory: the host's
shm_exporter agent adds up all processes and serves one /metrics. No port, no thread, no lock here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shm_exporter import _native
from shm_exporter.process import service_of_script

if TYPE_CHECKING:
    from shm_exporter.aio_client import PromAioClientInterceptors as PromAioClientInterceptors
    from shm_exporter.aio_server import PromAioServerInterceptor as PromAioServerInterceptor
    from shm_exporter.bridge import PrometheusBridge as PrometheusBridge
    from shm_exporter.client import PromClientInterceptor as PromClientInterceptor
    from shm_exporter.metrics import Counter as Counter, Gauge as Gauge, Histogram as Histogram
    from shm_exporter.server import PromServerInterceptor as PromServerInterceptor

_native.require_main_interpreter()
_native.configure(fallback_service=service_of_script())

configure = _native.configure
losses = _native.losses
publish = _native.publish
republish_certificates = _native.republish_certificates

# Imported when they are asked for: what counts without gRPC does without gRPC.
_MODULES = {
    "Counter": "metrics",
    "Gauge": "metrics",
    "Histogram": "metrics",
    "PrometheusBridge": "bridge",
    "PromAioClientInterceptors": "aio_client",
    "PromAioServerInterceptor": "aio_server",
    "PromClientInterceptor": "client",
    "PromServerInterceptor": "server",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib
    return getattr(importlib.import_module(f"shm_exporter.{_MODULES[name]}"), name)
