"""The service that the tests call, one method of each of gRPC's four types, and what each of its calls is
asked to end with. Messages are dictionaries.

    {"end": "abort"}

A handler does its work (it answers, or reads or sends all messages), and then ends as the last message
says. A message with "tell" tells the place that it was read. The same for synchronous and asynchronous servers.
"""

import asyncio
import json
import threading

import grpc

SERVICE = "shmx.test.Echo"
METHODS = {"Unary": "unary", "Collect": "client_stream", "Expand": "server_stream", "Chat": "bidi_stream"}
DEADLINE_S = 60

# Messages that a call sends, or is sent, in its streaming direction.
STREAMED = 3


def path(method):
    return f"/{SERVICE}/{method}"


def encode(message):
    """The serializer, which refuses what it is asked to refuse."""
    if message.get("end") == "unserializable":
        raise ValueError("as asked")
    return json.dumps(message).encode()


def decode(data):
    """The deserializer, which refuses what it is asked to refuse."""
    message = json.loads(data)
    if message.get("end") == "undecodable":
        raise ValueError("as asked")
    return message


def encode_anything(message):
    """For clients, whose server then refuses it."""
    return json.dumps(message).encode()


class Status(grpc.Status):
    """What abort_with_status() is given."""
    code = grpc.StatusCode.DATA_LOSS
    details = "as asked"
    trailing_metadata = (("test", "trailing"),)


class Place:
    """Where handlers that are asked to wait have come to; a server of either kind tells a client of either
    kind, in whatever thread."""

    def __init__(self):
        self._condition = threading.Condition()
        self._arrived = 0
        self._left = 0

    def arrive(self):
        with self._condition:
            self._arrived += 1
            self._condition.notify_all()

    def note(self, message):
        if "tell" in message:
            self.arrive()

    def leave(self):
        with self._condition:
            self._left += 1
            self._condition.notify_all()

    def await_arrivals(self, count):
        with self._condition:
            assert self._condition.wait_for(lambda: self._arrived >= count, DEADLINE_S), "nobody came"

    def await_departures(self, count):
        with self._condition:
            assert self._condition.wait_for(lambda: self._left >= count, DEADLINE_S), "nobody left"


def messages(end, count=STREAMED):
    """What a stream of requests is: the last one says the end."""
    return [{"text": "one of several"}] * (count - 1) + [{"end": end}]


class SyncEcho:
    """The handlers of a synchronous server."""

    def __init__(self):
        self.place = Place()

    def _end(self, context, message):
        end = message.get("end")
        if end == "raise":
            raise RuntimeError("as asked")
        if end == "abort":
            context.abort(grpc.StatusCode.NOT_FOUND, "as asked")
        if end == "abort_with_status":
            context.abort_with_status(Status())
        if end in ("set_code", "set_code_and_raise"):
            context.set_code(grpc.StatusCode.ABORTED)
        if end == "set_code_and_raise":
            raise RuntimeError("as asked")
        if end == "set_number":
            context.set_code(5)
        if end == "wait":
            self._wait(context)

    def _wait(self, context):
        ended = threading.Event()
        assert context.add_callback(ended.set)
        self.place.arrive()
        assert ended.wait(DEADLINE_S)
        self.place.leave()

    def unary(self, message, context):
        self._end(context, message)
        return message

    def collect(self, messages, context):
        count, last = 0, {}
        for last in messages:
            count += 1
            self.place.note(last)
        self._end(context, last)
        return {"count": count, "end": last.get("end")}

    def expand(self, message, context):
        for _ in range(message.get("count", STREAMED)):
            yield {"text": "one of several"}
        self._end(context, message)
        if message.get("end") == "unserializable":
            yield message

    def chat(self, messages, context):
        last = {}
        for last in messages:
            self.place.note(last)
            yield last
        self._end(context, last)


class AioEcho:
    """The handlers of an asynchronous server."""

    def __init__(self):
        self.place = Place()

    async def _end(self, context, message):
        end = message.get("end")
        if end == "raise":
            raise RuntimeError("as asked")
        if end == "abort":
            await context.abort(grpc.StatusCode.NOT_FOUND, "as asked")
        if end == "abort_with_status":
            await context.abort_with_status(Status())
        if end in ("set_code", "set_code_and_raise"):
            context.set_code(grpc.StatusCode.ABORTED)
        if end == "set_code_and_raise":
            raise RuntimeError("as asked")
        if end == "set_number":
            context.set_code(5)
        if end in ("wait", "swallow"):
            self.place.arrive()
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                if end == "wait":
                    raise
            finally:
                self.place.leave()

    async def unary(self, message, context):
        await self._end(context, message)
        return message

    async def collect(self, messages, context):
        count, last = 0, {}
        async for last in messages:
            count += 1
            self.place.note(last)
        await self._end(context, last)
        return {"count": count, "end": last.get("end")}

    async def expand(self, message, context):
        for _ in range(message.get("count", STREAMED)):
            yield {"text": "one of several"}
        await self._end(context, message)
        if message.get("end") == "unserializable":
            yield message

    async def chat(self, messages, context):
        last = {}
        async for last in messages:
            self.place.note(last)
            yield last
        await self._end(context, last)


class AioReadWriteEcho(AioEcho):
    """The same in the style of read() and write()."""

    async def collect(self, _, context):
        count, last = 0, {}
        while (message := await context.read()) is not grpc.aio.EOF:
            count, last = count + 1, message
            self.place.note(last)
        await self._end(context, last)
        return {"count": count, "end": last.get("end")}

    async def expand(self, message, context):
        for _ in range(message.get("count", STREAMED)):
            await context.write({"text": "one of several"})
        await self._end(context, message)
        if message.get("end") == "unserializable":
            await context.write(message)

    async def chat(self, _, context):
        last = {}
        while (message := await context.read()) is not grpc.aio.EOF:
            last = message
            self.place.note(last)
            await context.write(last)
        await self._end(context, last)


def generic_handler(echo, service=SERVICE):
    """What a server is given."""
    return grpc.method_handlers_generic_handler(service, {
        "Unary": grpc.unary_unary_rpc_method_handler(echo.unary, decode, encode),
        "Collect": grpc.stream_unary_rpc_method_handler(echo.collect, decode, encode),
        "Expand": grpc.unary_stream_rpc_method_handler(echo.expand, decode, encode),
        "Chat": grpc.stream_stream_rpc_method_handler(echo.chat, decode, encode)})


class Stub:
    """The methods of a channel of either kind."""

    def __init__(self, channel, service=SERVICE):
        self.unary = channel.unary_unary(f"/{service}/Unary", encode_anything, json.loads)
        self.collect = channel.stream_unary(f"/{service}/Collect", encode_anything, json.loads)
        self.expand = channel.unary_stream(f"/{service}/Expand", encode_anything, json.loads)
        self.chat = channel.stream_stream(f"/{service}/Chat", encode_anything, json.loads)
        self.missing = channel.unary_unary(f"/{service}/ChosenByThePeer", encode_anything, json.loads)
