"""Each way in which a call of an asynchronous server and client can end, as both count it: once, and with
the code of the canon. With handlers in both styles, generators and read() and write()."""

import asyncio
import contextlib
import functools
import gc
import logging
from concurrent import futures

import e2e
import grpc
from harness import Host

from counts import (CLIENT_OPTIONS, SERVER_OPTIONS, Expectations, client_series, go_name, metadata, options,
                    outcomes, outcomes_whatever_code, series, server_series)
from echo import (METHODS, STREAMED, AioEcho, AioReadWriteEcho, Stub, SyncEcho, generic_handler, messages)
from shm_exporter import PromAioClientInterceptors, PromAioServerInterceptor

# Longer than a call takes to its handler on a loaded machine; tests wait this long.
REACHES_HANDLER_S = 2

STYLES = (AioEcho, AioReadWriteEcho)


@contextlib.asynccontextmanager
async def serving(host, echo):
    """A server and a channel to it, both counted."""
    interceptors = (PromAioServerInterceptor(**options(host, **SERVER_OPTIONS)),)
    server = grpc.aio.server(futures.ThreadPoolExecutor(2), (generic_handler(echo),), interceptors)
    port = server.add_insecure_port("localhost:0")
    await server.start()
    try:
        async with connected(host, f"localhost:{port}") as stub:
            yield server, stub
    finally:
        await server.stop(None)


@contextlib.asynccontextmanager
async def connected(host, target):
    counted = PromAioClientInterceptors(**options(host, **CLIENT_OPTIONS))
    async with grpc.aio.insecure_channel(target, interceptors=counted) as channel:
        yield Stub(channel)


async def each_of(requests):
    for request in requests:
        yield request


def start(stub, method, end, test, timeout=None):
    """A call under way, of a server that then does as `end` says."""
    request = {"end": end} if method in ("Unary", "Expand") else each_of(messages(end))
    return getattr(stub, method.lower())(request, timeout=timeout, metadata=metadata(test))


async def drain(call, method):
    """What the application sees of a call to its end: how many responses, and the code's name."""
    received = 0
    try:
        if method in ("Unary", "Collect"):
            await call
            received = 1
        else:
            async for _ in call:
                received += 1
    except (grpc.RpcError, asyncio.CancelledError):
        pass
    return received, go_name(await call.code())


def in_a_loop(test):
    """A test that is a coroutine, with expectations that are checked at its end."""
    @functools.wraps(test)
    def run(self):
        async def body():
            expectations = Expectations(self, self.agent)
            await test(self, expectations)
            await asyncio.to_thread(expectations.check)
        asyncio.run(body())
    return run


