"""A contract of its own, served in this process over a real connection."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import grpc
import pytest
from civic.common.v1 import options_pb2
from civic_chassis.grpc import client
from civic_chassis.grpc.call import current_call
from civic_chassis.grpc.server import Server, Servicer
from civic_chassis.kernel.call import Call, Caller
from civic_chassis.kernel.clock import FrozenClock
from civic_chassis.kernel.errors import DomainError, Kind
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

STRING = descriptor_pb2.FieldDescriptorProto.TYPE_STRING
SERVICE = "civic.probe.v1.ProbeService"
OPEN_SERVICE = "civic.probe.v1.OpenService"
METHODS: Mapping[str, options_pb2.Access] = {
    "GetProbe": options_pb2.Access(level=options_pb2.ACCESS_LEVEL_PUBLIC),
    "CreateProbe": options_pb2.Access(level=options_pb2.ACCESS_LEVEL_PARTICIPANT),
    "UpdateProbe": options_pb2.Access(level=options_pb2.ACCESS_LEVEL_STAFF, roles=["admin", "editor"]),
    "ApproveProbe": options_pb2.Access(level=options_pb2.ACCESS_LEVEL_PLATFORM, roles=["state-admin"]),
}


def _file() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(
        name="civic/probe/v1/probe.proto",
        package="civic.probe.v1",
        syntax="proto3",
        dependency=["civic/common/v1/options.proto"],
    )
    service = file.service.add(name="ProbeService")
    for name, access in METHODS.items():
        request = file.message_type.add(name=f"{name}Request")
        for number, text in enumerate(("id", "text", "request_id"), start=1):
            made = request.field.add(name=text, number=number, type=STRING, label=1)
            if text == "text":
                made.options.Extensions[options_pb2.sensitive] = True
        _method(service, name).options.Extensions[options_pb2.access].CopyFrom(access)
    file.message_type.add(name="Probe").field.add(name="text", number=1, type=STRING, label=1)
    open_service = file.service.add(name="OpenService")
    for name in ("GetProbe", "CreateProbe"):
        _method(open_service, name)
    _method(open_service, "UpdateProbe").options.Extensions[options_pb2.access].level = 3
    _method(open_service, "ApproveProbe").options.Extensions[options_pb2.access].CopyFrom(
        options_pb2.Access(level=1, roles=["admin"])
    )
    return file


def _method(service: descriptor_pb2.ServiceDescriptorProto, name: str) -> descriptor_pb2.MethodDescriptorProto:
    return service.method.add(
        name=name, input_type=f".civic.probe.v1.{name}Request", output_type=".civic.probe.v1.Probe"
    )


_POOL = descriptor_pool.Default()
_POOL.Add(_file())


def message(name: str) -> Any:
    return message_factory.GetMessageClass(_POOL.FindMessageTypeByName(f"civic.probe.v1.{name}"))


Probe = message("Probe")
Behaviour = Callable[[Any], Awaitable[Any]]


def add_to_server(behaviours: Mapping[str, Any], server: Any, *, service: str = SERVICE) -> None:
    """What generated code does."""
    handlers = {
        name: grpc.unary_unary_rpc_method_handler(
            behaviour,
            request_deserializer=message(f"{name}Request").FromString,
            response_serializer=Probe.SerializeToString,
        )
        for name, behaviour in behaviours.items()
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, handlers),))
    server.add_registered_method_handlers(service, handlers)


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
        server = Server([(add_to_server, behaviours)], verifier=Tokens(), clock=clock, listen="127.0.0.1:0", **options)
        await server.start()
        made.port = server.port
        made.stop = server.stop
        made.channel = client.channel(f"127.0.0.1:{server.port}")
        ends.extend((made.channel.close, lambda: server.stop(grace=0)))
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
