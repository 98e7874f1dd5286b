"""What applications hold of their calls is what gRPC gives them, with and without metrics, and what fails
in an interceptor is not theirs to see."""

import asyncio
import contextlib
import logging
import traceback
from concurrent import futures

import e2e
import grpc
from harness import Host

from counts import CLIENT_OPTIONS, SERVER_OPTIONS, expect, metadata, options, outcomes, series
from echo import Stub, SyncEcho, generic_handler, messages
from shm_exporter import (PromAioClientInterceptors, PromClientInterceptor, PromServerInterceptor, _native)


class Replacing(grpc.ServerInterceptor):
    """Another's, which replaces a field of the handler that it is given, or refuses the call."""

    def intercept_service(self, continuation, handler_call_details):
        handler = continuation(handler_call_details)
        behavior = handler.unary_unary
        if behavior is None:
            return handler
        return handler._replace(unary_unary=lambda request, context: behavior(request, context))


class Raising(grpc.ServerInterceptor):
    def intercept_service(self, continuation, handler_call_details):
        raise RuntimeError("another interceptor's")


class CallObjects(e2e.Case):

    @classmethod
    def setUpClass(cls):
        logging.disable(logging.CRITICAL)  # gRPC logs each exception of a handler's
        cls.host = cls.enterClassContext(Host(cls.programs))
        cls.agent = cls.host.start_agent()

    @contextlib.contextmanager
    def serving(self, *interceptors, echo=None, handlers=()):
        echo = echo or SyncEcho()
        with futures.ThreadPoolExecutor(8) as pool:
            server = grpc.server(pool, (generic_handler(echo), *handlers), interceptors)
            port = server.add_insecure_port("localhost:0")
            server.start()
            try:
                yield echo, f"localhost:{port}"
            finally:
                server.stop(None)

    def server_interceptor(self, **more):
        return PromServerInterceptor(**options(self.host, **SERVER_OPTIONS, **more))

    def client_interceptor(self, **more):
        return PromClientInterceptor(**options(self.host, **CLIENT_OPTIONS, **more))

    def describe(self, call):
        """What a call says of itself when it has ended."""
        return {"code": call.code(), "details": call.details(), "initial": list(call.initial_metadata()),
                "trailing": list(call.trailing_metadata()), "active": call.is_active(), "done": call.done(),
                "running": call.running(), "cancelled": call.cancelled(), "cancel": call.cancel(),
                "remaining": call.time_remaining() is not None, "callback": call.add_callback(print),
                "future": isinstance(call, grpc.Future), "call": isinstance(call, grpc.Call),
                "error": isinstance(call, grpc.RpcError), "rpc_context": isinstance(call, grpc.RpcContext),
                "text": repr(call).split("debug_error_string")[0], "iterates": iter(call) is call}

    def calls_of(self, stub, end):
        """An ended call of each type, and what came of it."""
        results = []
        for make, request in ((stub.unary.future, {"end": end}), (stub.collect.future, iter(messages(end))),
                              (stub.expand, {"end": end}), (stub.chat, iter(messages(end)))):
            told = []
            call = make(request, timeout=60, metadata=metadata("api"))
            call.add_done_callback(told.append)
            responses = []
            try:
                if make in (stub.expand, stub.chat):
                    responses.extend(call)
                else:
                    responses.append(call.result(60))
            except grpc.RpcError as error:
                responses.append((error.code(), error.details()))
            error = call.exception(60)
            results.append((self.describe(call), responses, error and error.code(),
                            call.traceback(60) is not None, told == [call]))
        return results

    def test_calls_say_the_same_with_and_without_metrics(self):
        with self.serving() as (_, target), grpc.insecure_channel(target) as channel:
            counted = Stub(grpc.intercept_channel(channel, self.client_interceptor()))
            for end in ("", "abort", "abort_with_status"):
                plain = self.calls_of(Stub(channel), end)
                self.assertEqual(self.calls_of(counted, end), plain)
                for _, _, _, _, told_itself in plain:
                    self.assertTrue(told_itself)

    def test_blocking_calls_return_and_raise_the_same(self):
        with self.serving() as (_, target), grpc.insecure_channel(target) as channel:
            for stub in (Stub(channel), Stub(grpc.intercept_channel(channel, self.client_interceptor()))):
                response, call = stub.unary.with_call({"text": "x"}, metadata=metadata("blocking"))
                self.assertEqual((response, call.code()), ({"text": "x"}, grpc.StatusCode.OK))
                with self.assertRaises(grpc.RpcError) as raised:
                    stub.unary({"end": "abort_with_status"}, metadata=metadata("blocking"))
                error = raised.exception
                self.assertEqual((error.code(), error.details(), tuple(error.trailing_metadata())),
                                 (grpc.StatusCode.DATA_LOSS, "as asked", (("test", "trailing"),)))
                self.assertTrue(error.debug_error_string())

    def test_a_handler_s_exception_comes_out_as_it_is(self):
        details = type("Details", (), {"method": "/shmx.test.Echo/Unary", "invocation_metadata": ()})
        context = type("Context", (), {"code": lambda self: None, "is_active": lambda self: True})()
        counted = self.server_interceptor().intercept_service(generic_handler(SyncEcho()).service, details)
        try:
            counted.unary_unary({"end": "raise"}, context)
        except RuntimeError as error:
            self.assertEqual(error.args, ("as asked",))
            names = [frame.name for frame in traceback.extract_tb(error.__traceback__)]
            self.assertEqual(names[-2:], ["unary", "_end"])
        else:
            self.fail("the application's exception was swallowed")

    def test_interceptors_beside_others(self):
        ours = self.server_interceptor()
        for test, interceptors, counts, code in (
                ("replacing", (Replacing(), ours), 3, "OK"), ("within", (ours, Replacing()), 3, "OK"),
                ("raising", (ours, Raising()), 3, "Unknown"), ("twice", (ours, self.server_interceptor()), 6, "OK")):
            with self.serving(*interceptors) as (_, target), grpc.insecure_channel(target) as channel:
                calls = [Stub(channel).unary.future({}, metadata=metadata(test)) for _ in range(3)]
                for call in calls:
                    call.exception()
            expect(self, self.agent, test,
                   series("server", "Unary", started=counts, handled={code: counts}), of=outcomes)

    def test_two_interceptors_end_a_call_that_never_gets_a_thread(self):
        """The outer one must not keep the inner one's handler."""
        details = type("Details", (), {"method": "/shmx.test.Echo/Unary",
                                       "invocation_metadata": metadata("dropped")})
        inner, outer = self.server_interceptor(), self.server_interceptor()
        service = generic_handler(SyncEcho()).service
        for _ in range(2):
            handler = outer.intercept_service(lambda details: inner.intercept_service(service, details), details)
            self.assertFalse(handler.request_streaming)
            del handler
        expect(self, self.agent, "dropped", series("server", "Unary", started=4, handled={"Canceled": 4}),
               of=outcomes)

    def test_what_other_interceptors_refuse_before_there_is_a_handler(self):
        with self.serving(self.server_interceptor(), Raising()) as (_, target):
            with grpc.insecure_channel(target) as channel, contextlib.suppress(grpc.RpcError):
                Stub(channel).unary({}, metadata=metadata("refused"))
        expect(self, self.agent, "refused",
               series("server", "unknown", handled="Unknown", service="unknown", kind="bidi_stream"))

    def test_calls_that_another_interceptor_answers_with_a_handler_of_before(self):
        kept = []

        class Keeping(grpc.ServerInterceptor):
            def intercept_service(self, continuation, handler_call_details):
                if not kept:
                    kept.append(continuation(handler_call_details))
                return kept[0]
        with self.serving(Keeping(), self.server_interceptor()) as (_, target):
            with grpc.insecure_channel(target) as channel:
                for _ in range(3):
                    self.assertEqual(Stub(channel).unary({"text": "x"}, metadata=metadata("kept")),
                                     {"text": "x"})
        expect(self, self.agent, "kept", series("server", "Unary", started=1, handled="OK"), of=outcomes)

    def test_handlers_that_send_their_responses_themselves(self):
        pool = futures.ThreadPoolExecutor(1)
        threads = set()

        def watch(request, context, send):
            import threading
            threads.add(threading.current_thread().name)
            for _ in range(request["count"]):
                send({"text": "pushed"})
            if request["count"]:
                send(None)
            else:
                context.abort(grpc.StatusCode.NOT_FOUND, "nothing to watch")
        watch.experimental_non_blocking = True
        watch.experimental_thread_pool = pool
        echo = SyncEcho()
        echo.expand = watch
        with pool, self.serving(self.server_interceptor(), echo=echo) as (_, target):
            with grpc.insecure_channel(target) as channel:
                for count in (2, 0):
                    with contextlib.suppress(grpc.RpcError):
                        list(Stub(channel).expand({"count": count}, metadata=metadata("pushed")))
        self.assertEqual(len(threads), 1)
        self.assertTrue(threads.pop().startswith("ThreadPoolExecutor"))
        expect(self, self.agent, "pushed",
               series("server", "Expand", started=2, received=2, sent=2, handled={"OK": 1, "NotFound": 1}))

    def test_what_fails_in_an_interceptor_is_counted_as_lost_and_logged_once(self):
        server, client = self.server_interceptor(), self.client_interceptor()
        before = _native.losses()["observations_dropped"]

        class Broken:
            def __getattr__(self, name):
                raise RuntimeError("an interceptor's own")
        for interceptor in (server, client):
            interceptor._methods = Broken()
        logging.disable(logging.NOTSET)
        with self.assertLogs("shm_exporter", "ERROR") as logged, self.serving(server) as (_, target):
            with grpc.insecure_channel(target) as channel:
                stub = Stub(grpc.intercept_channel(channel, client))
                for _ in range(3):
                    self.assertEqual(stub.unary({"text": "x"}), {"text": "x"})
                self.assertEqual(len(list(stub.chat(iter(messages(""))))), 3)
        logging.disable(logging.CRITICAL)
        self.assertEqual(len(logged.records), 2)
        self.assertEqual(_native.losses()["observations_dropped"] - before, 8)

    def test_asynchronous_calls_say_the_same_with_and_without_metrics(self):
        async def describe(call):
            return {"code": await call.code(), "details": await call.details(), "done": call.done(),
                    "initial": [*await call.initial_metadata()], "cancelled": call.cancelled(),
                    "trailing": [*await call.trailing_metadata()], "cancel": call.cancel(),
                    "call": isinstance(call, grpc.aio.Call)}

        async def calls_of(stub, end):
            results = []
            for method, request in (("unary", {"end": end}), ("collect", messages(end)),
                                    ("expand", {"end": end}), ("chat", messages(end))):
                told = []
                call = getattr(stub, method)(request, timeout=60, metadata=metadata("aio api"))
                call.add_done_callback(told.append)
                responses = []
                try:
                    await call.wait_for_connection()
                    if method in ("expand", "chat"):
                        async for response in call:
                            responses.append(response)
                    else:
                        responses.append(await call)
                except grpc.aio.AioRpcError as error:
                    responses.append((error.code(), error.details()))
                results.append((await describe(call), responses, told == [call]))
            return results

        async def compare(target):
            counted = PromAioClientInterceptors(**options(self.host, **CLIENT_OPTIONS))
            async with (grpc.aio.insecure_channel(target) as plain,
                        grpc.aio.insecure_channel(target, interceptors=[*counted]) as channel):
                for end in ("", "abort_with_status"):
                    self.assertEqual(await calls_of(Stub(channel), end), await calls_of(Stub(plain), end))
        with self.serving() as (_, target):
            asyncio.run(compare(target))


if __name__ == "__main__":
    e2e.main()
