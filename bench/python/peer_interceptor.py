"""The peer of the interceptors: a server's interceptor on prometheus_client, written in the plain way.
Families with labels, the application's function wrapped, the series looked up per RPC."""

import time

import grpc
from prometheus_client import Counter, Histogram

LABELS = ("grpc_type", "grpc_service", "grpc_method")
STARTED = Counter("grpc_server_started_total", "RPCs started.", LABELS)
HANDLED = Counter("grpc_server_handled_total", "RPCs completed.", LABELS + ("grpc_code",))
HANDLING = Histogram("grpc_server_handling_seconds", "Time per RPC.", LABELS)


class PeerServerInterceptor(grpc.ServerInterceptor):
    """Unary RPCs, which is what is compared."""

    def intercept_service(self, continuation, handler_call_details):
        handler = continuation(handler_call_details)
        if handler is None or handler.request_streaming or handler.response_streaming:
            return handler
        _, service, method = handler_call_details.method.split("/")
        behavior = handler.unary_unary

        def counted(request, context):
            start = time.perf_counter()
            STARTED.labels("UNARY", service, method).inc()
            code = grpc.StatusCode.UNKNOWN
            try:
                response = behavior(request, context)
                code = context.code() or grpc.StatusCode.OK
                return response
            finally:
                HANDLED.labels("UNARY", service, method, code.name).inc()
                HANDLING.labels("UNARY", service, method).observe(time.perf_counter() - start)

        return grpc.unary_unary_rpc_method_handler(counted, handler.request_deserializer,
                                                   handler.response_serializer)
