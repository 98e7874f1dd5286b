"""An alias of shm_exporter.aio_server."""

from shm_exporter.aio_server import PromAioServerInterceptor

__all__ = ["PromAioServerInterceptor"]