class AioEndings(e2e.Case):
    """Both sides of the same calls."""

    @classmethod
    def setUpClass(cls):
        logging.disable(logging.CRITICAL)  # gRPC logs each exception of a handler's
        # One for the process: its segment is in one directory.
        cls.host = cls.enterClassContext(Host(cls.programs))
        cls.agent = cls.host.start_agent()

    async def call_each(self, stub, prefix, end, code, expectations, server=None):
        """One call of each method, which both sides count as `code`. `server` says what the server's side
        counts of a method of which the client has received so many responses."""
        for method in METHODS:
            test = f"{prefix} {end} {method}"
            received, seen = await drain(start(stub, method, end, test), method)
            self.assertEqual(seen, code, test)
            counted = server(method, received) if server else server_series(method, code)
            expectations.add(test, counted, client_series(method, code, received))

    @in_a_loop
    async def test_what_handlers_say(self, expectations):
        for style in STYLES:
            async with serving(self.host, style()) as (_, stub):
                for end, code in (("", "OK"), ("raise", "Unknown"), ("abort", "NotFound"),
                                  ("abort_with_status", "DataLoss"), ("set_code", "Aborted"),
                                  ("set_code_and_raise", "Aborted"), ("set_number", "NotFound")):
                    await self.call_each(stub, style.__name__, end, code, expectations)

    @in_a_loop
    async def test_what_handlers_in_threads_say(self, expectations):
        async with serving(self.host, SyncEcho()) as (_, stub):
            for end, code in (("", "OK"), ("raise", "Unknown"),
                              ("set_code", "Aborted"), ("set_code_and_raise", "Aborted")):
                await self.call_each(stub, "threads", end, code, expectations)

    @in_a_loop
    async def test_what_handlers_in_threads_abort(self, expectations):
        def server(method, received):
            # gRPC holds one response between the handler's thread and its own, which the abort overtakes.
            unsent = STREAMED - received if METHODS[method] in ("server_stream", "bidi_stream") else 0
            self.assertIn(unsent, (0, 1))
            return server_series(method, "NotFound", unsent=unsent)
        async with serving(self.host, SyncEcho()) as (_, stub):
            await self.call_each(stub, "threads", "abort", "NotFound", expectations, server)

    @in_a_loop
    async def test_messages_that_cannot_be_read_or_written(self, expectations):
        read = {"Unary": (0, 0), "Collect": (2, 0), "Expand": (0, 0), "Chat": (2, 2)}
        written = {"Unary": (1, 0), "Collect": (3, 0), "Expand": (1, 3), "Chat": (3, 2)}
        for style in STYLES:
            async with serving(self.host, style()) as (_, stub):
                for end, counted in (("undecodable", read), ("unserializable", written)):
                    def server(method, _, counted=counted):
                        received, sent = counted[method]
                        return series("server", method, received=received, sent=sent, handled="Unknown")
                    await self.call_each(stub, style.__name__, end, "Unknown", expectations, server)

    async def arrive_and(self, do, code, expectations, name, ends=("wait",), abandoned=False):
        """Calls that have sent and received everything but the end, to which `do` is done then."""
        for style in STYLES:
            echo = style()
            arrivals = 0
            async with serving(self.host, echo) as (_, stub):
                for end in ends:
                    for method in METHODS:
                        test = f"{name} {style.__name__} {end} {method}"
                        call = start(stub, method, end, test, REACHES_HANDLER_S if do is None else None)
                        arrivals += 1
                        await asyncio.to_thread(echo.place.await_arrivals, arrivals)
                        if do is not None:
                            do(call)
                        received = 0
                        if not abandoned:
                            received, seen = await drain(call, method)
                            self.assertEqual(seen, code)
                        del call
                        expectations.add(test, server_series(method, "Canceled"),
                                         client_series(method, code, received))
                if abandoned:
                    # gRPC's own objects are in circles. The end of the channel would cancel what was not.
                    gc.collect()
                    await asyncio.to_thread(expectations.check)

    @in_a_loop
    async def test_calls_that_the_client_cancels(self, expectations):
        await self.arrive_and(lambda call: call.cancel(), "Canceled", expectations, "cancel")

    @in_a_loop
    async def test_calls_that_the_client_abandons(self, expectations):
        await self.arrive_and(lambda call: None, "Canceled", expectations, "abandon", abandoned=True)

    @in_a_loop
    async def test_handlers_that_answer_although_they_are_cancelled(self, expectations):
        for style in STYLES:
            echo = style()
            async with serving(self.host, echo) as (_, stub):
                for arrivals, method in enumerate(METHODS):
                    test = f"swallow {style.__name__} {method}"
                    call = start(stub, method, "swallow", test)
                    await asyncio.to_thread(echo.place.await_arrivals, arrivals + 1)
                    call.cancel()
                    _, seen = await drain(call, method)
                    self.assertEqual(seen, "Canceled")
                    expectations.add(test, *(series(side, method, handled="Canceled")
                                             for side in ("server", "client")), of=outcomes)

    @in_a_loop
    async def test_calls_whose_deadline_passes(self, expectations):
        echo = AioEcho()
        async with serving(self.host, echo) as (_, stub):
            waiting = {method: start(stub, method, "wait", f"deadline {method}", REACHES_HANDLER_S)
                       for method in METHODS}
            for method, call in waiting.items():
                received, seen = await drain(call, method)
                self.assertEqual(seen, "DeadlineExceeded")
                expectations.add(f"deadline {method}", server_series(method, "Canceled"),
                                 client_series(method, seen, received))

    @in_a_loop
    async def test_a_deadline_that_has_passed_before_the_call(self, expectations):
        async with serving(self.host, AioEcho()) as (_, stub):
            for method in METHODS:
                self.assertEqual(await drain(start(stub, method, "", f"late {method}", -1), method),
                                 (0, "DeadlineExceeded"))
                expectations.add(f"late {method}", series("client", method, handled="DeadlineExceeded"),
                                 of=outcomes)

    @in_a_loop
    async def test_calls_that_are_cancelled_before_they_begin(self, expectations):
        async with serving(self.host, AioEcho()) as (_, stub):
            for method in METHODS:
                call = start(stub, method, "", f"early {method}")
                call.cancel()
                self.assertEqual((await drain(call, method))[1], "Canceled")
                expectations.add(f"early {method}")

    @in_a_loop
    async def test_responses_that_the_client_wants_no_more_of(self, expectations):
        for style in STYLES:
            async with serving(self.host, style()) as (_, stub):
                test = f"enough {style.__name__}"
                call = stub.expand({"count": 1_000_000}, metadata=metadata(test))
                async for _ in call:
                    break
                del call
                gc.collect()  # a call of grpc.aio and its iterator refer to each other
                expectations.add(test, *(series(side, "Expand", handled="Canceled")
                                         for side in ("server", "client")), of=outcomes)
                await asyncio.to_thread(expectations.check)  # while the server goes on

    @in_a_loop
    async def test_requests_that_raise(self, expectations):
        echo = AioEcho()

        async def requests(arrivals):
            yield {"tell": True}
            await asyncio.to_thread(echo.place.await_arrivals, arrivals)
            raise RuntimeError("the application's")
        async with serving(self.host, echo) as (_, stub):
            for number, method in enumerate(("Collect", "Chat")):
                call = getattr(stub, method.lower())(requests(number + 1), metadata=metadata(f"raising {method}"))
                self.assertEqual((await drain(call, method))[1], "Canceled")
                expectations.add(f"raising {method}", series("server", method, handled="Canceled"),
                                 series("client", method, handled="Canceled"), of=outcomes_whatever_code)

    @in_a_loop
    async def test_methods_that_nobody_implements(self, expectations):
        async with serving(self.host, AioEcho()) as (_, stub):
            for _ in range(2):
                with self.assertRaises(grpc.RpcError):
                    await stub.missing({}, metadata=metadata("missing"))
            expectations.add("missing",
                             series("server", "unknown", started=2, handled={"Unimplemented": 2},
                                    service="unknown", kind="bidi_stream"),
                             series("client", "ChosenByThePeer", started=2, sent=2,
                                    handled={"Unimplemented": 2}, kind="unary"))

    @in_a_loop
    async def test_a_server_that_stops_in_the_middle(self, expectations):
        for style in STYLES:
            for method in METHODS:
                echo = style()
                async with serving(self.host, echo) as (server, stub):
                    test = f"stop {style.__name__} {method}"
                    call = start(stub, method, "wait", test)
                    await asyncio.to_thread(echo.place.await_arrivals, 1)
                    await server.stop(None)
                    received, seen = await drain(call, method)
                    self.assertIn(seen, ("Unavailable", "Canceled"))
                    expectations.add(test, server_series(method, "Canceled"),
                                     client_series(method, seen, received))

    @in_a_loop
    async def test_servers_that_nobody_reaches(self, expectations):
        async with connected(self.host, f"unix:{self.host.directory}/nobody.sock") as stub:
            for method in METHODS:
                received, seen = await drain(start(stub, method, "", f"nobody {method}"), method)
                self.assertEqual((received, seen), (0, "Unavailable"))
                expectations.add(f"nobody {method}", series("client", method, handled="Unavailable"),
                                 of=outcomes)

    @in_a_loop
    async def test_requests_and_responses_in_the_style_of_read_and_write(self, expectations):
        async with serving(self.host, AioReadWriteEcho()) as (_, stub):
            collect = stub.collect(metadata=metadata("write"))
            chat = stub.chat(metadata=metadata("write"))
            expand = stub.expand({}, metadata=metadata("write"))
            for request in messages(""):
                await collect.write(request)
                await chat.write(request)
                self.assertEqual(await chat.read(), request)
                self.assertEqual(await expand.read(), {"text": "one of several"})
            for call in (collect, chat):
                await call.done_writing()
            self.assertEqual((await collect)["count"], 3)
            for call in (collect, chat, expand):
                self.assertEqual(await call.code(), grpc.StatusCode.OK)
            expectations.add("write", *(side for method in ("Collect", "Chat", "Expand") for side in (
                server_series(method, "OK"), client_series(method, "OK", 1 if method == "Collect" else 3))))

    @in_a_loop
    async def test_requests_of_an_iterable_that_is_not_asynchronous(self, expectations):
        async with serving(self.host, AioEcho()) as (_, stub):
            for requests in (messages(""), iter(messages(""))):
                test = type(requests).__name__
                self.assertEqual((await stub.collect(requests, metadata=metadata(test)))["count"], 3)
                expectations.add(test, server_series("Collect", "OK"), client_series("Collect", "OK", 1))


if __name__ == "__main__":
    e2e.main()
