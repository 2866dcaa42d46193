"""Browsers with a session, as the gateways keep it."""

from datetime import timedelta
from uuid import uuid4

import httpx
from civic_chassis.kernel.call import Caller
from civic_chassis.testing.issuer import subject_of
from civic_gateway.oidc.cookies import SESSION_COOKIE
from civic_gateway.oidc.seal import Seal
from civic_gateway.oidc.sessions import Sessions
from civic_gateway.oidc.tokens import Tokens

from tests.chaos.stack import SECRET, Stack

GATEWAYS = ("gateway-1", "gateway-2")


class Browser:
    """A browser behind a load balancer: goes to one gateway, and to the next where that one is gone."""

    def __init__(self, stack: Stack, crumb: str) -> None:
        self._stack = stack
        self._headers = {
            "cookie": f"{SESSION_COOKIE}={crumb}",
            "x-csrf-token": Seal(crumb, "session", SECRET.encode()).derive("csrf"),
            "origin": "http://portal.test",
        }
        self._gateway = GATEWAYS[0]

    async def contribute(self, topic: str, title: str) -> httpx.Response:
        headers = self._headers | {"idempotency-key": str(uuid4())}
        for gateway in (self._gateway, *GATEWAYS):
            try:
                answer = await self._stack.http.post(
                    self._stack.api(f"topics/{topic}/contributions", gateway),
                    json={"title": title, "text": "Ein Text."},
                    headers=headers,
                )
            except httpx.TransportError:
                continue
            self._gateway = gateway
            return answer
        raise AssertionError("no gateway answers")

    @property
    def gateway(self) -> str:
        return self._gateway


async def signed_in(stack: Stack, sessions: Sessions, name: str) -> Browser:
    token = stack.issuer.issue(name, clock=stack.clock, lifetime=timedelta(hours=1))
    ends = stack.clock.now().timestamp() + 3600
    tokens = Tokens(
        caller=Caller(subject_of(name), name, {}, frozenset()),
        sid=str(uuid4()),
        access_token=token,
        access_ends=ends,
        refresh_token="-",
        refresh_ends=ends,
        id_token="-",
    )
    return Browser(stack, await sessions.begin(tokens))
