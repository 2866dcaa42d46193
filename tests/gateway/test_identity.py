"""Sessions, drafts and logout tokens on a real NATS server; signing in itself is tested with Keycloak."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import httpx
import nats
import pytest
import pytest_asyncio
from civic_chassis.kernel.call import Caller
from civic_chassis.kernel.clock import SystemClock
from civic_chassis.testing.issuer import Issuer
from civic_chassis.testing.nats import NatsServer
from civic_gateway.oidc.addresses import safe_return_path
from civic_gateway.oidc.bucket import Changed
from civic_gateway.oidc.flow import FLOW_SECONDS, Flow
from civic_gateway.oidc.identity import Identity
from civic_gateway.oidc.records import Record
from civic_gateway.oidc.seal import Seal, new_crumb
from civic_gateway.oidc.tokens import Logout, Tokens
from civic_gateway.session import Standing
from civic_gateway.settings import Settings
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

SECRET = "a secret that is long enough for a test"
SIGNED_IN, ENDED = Standing.SIGNED_IN, Standing.ENDED

NewIdentity = Callable[..., Awaitable[Identity]]


@pytest_asyncio.fixture(loop_scope="session")
async def new_identity(issuer: Issuer, nats_server: NatsServer) -> AsyncIterator[NewIdentity]:
    """`await new_identity()`: what one more gateway knows about sessions."""
    made: list[tuple[Identity, Any]] = []

    async def make(secret: str = SECRET) -> Identity:
        settings = Settings(
            state="hessen",
            public_url="http://localhost:8080",
            tenant_target="127.0.0.1:1",
            discussion_target="127.0.0.1:1",
            catalog_target="127.0.0.1:1",
            nats_url=nats_server.url,
            files_url="memory://",
            oidc_issuer=issuer.url,
            oidc_client_secret=SecretStr("secret"),
            session_secret=SecretStr(secret),
        )
        client = await nats.connect(nats_server.url)
        identity = Identity(settings, client, clock=SystemClock(), on_change=lambda: None)
        await identity.connected()
        made.append((identity, client))
        return identity

    yield make
    for identity, client in made:
        await identity.close()
        await client.close()


def tokens(subject: str = "person-1", sid: str = "sid-1", **changes: Any) -> Tokens:
    now = time.time()
    caller = Caller(subject, "anna", {"lindental": frozenset({"admin", "editor"})}, frozenset({"state-admin"}))
    made = Tokens(
        caller=caller,
        sid=sid,
        access_token="access",
        access_ends=now + 300,
        refresh_token="refresh",
        refresh_ends=now + 7200,
        id_token="id",
    )
    return replace(made, **changes)


async def test_a_session_is_found_by_every_gateway(new_identity: NewIdentity) -> None:
    one, other = await new_identity(), await new_identity()
    crumb = await one.sessions.begin(tokens())
    for identity in (one, other):
        found = await identity.sessions.find(crumb)
        assert found.standing is SIGNED_IN
        assert found.session is not None
        assert (found.session.subject, found.session.name) == ("person-1", "anna")
        assert found.session.has_role("lindental", "editor")
        assert not found.session.has_role("lindental", "moderator")
        assert not found.session.has_role("hohenau")
        assert found.session.realm_roles == {"state-admin"}
    assert await one.sessions.end(crumb) is not None
    assert (await one.sessions.find(crumb)).standing is ENDED


async def test_an_end_is_heard_by_gateways_that_remember(new_identity: NewIdentity) -> None:
    one, other = await new_identity(), await new_identity()
    crumb = await one.sessions.begin(tokens())
    assert (await other.sessions.find(crumb)).standing is SIGNED_IN
    await one.sessions.end(crumb)
    for _ in range(500):
        if (await other.sessions.find(crumb)).standing is ENDED:
            break
        await asyncio.sleep(0.01)
    assert (await other.sessions.find(crumb)).standing is ENDED


@pytest.mark.parametrize("crumb", ["", "short", "x" * 43 + "y", "ä" * 43, "*" * 43, ".." * 21 + "."])
async def test_what_is_no_cookie_of_ours_is_nobody(new_identity: NewIdentity, crumb: str) -> None:
    assert (await (await new_identity()).sessions.find(crumb)).standing is ENDED


async def test_a_forged_cookie_is_nobody(new_identity: NewIdentity) -> None:
    assert (await (await new_identity()).sessions.find(new_crumb())).standing is ENDED


async def test_the_bucket_alone_opens_nothing(new_identity: NewIdentity, nats_server: NatsServer) -> None:
    one, stranger = await new_identity(), await new_identity("another secret of somebody else entirely")
    crumb = await one.sessions.begin(tokens())
    assert (await stranger.sessions.find(crumb)).standing is ENDED
    client = await nats.connect(nats_server.url)
    bucket = await client.jetstream().key_value("sessions")
    for key in await bucket.keys():
        value = (await bucket.get(key)).value or b""
        assert crumb not in key
        assert not any(word in value for word in (b"anna", b"access", b"refresh", b"person-1", crumb.encode()))
        assert "person-1" not in key
    await client.close()


async def test_a_logout_ends_the_sessions_of_one_sign_in(new_identity: NewIdentity) -> None:
    one, other = await new_identity(), await new_identity()
    first = await one.sessions.begin(tokens(sid="sid-a"))
    second = await other.sessions.begin(tokens(sid="sid-a"))
    third = await one.sessions.begin(tokens(sid="sid-b"))
    assert await other.sessions.end_all(Logout("jti-1", "sid-a", None)) == 2
    standings = [(await other.sessions.find(crumb)).standing for crumb in (first, second, third)]
    assert standings == [ENDED, ENDED, SIGNED_IN]


async def test_a_logout_without_sign_in_ends_all_of_a_person(new_identity: NewIdentity) -> None:
    identity = await new_identity()
    first = await identity.sessions.begin(tokens("person-x", "sid-x1"))
    second = await identity.sessions.begin(tokens("person-x", "sid-x2"))
    third = await identity.sessions.begin(tokens("person-y", "sid-y"))
    assert await identity.sessions.end_all(Logout("jti-2", None, "person-x")) == 2
    standings = [(await identity.sessions.find(crumb)).standing for crumb in (first, second, third)]
    assert standings == [ENDED, ENDED, SIGNED_IN]


async def test_a_logout_finds_every_session_however_busy_the_bucket_is(
    new_identity: NewIdentity, nats_server: NatsServer
) -> None:
    identity = await new_identity()
    client = await nats.connect(nats_server.url)
    bucket = await client.jetstream().key_value("sessions")
    busy = True

    async def keep_busy(name: int) -> None:
        while busy:
            await bucket.put(f"busy.{name}", b"x" * 300)

    others = [asyncio.create_task(keep_busy(number)) for number in range(8)]
    counts = []
    for number in range(300):
        await identity.sessions.begin(tokens(sid=f"sid-busy-{number}"))
        logout = Logout(f"jti-busy-{number}", f"sid-busy-{number}", None)
        counts.append((await identity.sessions.end_all(logout), await identity.sessions.end_all(logout)))
    busy = False
    await asyncio.gather(*others)
    await client.close()
    assert counts == [(1, 0)] * 300


async def test_a_session_that_was_ended_while_it_began_does_not_begin(
    new_identity: NewIdentity, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity, other = await new_identity(), await new_identity()
    put = identity.sessions._bucket.put

    async def put_and_be_overtaken(key: str, value: bytes) -> int:
        revision = await put(key, value)
        assert await other.sessions.end_all(Logout("jti-3", "sid-raced", None)) == 1
        return revision

    monkeypatch.setattr(identity.sessions._bucket, "put", put_and_be_overtaken)
    with pytest.raises(Changed):
        await identity.sessions.begin(tokens(sid="sid-raced"))


async def test_a_session_ends_with_its_refresh_token(new_identity: NewIdentity) -> None:
    identity = await new_identity()
    now = time.time()
    crumb = await identity.sessions.begin(tokens(access_ends=now - 1, refresh_ends=now - 1))
    assert (await identity.sessions.find(crumb)).standing is ENDED


async def test_a_session_waits_while_the_realm_is_away(new_identity: NewIdentity) -> None:
    """The issuer of these tests refreshes nothing, like a realm that is away."""
    identity = await new_identity()
    crumb = await identity.sessions.begin(tokens(access_ends=time.time() - 1))
    assert (await identity.sessions.find(crumb)).standing is Standing.PAUSED
    # The claim was given back: nothing but the realm's return is waited for.
    assert (await identity.sessions.find(crumb)).standing is Standing.PAUSED
    assert await identity.sessions.end(crumb) is not None


def test_a_record_survives_its_form() -> None:
    record = Record.of(tokens()).claimed(12.5)
    assert Record.decode(record.encode()) == record
    for other in (b"", b"[]", b"{}", b'{"subject": "x"}', record.encode()[:-9] + b"}"):
        assert Record.decode(other) is None


def test_a_seal_opens_for_its_own_crumb_purpose_and_secret_alone() -> None:
    seal = Seal(new_crumb(), "session", b"secret")
    closed = seal.close(b"text")
    assert closed != seal.close(b"text")
    assert seal.open(closed) == b"text"
    others = (
        replace(seal, crumb=new_crumb()),
        replace(seal, purpose="draft"),
        replace(seal, secret=b"other"),
    )
    assert [other.open(closed) for other in others] == [None, None, None]
    assert [seal.open(broken) for broken in (b"", closed[:-1], closed[:12], b"x" * 60)] == [None] * 4
    assert seal.derive("csrf") == replace(seal).derive("csrf")
    assert len({seal.derive("csrf"), seal.derive("other"), *(other.derive("csrf") for other in others)}) == 5


def test_a_sign_in_is_opened_by_its_state_for_an_hour() -> None:
    flow = Flow.begin(return_to="/lindental?x=1", now=1000.0, second=False)
    cookie = flow.close(b"secret")
    assert Flow.open(flow.state, cookie, secret=b"secret", now=1000.0 + FLOW_SECONDS) == flow
    assert Flow.open(flow.state, cookie, secret=b"secret", now=1001.0 + FLOW_SECONDS) is None
    assert Flow.open(flow.state + "x", cookie, secret=b"secret", now=1000.0) is None
    assert Flow.open(flow.state, cookie, secret=b"other", now=1000.0) is None
    for forged in ("", "x", "%%%", cookie[:-2], "ä"):
        assert Flow.open(flow.state, forged, secret=b"secret", now=1000.0) is None
    other = Flow.begin(return_to="/", now=0.0, second=False)
    assert len({flow.state, other.state, flow.nonce, other.nonce, flow.verifier, other.verifier}) == 6


@pytest.mark.parametrize(
    "address",
    [
        *("/", "/lindental", "/lindental/dialoge/baenke-1?seite=2&q=a%2Fb", "/suche?q=//evil.example", "/a#b", "/ä"),
        "/anmeldenliste",
    ],
)
def test_paths_of_the_portal_are_returned_to(address: str) -> None:
    assert safe_return_path(address) == address


@pytest.mark.parametrize(
    "address",
    [
        *("", "lindental", "https://evil.example", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil"),
        *("/%2Fevil.example", "/%5Cevil.example", "/\t/evil.example", "/\n/evil", "javascript:alert(1)", "/a\r\nb: c"),
        *(
            "/%0d%0aevil",
            "/anmelden",
            "/anmelden/rueckkehr?code=1",
            "/abmelden",
            "/oidc/x",
            "/api/v1/x",
            "/" + "a" * 2000,
        ),
    ],
)
def test_everything_else_leads_to_the_start(address: str) -> None:
    assert safe_return_path(address) == "/"


@given(st.text(max_size=40))
def test_a_return_path_stays_here(text: str) -> None:
    path = safe_return_path("/" + text)
    assert path.startswith("/") and path[1:2] not in ("/", "\\")
    assert path.isprintable()


async def test_a_session_whose_cookie_ended_is_taken_back(gateway: Any) -> None:
    answer = await gateway.http.get("/api/v1/tenants", headers={"cookie": f"civic_session={new_crumb()}"})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith('civic_session="";')
    assert "Max-Age=0" in cookie


async def test_a_bearer_token_needs_no_csrf_token_and_no_cookie_helps_it(
    gateway: Any, new_identity: NewIdentity
) -> None:
    identity = await new_identity()
    crumb = await identity.sessions.begin(tokens())
    path = "/api/v1/lindental/discussion/topics/018f0000-0000-7000-8000-000000000001/contributions"
    cookie = {"cookie": f"civic_session={crumb}"}
    body = {"title": "Ein Titel", "text": "Ein Text"}
    forged: httpx.Response = await gateway.http.post(path, json=body, headers=cookie)
    assert (forged.status_code, forged.json()["reason"]) == (403, "CSRF_INVALID")
    wrong = await gateway.http.post(path, json=body, headers={**cookie, "authorization": "Bearer x"})
    assert (wrong.status_code, wrong.json()["reason"]) == (401, "TOKEN_INVALID")
    good = await gateway.http.post(path, json=body, headers={"authorization": f"Bearer {gateway.token()}"})
    assert good.status_code != 403
