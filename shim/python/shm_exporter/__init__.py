"""Metrics of Python gRPC services, and of whatever else a process counts, in shared memory: the host's
shm_exporter agent adds up all processes and serves one /metrics. No port, no thread, no lock here."""

from shm_exporter import _native

_native.require_main_interpreter()
