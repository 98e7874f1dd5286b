"""What the arguments of the interceptors do, on the agent's page."""

import logging
import os
import urllib.request
from concurrent import futures

import e2e
import grpc
from google.protobuf import descriptor_pb2, descriptor_pool
from harness import Host, eventually

from counts import notation
from echo import SERVICE, Stub, SyncEcho, generic_handler, messages
from shm_exporter import (PromAioClientInterceptors, PromAioServerInterceptor, PromClientInterceptor,
                          PromServerInterceptor)
from shm_exporter.compat.py_grpc_prometheus import (prometheus_aio_server_interceptor,
                                                    prometheus_client_interceptor,
                                                    prometheus_server_interceptor)

RPCS = 1_000_000
# A reference of 8 bytes that each RPC leaves behind would be twice that.
MAX_GROWTH_BYTES = 4 << 20


def resident_bytes():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Options(e2e.Case):

    @classmethod
    def setUpClass(cls):
        logging.disable(logging.CRITICAL)  # gRPC logs each exception of a handler's
        cls.host = cls.enterClassContext(Host(cls.programs))
        cls.agent = cls.host.start_agent()

    def options(self, label, **more):
        return {"directory": str(self.host.segments), "service": "options",
                "constant_labels": {"option": label}, **more}

    def call_each(self, server, client=None, end="", metadata=None):
        """One call of each method, to their ends."""
        with futures.ThreadPoolExecutor(4) as pool:
            serving = grpc.server(pool, (generic_handler(SyncEcho()),), (server,))
            port = serving.add_insecure_port("localhost:0")
            serving.start()
            with grpc.insecure_channel(f"localhost:{port}") as channel:
                stub = Stub(grpc.intercept_channel(channel, *([client] if client else [])))
                stub.unary.future({"end": end}, metadata=metadata).exception()
                stub.collect.future(iter(messages(end)), metadata=metadata).exception()
                for make, request in ((stub.expand, {"end": end}), (stub.chat, iter(messages(end)))):
                    try:
                        list(make(request, metadata=metadata))
                    except grpc.RpcError:
                        pass
            serving.stop(None)

    def shown(self, label):
        """{"name{...}": value} of the series with that constant label."""
        found = {}
        for (name, labels), number in self.agent.scrape().items():
            labels = dict(labels)
            if labels.pop("option", None) == label:
                del labels["job"]
                found[notation(name, labels)] = number
        return found

    def families(self, label):
        return {name.partition("{")[0] for name in self.shown(label)}

    def expect_shown(self, label, *wanted, absent=()):
        """Series of one call of the unary method, or of what is said."""
        def check():
            found = self.shown(label)
            for name in wanted:
                self.assertEqual(found.get(name), 1, f"{name} of {sorted(found)}")
            for part in absent:
                self.assertEqual([name for name in found if part in name], [])
        eventually(check)

    def test_names_and_labels_of_the_modes(self):
        names = "grpc_method=Unary,grpc_service=shmx.test.Echo,grpc_type="
        for label, arguments, server, client in (
                ("default", {}, ("handled_total{grpc_code=NOT_FOUND,", "UNARY"),
                 ("handled_total{grpc_code=NOT_FOUND,", "UNARY")),
                ("go", {"mode": "go"}, ("handled_total{grpc_code=NotFound,", "unary"),
                 ("handled_total{grpc_code=NotFound,", "unary")),
                ("java", {"mode": "java"}, ("handled_total{code=NOT_FOUND,grpc_code=NOT_FOUND,", "UNARY"),
                 ("completed_total{code=NOT_FOUND,grpc_code=NOT_FOUND,", "UNARY")),
                ("legacy", {"legacy": True}, ("handled_total{code=NOT_FOUND,", "UNARY"),
                 ("completed_total{code=NOT_FOUND,", "UNARY"))):
            self.call_each(PromServerInterceptor(**self.options(label, **arguments)),
                           PromClientInterceptor(**self.options(label, **arguments)), end="abort")
            self.expect_shown(label, *(f"grpc_{side}_{name}{names}{kind}}}" for side, (name, kind) in (
                ("server", server), ("client", client))))
        self.assertIn("grpc_server_handled_latency_seconds_count", self.families("legacy"))
        self.assertIn("grpc_client_completed_latency_seconds_count", self.families("legacy"))

    def test_messages_are_counted_on_the_streaming_sides_by_default(self):
        self.call_each(PromServerInterceptor(**self.options("sides")),
                       PromClientInterceptor(**self.options("sides")))

        def check():
            counted = {name: number for name, number in self.shown("sides").items() if "_msg_" in name}
            expected = {}
            for side, methods in (("server_msg_received", ("Collect", "Chat")),
                                  ("server_msg_sent", ("Expand", "Chat")),
                                  ("client_msg_sent", ("Collect", "Chat")),
                                  ("client_msg_received", ("Expand", "Chat"))):
                for method in methods:
                    kind = {"Collect": "CLIENT_STREAMING", "Expand": "SERVER_STREAMING",
                            "Chat": "BIDI_STREAMING"}[method]
                    expected[notation(f"grpc_{side}_total", {"grpc_method": method, "grpc_type": kind,
                                                             "grpc_service": SERVICE})] = 3
            self.assertEqual(counted, expected)
        eventually(check)

    def test_py_grpc_prometheus_s_arguments_in_its_order_by_its_module_names(self):
        server = prometheus_server_interceptor.PromServerInterceptor(
            True, False, True, False, object(), **self.options("compat"))
        client = prometheus_client_interceptor.PromClientInterceptor(
            True, True, True, False, object(), **self.options("compat"))
        prometheus_aio_server_interceptor.PromAioServerInterceptor(True, False, False, True, object())
        self.assertIs(prometheus_server_interceptor.PromServerInterceptor, PromServerInterceptor)
        self.call_each(server, client)
        chat = "{grpc_method=Chat,grpc_service=shmx.test.Echo,grpc_type=BIDI_STREAMING}"
        self.expect_shown("compat", f"grpc_server_handling_seconds_count{chat}",
                          f"grpc_client_handling_seconds_count{chat}")
        found = self.shown("compat")
        for name in ("recv", "send"):
            self.assertEqual(found[f"grpc_client_msg_{name}_handling_seconds_count{chat}"], 3)

    def test_histograms_buckets_and_codes(self):
        self.call_each(
            PromServerInterceptor(enable_handling_time_histogram=True, **self.options(
                "histograms", handling_buckets=(5, 10), code_on_handling_histogram=True,
                message_bytes_histograms=True, message_bytes_buckets=(1, 1000))),
            PromClientInterceptor(enable_client_handling_time_histogram=True, **self.options(
                "histograms", message_bytes_histograms=True, handling_bucket_kind="both",
                native_seconds={"smallest": 0.001, "largest": 8})))
        unary = "grpc_method=Unary,grpc_service=shmx.test.Echo,grpc_type=UNARY"
        self.expect_shown(
            "histograms", f"grpc_server_handling_seconds_bucket{{grpc_code=OK,{unary},le=5}}",
            f"grpc_server_msg_sent_bytes_bucket{{{unary},le=1000}}",
            f"grpc_client_handling_seconds_bucket{{{unary},le=+Inf}}")
        found = self.shown("histograms")
        self.assertNotIn(f"grpc_server_handling_seconds_bucket{{grpc_code=OK,{unary},le=2.5}}", found)
        self.assertEqual(found[f"grpc_server_msg_sent_bytes_sum{{{unary}}}"], len(b'{"end": ""}'))
        self.assertEqual(found[f"grpc_server_msg_sent_bytes_bucket{{{unary},le=1}}"], 0)
        # Dictionaries say no length.
        self.assertEqual(found.get(f"grpc_client_msg_sent_bytes_count{{{unary}}}", 0), 0)

    def test_labels_from_metadata(self):
        self.call_each(PromServerInterceptor(**self.options("metadata", metadata_labels=(
            "x-tenant", {"key": "x-shard", "label": "shard", "max_value_bytes": 2}))),
            metadata=(("x-tenant", "blue"), ("x-shard", "long")))
        self.expect_shown("metadata", "grpc_server_started_total{grpc_method=Unary,"
                          "grpc_service=shmx.test.Echo,grpc_type=UNARY,shard=overflow,x_tenant=blue}")

    def test_filters_and_known_methods(self):
        self.call_each(
            PromServerInterceptor(**self.options("filter", method_filter=lambda name: name.endswith("Unary"))),
            PromClientInterceptor(**self.options("filter", method_filter=lambda name: name.endswith("Unary"))))
        labels = "{grpc_method=Unary,grpc_service=shmx.test.Echo,grpc_type=UNARY}"
        self.expect_shown("filter", f"grpc_server_started_total{labels}", f"grpc_client_started_total{labels}",
                          absent=("Chat", "Collect", "Expand", "unknown"))
        self.call_each(PromServerInterceptor(**self.options("known", known_methods=[f"/{SERVICE}/Unary"])))
        self.expect_shown("known", f"grpc_server_started_total{labels}",
                          "grpc_server_started_total{grpc_method=unknown,grpc_service=unknown,"
                          "grpc_type=BIDI_STREAMING}", absent=("Chat", "Collect", "Expand"))

    def test_methods_are_shown_before_their_first_call(self):
        file = descriptor_pb2.FileDescriptorProto(name="options.proto", package="options.test")
        file.message_type.add(name="Nothing")
        service = file.service.add(name="Zero")
        service.method.add(name="Watch", input_type=".options.test.Nothing",
                           output_type=".options.test.Nothing", server_streaming=True)
        descriptor_pool.Default().Add(file)
        for number, services in enumerate((
                ["options.test.Zero"], [descriptor_pool.Default().FindServiceByName("options.test.Zero")],
                [("/options.test.Zero/Watch", 2)])):
            label = f"zero{number}"
            for make in (PromServerInterceptor, PromAioClientInterceptors):
                make(**self.options(label, zero_initialize=services,
                                    zero_initialize_codes=(grpc.StatusCode.OK, 5)))
            labels = "grpc_method=Watch,grpc_service=options.test.Zero,grpc_type=SERVER_STREAMING"

            def check():
                found = self.shown(label)
                for side in ("server", "client"):
                    self.assertEqual({name for name in found if f"_{side}_handled" in name},
                                     {f"grpc_{side}_handled_total{{grpc_code={code},{labels}}}"
                                      for code in ("OK", "NOT_FOUND")})
                self.assertEqual(set(found.values()), {0})
            eventually(check)

    def test_exemplars_lead_to_the_request_s_trace(self):
        trace, span = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
        self.call_each(PromServerInterceptor(**self.options("exemplars", exemplars=True)),
                       metadata=(("traceparent", f"00-{trace}-{span}-01"),))

        def check():
            request = urllib.request.Request(self.agent.url, headers={
                "Accept": "application/openmetrics-text; version=1.0.0"})
            with urllib.request.urlopen(request) as response:
                page = response.read().decode()
            shown = [line for line in page.splitlines() if 'option="exemplars"' in line and trace in line]
            self.assertEqual(len(shown), 4, page)
            self.assertTrue(all(line.startswith("grpc_server_handled_total") and span in line for line in shown))
        eventually(check)

    def test_names_that_peers_make_up_for_a_catch_all_handler(self):
        interceptor = PromServerInterceptor(**self.options("catch-all"))
        handler = grpc.unary_unary_rpc_method_handler(lambda request, context: request)
        for number in range(2_100):
            interceptor.intercept_service(lambda _: handler, self.details(f"/made.Up/Name{number}"))
        self.assertLessEqual(len(interceptor._served), 2_000)

        def check():
            started = {name: number for name, number in self.shown("catch-all").items() if "_started_" in name}
            self.assertEqual(sum(started.values()), 2_100)
            self.assertLessEqual(len(started), 2_001)
        eventually(check)

    @staticmethod
    def details(method):
        """Of an RPC without gRPC."""
        return type("Details", (), {"method": method, "invocation_metadata": (), "metadata": None})

    def test_calls_in_flight(self):
        interceptor = PromServerInterceptor(**self.options("flight", in_flight=True))
        handler = grpc.unary_unary_rpc_method_handler(lambda request, context: request)
        under_way = [interceptor.intercept_service(lambda _: handler, self.details("/a.B/C")) for _ in range(3)]
        name = "grpc_server_in_flight{grpc_method=C,grpc_service=a.B,grpc_type=UNARY}"
        eventually(lambda: self.assertEqual(self.shown("flight").get(name), 3))
        del under_way
        eventually(lambda: self.assertEqual(self.shown("flight").get(name), 0))

    def test_arguments_that_cannot_be_meant(self):
        for make in (PromServerInterceptor, PromAioServerInterceptor, PromClientInterceptor,
                     PromAioClientInterceptors):
            for error, arguments in ((ValueError, {"mode": "ruby"}), (ValueError, {"legacy": True, "mode": "go"}),
                                     (TypeError, {"colour": "red"}), (TypeError, {"handling_buckets": "abc"}),
                                     (TypeError, {"method_filter": 5}),
                                     (ValueError, {"zero_initialize": ["not.imported.Service"]})):
                with self.assertRaises(error, msg=f"{make.__name__} {arguments}"):
                    make(**arguments)

    def test_memory_is_stable_over_a_million_rpcs(self):
        """Through everything but gRPC's network, which has leaks of its own to offer."""
        server = PromServerInterceptor(True, **self.options("memory"))
        client = PromClientInterceptor(True, **self.options("memory"))
        handler = grpc.unary_stream_rpc_method_handler(lambda request, context: iter((request,)))
        details = self.details("/a.B/C")
        context = type("Context", (), {"code": lambda self: None, "is_active": lambda self: True})()

        def call(_, request):
            counted = server.intercept_service(lambda _: handler, details)
            counted.request_streaming
            return [counted.response_serializer(response) for response in
                    counted.unary_stream(counted.request_deserializer(request), context)]

        def run(count):
            for _ in range(count):
                for _ in client.intercept_unary_stream(call, details, b"request"):
                    pass
        run(RPCS // 10)
        before = resident_bytes()
        run(RPCS)
        self.assertLess(resident_bytes() - before, MAX_GROWTH_BYTES)
        labels = "{grpc_code=OK,grpc_method=C,grpc_service=a.B,grpc_type=SERVER_STREAMING}"

        def check():
            found = self.shown("memory")
            for side in ("server", "client"):
                self.assertEqual(found[f"grpc_{side}_handled_total{labels}"], RPCS + RPCS // 10)
        eventually(check)


if __name__ == "__main__":
    e2e.main()
