"""Each way in which a call of a synchronous server and client can end, as both count it: once, and with
the code of the canon."""

import contextlib
import itertools
import logging
from concurrent import futures

import e2e
import grpc
from harness import Host

from counts import (CLIENT_OPTIONS, SERVER_OPTIONS, Expectations, client_series, expect, go_name, metadata, options,
                    outcomes, outcomes_whatever_code, series, server_series)
from echo import METHODS, Stub, SyncEcho, generic_handler, messages
from shm_exporter import PromClientInterceptor, PromServerInterceptor

# Longer than a call takes to its handler on a loaded machine; tests wait this long.
REACHES_HANDLER_S = 2


class World(contextlib.ExitStack):
    """A server and a channel to it, both counted."""

    def __init__(self, host, workers=8, **server_options):
        super().__init__()
        self.host = host
        self.echo = SyncEcho()
        pool = self.enter_context(futures.ThreadPoolExecutor(workers))
        interceptors = (PromServerInterceptor(**options(self.host, **SERVER_OPTIONS)),)
        self.server = grpc.server(pool, (generic_handler(self.echo),), interceptors, **server_options)
        self.target = f"localhost:{self.server.add_insecure_port('localhost:0')}"
        self.server.start()
        # Without waiting: gRPC 1.51 may never stop after a client stream that it could not read.
        self.callback(self.server.stop, 0)
        self.stub = self.connect(self.target)

    def connect(self, target, channel_options=()):
        channel = self.enter_context(grpc.insecure_channel(target, channel_options))
        interceptor = PromClientInterceptor(**options(self.host, **CLIENT_OPTIONS))
        return Stub(grpc.intercept_channel(channel, interceptor))


def start(stub, method, end, test, timeout=None):
    """A call under way, of a server that then does as `end` says."""
    request = {"end": end} if method in ("Unary", "Expand") else iter(messages(end))
    make = getattr(stub, method.lower())
    make = make.future if method in ("Unary", "Collect") else make
    return make(request, timeout=timeout, metadata=metadata(test))


def drain(call, method):
    """What the application sees of a call to its end: how many responses, and the code's name."""
    received = 0
    try:
        if method in ("Unary", "Collect"):
            call.result()
            received = 1
        else:
            for _ in call:
                received += 1
    except (grpc.RpcError, grpc.FutureCancelledError):
        pass
    return received, go_name(call.code())


