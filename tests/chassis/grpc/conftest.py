"""The probe contract, served in this process over a real connection."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from civic_chassis.grpc import client
from civic_chassis.grpc.call import current_call
from civic_chassis.grpc.server import Server, Servicer
from civic_chassis.kernel.call import Call, Caller
from civic_chassis.kernel.clock import FrozenClock
from civic_chassis.kernel.errors import DomainError, Kind

from tests.chassis.probe.contract import METHODS, OPEN_SERVICE, SERVICE, Probe, add_to_server, message

Behaviour = Callable[[Any], Awaitable[Any]]


class Tokens:
    """Knows callers by a plain word; `slow` ones take the way over the issuer."""

    callers: Mapping[str, Caller] = {
        "anna": Caller("anna-id", "anna", {}, frozenset()),
        "meyer": Caller("meyer-id", "meyer", {"lindental": frozenset({"admin"})}, frozenset()),
        "okafor": Caller("okafor-id", "okafor", {"lindental": frozenset({"moderator"})}, frozenset()),
        "land": Caller("land-id", "land", {}, frozenset({"state-admin"})),
        "kkv": Caller("kkv-id", "kkv", {}, frozenset({"competence-centre"})),
    }

    def cached(self, token: str) -> Caller | None:
        return self.callers.get(token)

    async def verify(self, token: str) -> Caller:
        await asyncio.sleep(0)
        if token == "keycloak-is-away":
            raise DomainError(Kind.UNAVAILABLE, "UNAVAILABLE", "the issuer of tokens is away")
        raise DomainError(Kind.UNAUTHENTICATED, "TOKEN_INVALID", "the token is not valid")


@dataclass
class Service:
    """The served contract. `behave` is what every method does; `calls` are those that reached it."""

    calls: list[Call] = field(default_factory=list)
    behave: Behaviour | None = None
    port: int = 0
    channel: Any = None
    answer: Any = Probe
    stop: Any = None
    start_again: Any = None

    async def serve(self, request: Any, _context: Any) -> Any:
        self.calls.append(current_call())
        return await self.behave(request) if self.behave else Probe(text=request.text)

    async def call(self, method: str, *, text: str = "", request_id: str = "", **options: Any) -> Any:
        request_type = message(f"{method}Request")
        stub = self.channel.unary_unary(
            f"/{SERVICE}/{method}",
            request_serializer=request_type.SerializeToString,
            response_deserializer=Probe.FromString,
        )
        return await client.call(stub, request_type(id="7", text=text, request_id=request_id), **options)


@pytest.fixture
async def new_service(clock: FrozenClock) -> AsyncIterator[Callable[..., Awaitable[Service]]]:
    """`await new_service(max_seconds=…)`: the contract, served with options of the server."""
    ends: list[Callable[[], Awaitable[Any]]] = []

    async def make(**options: Any) -> Service:
        made = Service()
        behaviours = dict.fromkeys(METHODS, made.serve)

        async def start(port: int = 0) -> None:
            listen = f"127.0.0.1:{port}"
            server = Server([(add_to_server, behaviours)], verifier=Tokens(), clock=clock, listen=listen, **options)
            await server.start()
            made.port = server.port
            made.stop = server.stop
            ends.append(lambda: server.stop(grace=0))

        await start()
        made.start_again = lambda: start(made.port)
        made.channel = client.channel(f"127.0.0.1:{made.port}")
        ends.insert(0, made.channel.close)
        return made

    yield make
    for end in ends:
        await end()


@pytest.fixture
async def service(new_service: Callable[..., Awaitable[Service]]) -> Service:
    return await new_service()


@pytest.fixture
def request_message() -> Callable[..., Any]:
    def make(method: str, **fields: str) -> Any:
        return message(f"{method}Request")(**fields)

    return make


@pytest.fixture
def open_registration() -> Servicer:
    """A contract that leaves open who may call its methods."""

    async def serve(_request: Any, _context: Any) -> Any:
        return Probe()

    return (partial(add_to_server, service=OPEN_SERVICE), dict.fromkeys(METHODS, serve))
