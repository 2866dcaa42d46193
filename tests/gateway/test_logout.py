"""Logout that the realm tells of, and the sessions that it ends."""

from __future__ import annotations

import base64
import hmac
import json
import time
from typing import Any

import pytest
from civic_chassis.kernel.clock import SystemClock
from civic_chassis.testing.issuer import Issuer
from civic_gateway.oidc.seal import new_crumb
from civic_gateway.oidc.tokens import LOGOUT_EVENT
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.gateway.test_identity import ENDED, SIGNED_IN, NewIdentity, new_identity, tokens

__all__ = ["new_identity"]


def logout_token(issuer: Issuer, *, key: RSAKey | None = None, drop: str = "", **changes: Any) -> str:
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": issuer.url,
        "aud": "civic-web",
        "iat": now,
        "exp": now + 120,
        "jti": new_crumb(),
        "sid": "sid-of-the-token",
        "events": {LOGOUT_EVENT: {}},
    }
    claims |= changes
    claims.pop(drop, None)
    signing = key or issuer.key
    return jwt.encode({"alg": "RS256", "typ": "logout+jwt", "kid": issuer.key.kid}, claims, signing)


async def test_a_logout_token_ends_sessions_once(gateway: Any, issuer: Issuer, new_identity: NewIdentity) -> None:
    identity = await new_identity()
    crumb = await identity.sessions.begin(tokens(sid="sid-of-the-token"))
    token = logout_token(issuer)
    answer = await gateway.http.post("/oidc/backchannel-logout", data={"logout_token": token})
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["cache-control"] == "no-store"
    fresh = await new_identity()
    assert (await fresh.sessions.find(crumb)).standing is ENDED
    again = await gateway.http.post("/oidc/backchannel-logout", data={"logout_token": token})
    assert (again.status_code, again.json()) == (400, {"error": "invalid_request"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "another-client"},
        {"iss": "http://localhost/realms/bayern"},
        {"exp": int(time.time()) - 60},
        {"iat": int(time.time()) - 3600},
        {"iat": int(time.time()) + 3600},
        {"events": {}},
        {"events": {"http://example.org/other": {}}},
        {"events": None},
        {"nonce": "x"},
        {"sid": None},
        {"drop": "jti"},
        {"drop": "exp"},
        {"drop": "iat"},
        {"drop": "aud"},
        {"drop": "sid"},
        {"drop": "events"},
        {"key": RSAKey.generate_key(2048, parameters={"kid": "test-1"})},
    ],
    ids=lambda wrong: "-".join(wrong),  # values differ between the workers of one run
)
async def test_a_wrong_logout_token_ends_nothing(
    gateway: Any, issuer: Issuer, new_identity: NewIdentity, wrong: dict[str, Any]
) -> None:
    identity = await new_identity()
    crumb = await identity.sessions.begin(tokens(sid="sid-of-the-token"))
    answer = await gateway.http.post("/oidc/backchannel-logout", data={"logout_token": logout_token(issuer, **wrong)})
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request"})
    assert (await (await new_identity()).sessions.find(crumb)).standing is SIGNED_IN
    await identity.sessions.end(crumb)


def hs256(header: dict[str, Any], claims: dict[str, Any], key: bytes) -> str:
    """By hand: the library refuses a public key here."""
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims)]
    signature = hmac.digest(key, b".".join(parts), "sha256")
    return b".".join((*parts, base64.urlsafe_b64encode(signature).rstrip(b"="))).decode()


async def test_tokens_of_other_kinds_end_nothing(gateway: Any, issuer: Issuer) -> None:
    public = issuer.key.as_pem(private=False)
    claims: dict[str, Any] = {
        "iss": issuer.url,
        "aud": "civic-web",
        "sid": "x",
        "jti": "x",
        "events": {LOGOUT_EVENT: {}},
    }
    now = int(time.time())
    claims |= {"iat": now, "exp": now + 60}
    with_public_key = hs256({"alg": "HS256", "kid": issuer.key.kid}, claims, public)
    unsigned = logout_token(issuer).rpartition(".")[0] + "."
    for token in (
        issuer.issue("anna", clock=SystemClock()),
        with_public_key,
        unsigned,
        "",
        "x.y.z",
        "a" * 20_000,
    ):
        answer = await gateway.http.post("/oidc/backchannel-logout", data={"logout_token": token})
        assert answer.status_code == 400
    for body in (b"", b"\xff\xfe", b"logout_token", b"&" * 50):
        answer = await gateway.http.post("/oidc/backchannel-logout", content=body)
        assert answer.status_code == 400