class SyncEndings(e2e.Case):
    """Both sides of the same calls."""

    @classmethod
    def setUpClass(cls):
        logging.disable(logging.CRITICAL)  # gRPC logs each exception of a handler's
        # One for the process: its segment is in one directory.
        cls.host = cls.enterClassContext(Host(cls.programs))
        cls.agent = cls.host.start_agent()

    def call_each(self, world, end, code, expectations, server=server_series):
        """One call of each method, which both sides count as `code`."""
        for method in METHODS:
            received, seen = drain(start(world.stub, method, end, f"{end} {method}"), method)
            self.assertEqual(seen, code, f"{end} {method}")
            expectations.add(f"{end} {method}", server(method, code), client_series(method, code, received))

    def test_what_handlers_say(self):
        expectations = Expectations(self, self.agent)
        with World(self.host) as world:
            for end, code in (("", "OK"), ("raise", "Unknown"), ("abort", "NotFound"),
                              ("abort_with_status", "DataLoss"), ("set_code", "Aborted"),
                              ("set_code_and_raise", "Aborted"), ("set_number", "Unknown")):
                self.call_each(world, end, code, expectations)
            expectations.check()

    def test_calls_of_many_threads(self):
        threads, each = 8, 50

        def run(world):
            for _ in range(each):
                world.stub.unary({}, metadata=metadata("threads"))
        with World(self.host) as world, futures.ThreadPoolExecutor(threads) as pool:
            for call in [pool.submit(run, world) for _ in range(threads)]:
                call.result()
            calls = {"started": threads * each, "received": threads * each, "sent": threads * each,
                     "handled": {"OK": threads * each}}
            expect(self, self.agent, "threads", series("server", "Unary", **calls),
                   series("client", "Unary", **calls))

    def test_messages_that_cannot_be_read_or_written(self):
        read = {"Unary": (0, 0), "Collect": (2, 0), "Expand": (0, 0), "Chat": (2, 2)}
        written = {"Unary": (1, 0), "Collect": (3, 0), "Expand": (1, 3), "Chat": (3, 2)}
        expectations = Expectations(self, self.agent)
        with World(self.host) as world:
            for end, counted in (("undecodable", read), ("unserializable", written)):
                def server(method, code):
                    received, sent = counted[method]
                    return series("server", method, received=received, sent=sent, handled=code)
                self.call_each(world, end, "Internal", expectations, server)
            expectations.check()

    def test_calls_that_the_client_cancels(self):
        with World(self.host) as world:
            for number, method in enumerate(METHODS):
                test = f"cancel {method}"
                call = start(world.stub, method, "wait", test)
                world.echo.place.await_arrivals(number + 1)
                self.assertTrue(call.cancel())
                received, code = drain(call, method)
                self.assertEqual(code, "Canceled")
                expect(self, self.agent, test, server_series(method, "Canceled"),
                       client_series(method, code, received))

    def test_calls_whose_deadline_passes(self):
        with World(self.host) as world:
            waiting = {method: start(world.stub, method, "wait", f"deadline {method}", REACHES_HANDLER_S)
                       for method in METHODS}
            for method, call in waiting.items():
                received, code = drain(call, method)
                self.assertEqual(code, "DeadlineExceeded")
                expect(self, self.agent, f"deadline {method}", server_series(method, "Canceled"),
                       client_series(method, code, received))

    def test_a_deadline_that_has_passed_before_the_call(self):
        with World(self.host) as world:
            for method in METHODS:
                self.assertEqual(drain(start(world.stub, method, "", f"late {method}", -1), method),
                                 (0, "DeadlineExceeded"))
                expect(self, self.agent, f"late {method}",
                       series("client", method, handled="DeadlineExceeded"), of=outcomes)

    def test_calls_that_the_client_abandons(self):
        with World(self.host) as world:
            for number, method in enumerate(METHODS):
                call = start(world.stub, method, "wait", f"abandon {method}")
                world.echo.place.await_arrivals(number + 1)
                received = 0
                if method in ("Expand", "Chat"):
                    next(call)
                    received = 1
                del call
                expect(self, self.agent, f"abandon {method}", server_series(method, "Canceled"),
                       client_series(method, "Canceled", received))

    def test_responses_that_the_client_wants_no_more_of(self):
        with World(self.host) as world:
            call = world.stub.expand({"count": 1_000_000}, metadata=metadata("enough"))
            next(call)
            call.cancel()
            requests = itertools.repeat({})
            chat = world.stub.chat(requests, metadata=metadata("enough"))
            next(chat)
            chat.cancel()
            expect(self, self.agent, "enough",
                   *(series(side, method, handled="Canceled")
                     for side in ("server", "client") for method in ("Expand", "Chat")), of=outcomes)

    def test_requests_that_raise(self):
        with World(self.host) as world:
            def requests(arrivals):
                yield {"tell": True}
                world.echo.place.await_arrivals(arrivals)
                raise RuntimeError("the application's")
            chat = world.stub.chat(requests(1), metadata=metadata("raising chat"))
            self.assertEqual(drain(chat, "Chat")[1], "Unknown")
            with self.assertRaises(grpc.RpcError) as raised:
                world.stub.collect(requests(2), metadata=metadata("raising collect"))
            self.assertEqual(raised.exception.code(), grpc.StatusCode.UNKNOWN)
            for method in ("Chat", "Collect"):
                expect(self, self.agent, f"raising {method.lower()}",
                       series("server", method, handled="Canceled"),
                       series("client", method, handled="Unknown"), of=outcomes_whatever_code)

    def test_methods_that_nobody_implements(self):
        with World(self.host) as world:
            for _ in range(2):
                with self.assertRaises(grpc.RpcError):
                    world.stub.missing({}, metadata=metadata("missing"))
            expect(self, self.agent, "missing",
                   series("server", "unknown", started=2, handled={"Unimplemented": 2}, service="unknown",
                          kind="bidi_stream"),
                   series("client", "ChosenByThePeer", started=2, sent=2, handled={"Unimplemented": 2},
                          kind="unary"))

    def test_a_server_that_stops_in_the_middle(self):
        for method in METHODS:
            with World(self.host) as world:
                call = start(world.stub, method, "wait", f"stop {method}")
                world.echo.place.await_arrivals(1)
                world.server.stop(None).wait()
                received, code = drain(call, method)
                self.assertIn(code, ("Unavailable", "Canceled"))
                expect(self, self.agent, f"stop {method}", server_series(method, "Canceled"),
                       client_series(method, code, received))

    def test_servers_that_nobody_reaches(self):
        with World(self.host) as world:
            stub = world.connect(f"unix:{self.host.directory}/nobody.sock")
            for method in METHODS:
                self.assertEqual(drain(start(stub, method, "", f"nobody {method}"), method),
                                 (0, "Unavailable"))
                expect(self, self.agent, f"nobody {method}",
                       series("client", method, handled="Unavailable"), of=outcomes)

    def test_calls_beyond_the_server_s_limit(self):
        with World(self.host, maximum_concurrent_rpcs=1) as world:
            first = start(world.stub, "Unary", "wait", "limit")
            world.echo.place.await_arrivals(1)
            for method in METHODS:
                self.assertEqual(drain(start(world.stub, method, "", f"limit {method}"), method)[1],
                                 "ResourceExhausted")
                expect(self, self.agent, f"limit {method}",
                       series("server", method, handled="ResourceExhausted"),
                       series("client", method, handled="ResourceExhausted"), of=outcomes)
            first.cancel()

    def test_calls_that_never_get_a_thread(self):
        with World(self.host, workers=1) as world:
            first = start(world.stub, "Unary", "wait", "thread")
            world.echo.place.await_arrivals(1)
            waiting = [start(world.stub, method, "", f"queue {method}") for method in METHODS]
            for method in METHODS:
                expect(self, self.agent, f"queue {method}",
                       series("server", method, handled={}), series("client", method, handled={}),
                       of=outcomes)
            for call in waiting:
                call.cancel()
            for call, method in zip(waiting, METHODS):
                self.assertEqual(drain(call, method)[1], "Canceled")
            first.cancel()
            for method in METHODS:
                expect(self, self.agent, f"queue {method}", series("server", method, handled="Canceled"),
                       series("client", method, handled="Canceled"), of=outcomes)

    def test_calls_that_block(self):
        with World(self.host) as world:
            for end, code in (("", "OK"), ("abort", "NotFound")):
                for style in ("__call__", "with_call"):
                    for method, request in (("Unary", {"end": end}), ("Collect", iter(messages(end)))):
                        test = f"{style} {end} {method}"
                        with contextlib.suppress(grpc.RpcError):
                            getattr(getattr(world.stub, method.lower()), style)(
                                request, metadata=metadata(test))
                        expect(self, self.agent, test, server_series(method, code),
                               client_series(method, code, int(code == "OK")))

    def test_a_stream_without_any_thread_of_grpc(self):
        with World(self.host) as world:
            single = ((grpc.experimental.ChannelOptions.SingleThreadedUnaryStream, 1),)
            stub = world.connect(world.target, single)
            self.assertEqual(drain(start(stub, "Expand", "", "single"), "Expand"), (3, "OK"))
            expect(self, self.agent, "single", server_series("Expand", "OK"),
                   client_series("Expand", "OK", 3))
            for number, test in enumerate(("single cancel", "single drop")):
                call = start(stub, "Expand", "wait", test)
                world.echo.place.await_arrivals(number + 1)
                next(call)
                if test == "single cancel":
                    call.cancel()
                del call
                expect(self, self.agent, test, server_series("Expand", "Canceled"),
                       client_series("Expand", "Canceled", 1))


if __name__ == "__main__":
    e2e.main()
