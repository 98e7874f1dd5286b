"""An alias of shm_exporter.server."""

from shm_exporter.server import PromServerInterceptor

__all__ = ["PromServerInterceptor"]
