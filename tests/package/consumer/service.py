"""A program that is a gRPC server and its client: one call of a method that always succeeds, and a count."""

from concurrent import futures

import grpc
import shm_exporter
from shm_exporter.compat.py_grpc_prometheus.prometheus_server_interceptor import PromServerInterceptor

HANDLER = grpc.unary_unary_rpc_method_handler(lambda request, context: request)

server = grpc.server(futures.ThreadPoolExecutor(1), interceptors=[PromServerInterceptor()])
server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("shop.Orders", {"Take": HANDLER})])
port = server.add_insecure_port("localhost:0")
server.start()
with grpc.insecure_channel(f"localhost:{port}") as channel:
    channel.unary_unary("/shop.Orders/Take")(b"")
server.stop(None).wait()
shm_exporter.Counter("baked_total", "Loaves baked.", ["kind"]).labels("rye").inc(3)
