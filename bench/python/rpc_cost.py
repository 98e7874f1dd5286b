#!/usr/bin/env python3
"""What a server's interceptor adds to a unary RPC, ours beside one on prometheus_client.

    rpc_cost.py SEGMENTS_DIRECTORY

CPU time over the same calls without any interceptor, handling times included in both. The calls go through
what gRPC's server does with an interceptor (its pipeline, the deserializer, the application's function, the
serializer), without a network: a whole RPC takes some 300 us and moves by more than what is measured.
Rounds are interleaved. Prints a JSON object of medians.
"""

import json
import statistics
import sys
import time

import grpc
from grpc import _interceptor, _server  # what a server does with an interceptor has no public name
from peer_interceptor import PeerServerInterceptor
from shm_exporter import PromServerInterceptor

CALLS, ROUNDS = 4_000, 31


def serve(pipeline, find, details):
    """Some calls, as a server without an interceptor makes them or through a pipeline; the CPU time of
    one in microseconds."""
    start = time.process_time()
    for _ in range(CALLS):
        handler = find(details) if pipeline is None else pipeline.execute(find, details)
        context = _server._Context(None, _server._RPCState(), None)
        assert not handler.request_streaming and not handler.response_streaming
        request = handler.request_deserializer(b"request")
        handler.response_serializer(handler.unary_unary(request, context))
    return (time.process_time() - start) / CALLS * 1e6


def main():
    handler = grpc.unary_unary_rpc_method_handler(lambda request, context: request, bytes, bytes)
    details = _server._HandlerCallDetails("/shop.Orders/Create", (("user-agent", "bench"),))
    interceptors = {
        "none": None,
        "ours": PromServerInterceptor(enable_handling_time_histogram=True, directory=sys.argv[1]),
        "peer": PeerServerInterceptor(),
    }
    pipelines = {name: _interceptor.service_pipeline((one,) if one else ())
                 for name, one in interceptors.items()}
    rounds = {name: [] for name in pipelines}
    for _ in range(ROUNDS):
        for name, pipeline in pipelines.items():
            rounds[name].append(serve(pipeline, lambda _: handler, details))
    added = {name: statistics.median(one - none for one, none in zip(rounds[name], rounds["none"]))
             for name in ("ours", "peer")}
    json.dump({"python.server_added_us": added["ours"], "peer.python_server_added_us": added["peer"],
               "python.server_ratio_vs_peer": added["peer"] / added["ours"]}, sys.stdout)


main()
