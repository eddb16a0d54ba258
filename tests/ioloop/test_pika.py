"""RabbitMQ through pika on an IOLoop, with a real broker."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import os
import socket
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from tests.ioloop.cut_line import CutLine
from zonda.ioloop import IOLoop, MissingExtraError, Timeout
from zonda.ioloop import pika as zonda_pika
from zonda.ioloop.pika import IOLoopConnection, Reconnector

pika = pytest.importorskip("pika")
adapter_module = pytest.importorskip("pika.adapters.utils.selector_ioloop_adapter")

URL = os.environ.get("ZONDA_TEST_AMQP_URL", "amqp://guest:guest@127.0.0.1:5672/%2F")
HOST, PORT = urlsplit(URL).hostname or "127.0.0.1", urlsplit(URL).port or 5672

HEARTBEAT = b"\x08\0\0\0\0\0\0\xce"

Start = Callable[[IOLoop], None]


def broker_answers() -> bool:
    with contextlib.suppress(OSError), socket.create_connection((HOST, PORT), 2):
        return True
    return False


needs_broker = pytest.mark.skipif(not broker_answers(), reason=f"no RabbitMQ at {HOST}:{PORT}")


def parameters(line: CutLine | None = None, **options: Any) -> Any:
    """Those of the broker, or of the line to it."""
    result = pika.URLParameters(URL)
    if line is not None:
        result.host, result.port = "127.0.0.1", line.port
    for name, value in options.items():
        setattr(result, name, value)
    return result


class HastyLoop(IOLoop):
    """One on which a second of pika's is short: it counts heartbeats in whole seconds."""

    def call_later(
        self, delay: float, callback: Callable[..., object], *args: Any, **kwargs: Any
    ) -> Timeout:
        return super().call_later(delay / 12, callback, *args, **kwargs)


@pytest_asyncio.fixture
async def hasty_loop() -> HastyLoop:
    return HastyLoop(asyncio_loop=asyncio.get_running_loop())


@pytest.fixture(autouse=True)
def quick_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zonda_pika, "FIRST_DELAY", 0.02)
    monkeypatch.setattr(zonda_pika, "LONGEST_DELAY", 0.1)


@pytest_asyncio.fixture
async def line() -> AsyncIterator[CutLine]:
    async with CutLine(HOST, PORT) as line:
        yield line


@pytest.fixture
def queue() -> str:
    return f"zonda-test-{uuid.uuid4().hex}"


async def called(function: Callable[..., object], *args: Any, **kwargs: Any) -> Any:
    """Call what answers by a callback; the result is what the callback got."""
    answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    name = "callback" if "callback" in inspect.signature(function).parameters else None
    function(*args, **{name or "on_open_callback": answer.set_result}, **kwargs)
    return await answer


async def opened(line: CutLine | None = None, io_loop: IOLoop | None = None, **options: Any) -> Any:
    """An open connection."""
    answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    IOLoopConnection(
        parameters(line, **options),
        custom_ioloop=io_loop,
        on_open_callback=answer.set_result,
        on_open_error_callback=lambda _, error: answer.set_exception(error),
    )
    return await answer


async def closed(connection: Any) -> BaseException:
    """Why *connection* has been closed."""
    answer: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()
    connection.add_on_close_callback(lambda _, reason: answer.set_result(reason))
    return await answer


# pika's interface to a loop


def test_loop_has_what_pika_asks_of_one() -> None:
    wanted = adapter_module.AbstractSelectorIOLoop
    for name in wanted.__abstractmethods__ if hasattr(wanted, "__abstractmethods__") else ():
        assert hasattr(IOLoop, name), name
    for name, method in inspect.getmembers(wanted, inspect.isfunction):
        given = [*inspect.signature(method).parameters][1:]
        inspect.signature(getattr(IOLoop, name)).bind(None, *given)
    for name in ("READ", "WRITE", "ERROR"):
        assert isinstance(getattr(IOLoop, name), int)


