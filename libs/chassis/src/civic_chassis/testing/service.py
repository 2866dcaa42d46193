"""A service's servicers behind a real gRPC port of this process, and stubs for any caller."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Self

import grpc
import httpx

from civic_chassis.auth.tokens import TokenVerifier
from civic_chassis.grpc.client import call, channel
from civic_chassis.grpc.server import Server, Servicer
from civic_chassis.kernel.clock import Clock
from civic_chassis.testing.issuer import AUDIENCE, Issuer
from civic_chassis.trust import trusted


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who calls in a test: the name, staff roles as `lindental/admin`, roles of the state, and a mail address that is
    confirmed unless said otherwise."""

    name: str
    roles: tuple[str, ...] = ()
    realm_roles: tuple[str, ...] = ()
    address: str = ""
    confirmed: bool = True


class Stub:
    """`await stub.CreateTopic(request)` as one caller in one tenant; raises the DomainError that the service sent."""

    def __init__(self, stub: Any, token: str | None, tenant: str | None) -> None:
        self._stub = stub
        self._token = token
        self._tenant = tenant

    def __getattr__(self, method: str) -> Callable[..., Any]:
        rpc = getattr(self._stub, method)

        async def invoke(request: Any, *, timeout: float = 20.0) -> Any:  # noqa: ASYNC109 - handed on to gRPC
            return await call(rpc, request, tenant=self._tenant, token=self._token, timeout=timeout)

        return invoke


class ServiceUnderTest:
    """Serves until its context ends."""

    def __init__(self, servicers: Sequence[Servicer], *, issuer: Issuer, clock: Clock) -> None:
        self._servicers = servicers
        self._issuer = issuer
        self._clock = clock
        self._stack = AsyncExitStack()
        self._channel: grpc.aio.Channel

    async def __aenter__(self) -> Self:
        http = await self._stack.enter_async_context(httpx.AsyncClient(verify=trusted()))
        verifier = TokenVerifier(
            issuer=self._issuer.url, audience=AUDIENCE, http=http, clock=self._clock, jwks_url=self._issuer.jwks_url
        )
        server = Server(self._servicers, verifier=verifier, clock=self._clock, listen="127.0.0.1:0")
        await server.start()
        self._stack.push_async_callback(server.stop, grace=1.0)
        self._channel = channel(f"127.0.0.1:{server.port}")
        self._stack.push_async_callback(self._channel.close)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def stub(self, stub: Callable[[Any], Any], *, caller: Person | None = None, tenant: str | None = None) -> Stub:
        """`service.stub(TopicServiceStub, caller=ANNA, tenant="lindental")`; without a caller nobody is signed in."""
        return Stub(stub(self._channel), self._token(caller), tenant)

    def _token(self, caller: Person | None) -> str | None:
        if caller is None:
            return None
        groups: Iterable[str] = (f"/tenants/{role}" for role in caller.roles)
        claims: dict[str, Any] = {}
        if caller.address:
            claims = {"email": caller.address, "email_verified": caller.confirmed}
        roles = caller.realm_roles
        return self._issuer.issue(caller.name, clock=self._clock, groups=groups, realm_roles=roles, **claims)
