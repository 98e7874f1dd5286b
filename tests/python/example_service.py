"""What the README shows of Python services, as a program: servers and clients of both kinds, and workers
that are forked first. Prints when all of it is done.

    example_service.py CALLS
"""

import asyncio
import os
import sys
from concurrent import futures

import grpc

from echo import AioEcho, Stub, SyncEcho, generic_handler

# README
from shm_exporter.compat.py_grpc_prometheus.prometheus_server_interceptor import PromServerInterceptor
# README ends
from shm_exporter import PromAioClientInterceptors, PromAioServerInterceptor, PromClientInterceptor

CALLS = int(sys.argv[1])
WORKERS = 3


def synchronous():
    # README
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=10),
                         interceptors=(PromServerInterceptor(enable_handling_time_histogram=True),))
    # README ends
    server.add_generic_rpc_handlers((generic_handler(SyncEcho()),))
    target = f"localhost:{server.add_insecure_port('localhost:0')}"
    server.start()
    # README
    channel = grpc.intercept_channel(grpc.insecure_channel(target), PromClientInterceptor())
    # README ends
    for _ in range(CALLS):
        Stub(channel).unary({})
    channel.close()
    server.stop(None).wait()


async def asynchronous():
    # README
    server = grpc.aio.server(interceptors=(PromAioServerInterceptor(),))
    # README ends
    server.add_generic_rpc_handlers((generic_handler(AioEcho()),))
    target = f"localhost:{server.add_insecure_port('localhost:0')}"
    await server.start()
    # README
    channel = grpc.aio.insecure_channel(target, interceptors=PromAioClientInterceptors())
    # README ends
    for _ in range(CALLS):
        await Stub(channel).unary({})
    await channel.close()
    await server.stop(None)


def forked():
    # README
    workers = []
    for _ in range(WORKERS):
        if (pid := os.fork()) == 0:
            synchronous()  # gRPC wants its servers made after the fork; metrics want nothing
            os._exit(0)
        workers.append(pid)
    # README ends
    for pid in workers:
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


forked()
synchronous()
asyncio.run(asynchronous())
print("done", flush=True)
