"""The module names of py-grpc-prometheus: `from shm_exporter.compat.py_grpc_prometheus.MODULE import NAME`
instead of `from py_grpc_prometheus.MODULE import NAME`."""
