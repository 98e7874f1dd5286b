"""An alias of shm_exporter.client."""

from shm_exporter.client import PromClientInterceptor

__all__ = ["PromClientInterceptor"]