def test_services_run_callbacks_and_timers(io_loop: IOLoop, start: Start) -> None:
    services = adapter_module.SelectorIOServicesAdapter(io_loop)
    order: list[str] = []
    services.add_callback_threadsafe(lambda: order.append("callback"))
    services.call_later(0.001, lambda: order.append("timer"))
    services.call_later(0.001, lambda: order.append("cancelled")).cancel()
    services.call_later(0.01, services.stop)
    start(services.get_native_ioloop())
    assert sorted(order) == ["callback", "timer"]


def test_services_look_addresses_up(io_loop: IOLoop, start: Start) -> None:
    services = adapter_module.SelectorIOServicesAdapter(io_loop)
    found: list[Any] = []

    def done(result: Any) -> None:
        found.append(result)
        if len(found) == 2:
            io_loop.stop()

    services.getaddrinfo("127.0.0.1", 80, done, socktype=socket.SOCK_STREAM)
    services.getaddrinfo("nowhere.invalid", 80, done)
    start(io_loop)
    failed, addresses = sorted(found, key=lambda result: isinstance(result, list))
    assert isinstance(failed, OSError)
    assert addresses[0][4] == ("127.0.0.1", 80)


def test_services_watch_both_directions_of_a_descriptor(io_loop: IOLoop, start: Start) -> None:
    services = adapter_module.SelectorIOServicesAdapter(io_loop)
    one, other = socket.socketpair()
    other.setblocking(False)
    seen: list[str] = []

    def writable() -> None:
        seen.append("writable")
        assert services.remove_writer(one.fileno())
        other.send(b".")

    def readable() -> None:
        seen.append("readable")
        assert services.remove_reader(one.fileno())
        assert not services.remove_reader(one.fileno())
        io_loop.stop()

    services.set_reader(one.fileno(), readable)
    services.set_writer(one.fileno(), writable)
    start(io_loop)
    one.close()
    other.close()
    assert seen == ["writable", "readable"]


@needs_broker
def test_owner_of_the_program(io_loop: IOLoop, start: Start) -> None:
    """As in pika's own examples: everything by callbacks, and the loop is the connection's."""
    seen: list[str] = []

    def on_open(connection: Any) -> None:
        seen.append("open")
        assert connection.ioloop is io_loop
        connection.close()

    def on_close(connection: Any, reason: BaseException) -> None:
        seen.append("closed")
        connection.ioloop.stop()

    IOLoopConnection(parameters(), on_open_callback=on_open, on_close_callback=on_close)
    start(io_loop)
    assert seen == ["open", "closed"]


@needs_broker
async def test_guest_in_a_running_loop() -> None:
    connection = await opened()
    assert connection.ioloop is IOLoop.current()
    connection.close()
    assert isinstance(await closed(connection), pika.exceptions.ConnectionClosedByClient)


@needs_broker
async def test_services_may_be_given_instead_of_a_loop() -> None:
    services = adapter_module.SelectorIOServicesAdapter(IOLoop.current())
    answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    IOLoopConnection(parameters(), answer.set_result, custom_ioloop=services)
    connection = await answer
    connection.close()
    await closed(connection)
    assert connection.is_closed


async def test_nobody_listens(line: CutLine) -> None:
    line.refuse()
    with pytest.raises(pika.exceptions.AMQPConnectionError):
        await opened(line)


@needs_broker
async def test_several_brokers_are_tried_in_turn(line: CutLine) -> None:
    line.refuse()
    answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    IOLoopConnection.create_connection([parameters(line), parameters()], answer.set_result)
    connection = await answer
    assert connection.is_open
    connection.close()
    await closed(connection)


