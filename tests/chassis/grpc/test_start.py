"""What keeps a server from starting, and what a client makes of one that is away."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
import pytest
from civic_chassis.grpc import client
from civic_chassis.grpc.access import AccessError, rules_of
from civic_chassis.grpc.server import Server, Servicer
from civic_chassis.kernel.clock import FrozenClock
from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.testing.waiting import eventually


async def test_a_method_without_access_option_stops_the_service(
    open_registration: Servicer, clock: FrozenClock
) -> None:
    with pytest.raises(AccessError) as caught:
        Server([open_registration], verifier=None, clock=clock, listen="127.0.0.1:0")  # type: ignore[arg-type]
    assert str(caught.value).split("; ") == [
        "civic.probe.v1.OpenService/GetProbe has no access option",
        "civic.probe.v1.OpenService/CreateProbe has no access option",
        "civic.probe.v1.OpenService/UpdateProbe needs a role and names none",
        "civic.probe.v1.OpenService/ApproveProbe names roles that its level ignores",
    ]


def test_rules_are_read_from_the_contract(service: Any) -> None:
    rules = rules_of("civic.probe.v1.ProbeService")
    assert {name: (rule.level, rule.roles) for name, rule in rules.items()} == {
        "GetProbe": (1, ()),
        "CreateProbe": (2, ()),
        "UpdateProbe": (3, ("admin", "editor")),
        "ApproveProbe": (4, ("state-admin",)),
    }


async def test_streams_are_refused_at_start(clock: FrozenClock) -> None:
    async def serve(_request: Any, _context: Any) -> Any:
        yield b""

    def add(_implementation: object, server: Any) -> None:
        handler: Any = grpc.unary_stream_rpc_method_handler(serve)
        server.add_registered_method_handlers("civic.probe.v1.ProbeService", {"GetProbe": handler})

    with pytest.raises(TypeError, match="ProbeService/GetProbe: only unary methods are served"):
        Server([(add, object())], verifier=None, clock=clock, listen="127.0.0.1:0")  # type: ignore[arg-type]


async def test_an_address_in_use_is_told(clock: FrozenClock) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        server = Server([], verifier=None, clock=clock, listen=listen)  # type: ignore[arg-type]
        with pytest.raises(RuntimeError):
            await server.start()


async def test_a_service_that_is_away_is_unavailable(service: Any) -> None:
    service.channel = client.channel("127.0.0.1:1")
    with pytest.raises(DomainError) as caught:
        await service.call("GetProbe", timeout=2.0)
    await service.channel.close()
    assert (caught.value.kind, caught.value.reason) == (Kind.UNAVAILABLE, "UNAVAILABLE")


async def test_a_service_that_comes_back_is_found_again(service: Any) -> None:
    async def answers() -> bool:
        try:
            return bool((await service.call("GetProbe", text="there", timeout=2.0)).text == "there")
        except DomainError as error:
            assert error.kind is Kind.UNAVAILABLE
            return False

    assert await answers()
    await service.stop(grace=0)
    # Long enough for several attempts, each of which makes the pause before the next one longer.
    assert [await answers() for _ in range(8)] == [False] * 8
    await service.start_again()
    await eventually(answers, seconds=10)


class Flaky:
    """A transport that fails some times and then answers."""

    def __init__(self, failures: int, code: grpc.StatusCode = grpc.StatusCode.UNAVAILABLE) -> None:
        self.failures = failures
        self.code = code
        self.attempts = 0

    async def __call__(self, request: Any, *, timeout: float, metadata: Any) -> str:  # noqa: ASYNC109
        self.attempts += 1
        if self.attempts <= self.failures:
            raise grpc.aio.AioRpcError(self.code, grpc.aio.Metadata(), grpc.aio.Metadata())
        return "answer"


@pytest.mark.parametrize(
    ("method", "request_id", "attempts"),
    [("GetProbe", "", 3), ("CreateProbe", "key-1", 3), ("CreateProbe", "", 1), ("UpdateProbe", "", 1)],
)
async def test_only_harmless_repeats_are_tried(
    service: Any, request_message: Callable[..., Any], method: str, request_id: str, attempts: int
) -> None:
    request = request_message(method, request_id=request_id)
    flaky = Flaky(2)
    if attempts == 3:
        assert await client.call(flaky, request) == "answer"  # type: ignore[arg-type]
    else:
        with pytest.raises(DomainError):
            await client.call(flaky, request)  # type: ignore[arg-type]
    assert flaky.attempts == attempts


async def test_three_attempts_are_enough(request_message: Callable[..., Any]) -> None:
    flaky = Flaky(9)
    with pytest.raises(DomainError) as caught:
        await client.call(flaky, request_message("GetProbe"))  # type: ignore[arg-type]
    assert (flaky.attempts, caught.value.kind) == (3, Kind.UNAVAILABLE)


@pytest.mark.parametrize(
    ("code", "kind", "reason"),
    [
        (grpc.StatusCode.DEADLINE_EXCEEDED, Kind.DEADLINE, "DEADLINE_EXCEEDED"),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, Kind.UNAVAILABLE, "UNAVAILABLE"),
        (grpc.StatusCode.UNIMPLEMENTED, Kind.INTERNAL, "INTERNAL"),
        (grpc.StatusCode.UNKNOWN, Kind.INTERNAL, "INTERNAL"),
    ],
)
async def test_other_failures_of_the_transport_are_not_tried_again(
    request_message: Callable[..., Any], code: grpc.StatusCode, kind: Kind, reason: str
) -> None:
    flaky = Flaky(1, code)
    with pytest.raises(DomainError) as caught:
        await client.call(flaky, request_message("GetProbe"))  # type: ignore[arg-type]
    assert (flaky.attempts, caught.value.kind, caught.value.reason) == (1, kind, reason)


async def test_a_server_that_says_unavailable_is_not_tried_again(service: Any) -> None:
    async def away(_request: Any) -> Any:
        raise DomainError(Kind.UNAVAILABLE, "UNAVAILABLE", "the database is away")

    service.behave = away
    with pytest.raises(DomainError, match="the database is away"):
        await service.call("GetProbe")
    assert len(service.calls) == 1


async def test_a_call_hands_on_what_is_left_of_its_deadline(
    new_service: Callable[..., Awaitable[Any]], clock: FrozenClock
) -> None:
    inner, outer = await new_service(), await new_service()

    async def forward(request: Any) -> Any:
        return await inner.call("GetProbe", text=request.text, timeout=30.0)

    outer.behave = forward
    assert (await outer.call("GetProbe", text="weiter", timeout=3.0)).text == "weiter"
    left = inner.calls[0].deadline - clock.now()
    assert 0 < left.total_seconds() < 4.0


async def test_a_drain_lets_calls_end(clock: FrozenClock, service: Any) -> None:
    began = asyncio.Event()

    async def work(request: Any) -> Any:
        began.set()
        await asyncio.sleep(0.2)
        return service.answer(text="done")

    service.behave = work
    running = asyncio.create_task(service.call("CreateProbe", token="anna"))
    await asyncio.wait_for(began.wait(), 5)
    await service.stop(grace=5.0)
    assert (await running).text == "done"