@needs_broker
@pytest.mark.deadline(60)
@pytest.mark.parametrize("count", [2_000, pytest.param(20_000, marks=pytest.mark.long)])
async def test_many_confirmed_messages_with_prefetch_and_acknowledgements(
    queue: str, count: int
) -> None:
    prefetch = 100
    connection = await opened()
    publisher = await called(connection.channel)
    consumer = await called(connection.channel)
    await called(publisher.queue_declare, queue, exclusive=True)
    confirmed: set[int] = set()
    all_confirmed, all_received = asyncio.Event(), asyncio.Event()
    unconfirmed = 1
    received: list[bytes] = []
    held = most_held = 0

    def confirm(frame: Any) -> None:
        nonlocal unconfirmed
        assert isinstance(frame.method, pika.spec.Basic.Ack)
        tag = frame.method.delivery_tag
        confirmed.update(range(unconfirmed, tag + 1) if frame.method.multiple else [tag])
        while unconfirmed in confirmed:
            unconfirmed += 1
        if len(confirmed) == count:
            all_confirmed.set()

    def receive(channel: Any, method: Any, properties: Any, body: bytes) -> None:
        nonlocal held, most_held
        received.append(body)
        held += 1
        most_held = max(most_held, held)
        if held == prefetch // 2 or len(received) == count:
            channel.basic_ack(method.delivery_tag, multiple=True)
            held = 0
        if len(received) == count:
            all_received.set()

    await called(publisher.confirm_delivery, confirm)
    await called(consumer.basic_qos, prefetch_count=prefetch)
    await called(consumer.basic_consume, queue, receive)
    for first in range(0, count, 500):
        for number in range(first, first + 500):
            publisher.basic_publish("", queue, str(number).encode())
        await asyncio.sleep(0)
    await all_confirmed.wait()
    await all_received.wait()
    assert received == [str(number).encode() for number in range(count)]
    assert most_held <= prefetch
    left = await called(consumer.queue_declare, queue, passive=True)
    assert left.method.message_count == 0
    connection.close()
    await closed(connection)


class Worker:
    """Consumes a queue over whatever connection there is."""

    def __init__(self, queue: str) -> None:
        self.queue = queue
        self.channel: Any = None
        self.ready = asyncio.Event()
        self.bodies: asyncio.Queue[bytes] = asyncio.Queue()
        self.opened = 0

    async def open(self, connection: IOLoopConnection) -> None:
        """Called with each new connection."""
        self.opened += 1
        self.channel = await called(connection.channel)
        await called(self.channel.queue_declare, self.queue, arguments={"x-expires": 60_000})
        await called(self.channel.basic_consume, self.queue, self.receive)
        self.ready.set()

    def receive(self, channel: Any, method: Any, properties: Any, body: bytes) -> None:
        """Called with each message."""
        channel.basic_ack(method.delivery_tag)
        self.bodies.put_nowait(body)

    async def echo(self, body: bytes) -> None:
        """Send a message to itself until it comes: one that a lost connection had is lost."""
        received = b""
        while received != body:
            await self.ready.wait()
            if self.channel.is_open:
                self.channel.basic_publish("", self.queue, body)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1):
                    while received != body:  # what was not acknowledged comes again
                        received = await self.bodies.get()


def broker_closes(line: CutLine, connection: Any) -> None:
    """By provoking it: an acknowledgement on a channel that was never opened."""
    connection._send_method(999, pika.spec.Basic.Ack(1))


def line_is_cut(line: CutLine, connection: Any) -> None:
    line.cut()


@needs_broker
@pytest.mark.parametrize("lose", [broker_closes, line_is_cut])
async def test_lost_connection_is_made_again(
    line: CutLine,
    queue: str,
    lose: Callable[[CutLine, Any], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    worker = Worker(queue)
    reconnector = Reconnector(parameters(line), worker.open)
    reconnector.start()
    for number in range(2):
        await worker.echo(f"before {number}".encode())
        first = reconnector.connection
        worker.ready.clear()
        lose(line, first)
        await worker.echo(f"after {number}".encode())
        assert reconnector.connection is not first
    assert worker.opened == 3
    assert sum("the connection is lost" in message for message in caplog.messages) == 2
    await reconnector.close()
    assert reconnector.connection is None
    await asyncio.sleep(0.1)
    assert line.connections == 3


@needs_broker
async def test_line_that_has_fallen_silent_is_noticed(
    line: CutLine, queue: str, hasty_loop: HastyLoop
) -> None:
    """Only the heartbeats tell; pika waits a few seconds longer than it has announced."""
    worker = Worker(queue)
    reconnector = Reconnector(parameters(line, heartbeat=1), worker.open, hasty_loop)
    reconnector.start()
    await worker.echo(b"before")
    worker.ready.clear()
    line.silence()
    while reconnector.connection is not None:
        await asyncio.sleep(0.01)
    line.sound()
    await worker.echo(b"after")
    assert worker.opened == 2
    await reconnector.close()


@needs_broker
async def test_message_that_was_not_acknowledged_comes_again(line: CutLine, queue: str) -> None:
    deliveries: asyncio.Queue[tuple[bytes, bool]] = asyncio.Queue()

    def receive(channel: Any, method: Any, properties: Any, body: bytes) -> None:
        deliveries.put_nowait((body, method.redelivered))
        if method.redelivered:
            channel.basic_ack(method.delivery_tag)

    async def open_(connection: Any) -> None:
        channel = await called(connection.channel)
        await called(channel.queue_declare, queue, arguments={"x-expires": 60_000})
        await called(channel.basic_consume, queue, receive)
        if line.connections == 1:
            channel.basic_publish("", queue, b"precious")

    reconnector = Reconnector(parameters(line), open_)
    reconnector.start()
    assert await deliveries.get() == (b"precious", False)
    line.cut()
    assert await deliveries.get() == (b"precious", True)
    await reconnector.close()


@needs_broker
async def test_heartbeats_go_both_ways(line: CutLine, hasty_loop: HastyLoop) -> None:
    connection = await opened(line, hasty_loop, heartbeat=1)
    while min(data.count(HEARTBEAT) for data in (line.to_server, line.to_client)) < 2:
        await asyncio.sleep(0.01)
    connection.close()
    await closed(connection)


@needs_broker
@pytest.mark.long
async def test_heartbeats_keep_an_idle_connection(line: CutLine) -> None:
    """The broker, which was told one second, ends a connection that is silent for three."""
    connection = await opened(line, heartbeat=1)
    await asyncio.sleep(4.5)
    channel = await called(connection.channel)
    assert channel.is_open
    connection.close()
    await closed(connection)


@needs_broker
async def test_broker_that_is_not_there_yet(line: CutLine, queue: str) -> None:
    line.refuse()
    worker = Worker(queue)
    reconnector = Reconnector(parameters(line), worker.open)
    reconnector.start()
    await asyncio.sleep(0.2)
    assert reconnector.connection is None
    await line.listen()
    await worker.echo(b"at last")
    await reconnector.close()


async def test_delays_grow_and_are_logged(
    line: CutLine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(zonda_pika, "_JITTER", 0)
    monkeypatch.setattr(zonda_pika, "FIRST_DELAY", 0.1)
    monkeypatch.setattr(zonda_pika, "LONGEST_DELAY", 0.3)
    line.refuse()
    reconnector = Reconnector(parameters(line), pytest.fail)
    reconnector.start()
    while sum("no connection" in message for message in caplog.messages) < 4:
        await asyncio.sleep(0.01)
    await reconnector.close()
    tries = [message for message in caplog.messages if "the next try is in" in message]
    assert [message.split(" seconds")[0].split()[-1] for message in tries] == [
        "0.1",
        "0.2",
        "0.3",
        "0.3",
    ]


@needs_broker
async def test_good_connection_begins_the_delays_anew(
    line: CutLine, queue: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(zonda_pika, "_JITTER", 0)
    monkeypatch.setattr(zonda_pika, "LONGEST_DELAY", 0.4)
    worker = Worker(queue)
    monkeypatch.setattr(zonda_pika, "FIRST_DELAY", 0.1)
    reconnector = Reconnector(parameters(line), worker.open)
    reconnector.start()
    for good_seconds in (1000, 1000, 0):
        monkeypatch.setattr(zonda_pika, "GOOD_SECONDS", good_seconds)
        await worker.ready.wait()
        worker.ready.clear()
        line.cut()
        while reconnector.connection is not None:
            await asyncio.sleep(0.001)
    await worker.ready.wait()
    await reconnector.close()
    tries = [message for message in caplog.messages if "the next try is in" in message]
    assert [message.split(" seconds")[0].split()[-1] for message in tries] == ["0.1", "0.2", "0.1"]


@needs_broker
async def test_reconnector_takes_several_brokers(line: CutLine, queue: str) -> None:
    line.refuse()
    worker = Worker(queue)
    reconnector = Reconnector([parameters(line), parameters()], worker.open, IOLoop.current())
    reconnector.start()
    await worker.echo(b"the second one")
    await reconnector.close()


@needs_broker
async def test_close_and_start_again(queue: str) -> None:
    worker = Worker(queue)
    reconnector = Reconnector(parameters(), worker.open)
    await reconnector.close()
    for number in range(2):
        reconnector.start()
        reconnector.start()
        await worker.ready.wait()
        worker.ready.clear()
        closing = reconnector.close()
        assert reconnector.close() is closing
        with pytest.raises(RuntimeError, match="being closed"):
            reconnector.start()
        await closing
        assert worker.opened == number + 1
    await reconnector.close()


@needs_broker
@pytest.mark.parametrize("seconds", [0, 0.001, 0.003, 0.005, 0.01])
async def test_close_while_it_connects(seconds: float) -> None:
    reconnector = Reconnector(parameters(), lambda connection: None)
    reconnector.start()
    await asyncio.sleep(seconds)
    await reconnector.close()
    assert reconnector.connection is None


async def test_close_while_it_waits_to_try_again(line: CutLine) -> None:
    line.refuse()
    reconnector = Reconnector(parameters(line), pytest.fail)
    reconnector.start()
    await asyncio.sleep(0.1)
    await reconnector.close()
    await line.listen()
    await asyncio.sleep(0.2)
    assert line.connections == 0


@needs_broker
async def test_exception_of_the_opener_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    called_: asyncio.Event = asyncio.Event()

    async def open_(connection: Any) -> None:
        called_.set()
        raise LookupError("in the opener")

    reconnector = Reconnector(parameters(), open_)
    reconnector.start()
    await called_.wait()
    await reconnector.close()
    assert "in the opener" in caplog.text


def test_without_pika_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zonda_pika, "_missing", ImportError("no pika"))
    with pytest.raises(MissingExtraError, match=r"pip install 'zonda-ioloop\[pika\]'"):
        IOLoopConnection()
    with pytest.raises(MissingExtraError):
        IOLoopConnection.create_connection([], pytest.fail)
    with pytest.raises(MissingExtraError):
        Reconnector([], pytest.fail)


@needs_broker
async def test_aio_pika_on_the_same_loop(queue: str) -> None:
    """A library for asyncio beside callbacks of the IOLoop: there is only one loop."""
    aio_pika = pytest.importorskip("aio_pika")
    beats = 0

    def beat() -> None:
        nonlocal beats
        beats += 1
        IOLoop.current().add_callback(beat)

    beat()
    connection = await aio_pika.connect(URL)
    async with connection:
        channel = await connection.channel(publisher_confirms=True)
        await channel.set_qos(prefetch_count=10)
        declared = await channel.declare_queue(queue, exclusive=True)
        for number in range(100):
            await channel.default_exchange.publish(
                aio_pika.Message(str(number).encode()), routing_key=queue
            )
        received: list[bytes] = []
        async with declared.iterator() as messages:
            async for message in messages:
                async with message.process():
                    received.append(message.body)
                if len(received) == 100:
                    break
    assert received == [str(number).encode() for number in range(100)]
    assert beats > 100
