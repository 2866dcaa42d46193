"""Access tokens: which are taken, which are refused, and how keys rotate."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from civic_chassis.auth.tokens import TokenVerifier
from civic_chassis.kernel.clock import FrozenClock
from civic_chassis.kernel.errors import DomainError, Kind
from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import RSAKey

ISSUER = "https://id.example/realms/hessen"
JWKS_PATH = "/realms/hessen/protocol/openid-connect/certs"

FIRST = RSAKey.generate_key(2048, {"kid": "first", "use": "sig", "alg": "RS256"})
SECOND = RSAKey.generate_key(2048, {"kid": "second", "use": "sig", "alg": "RS256"})


class Issuer:
    """The HTTP side of an issuer: discovery and keys, which a test may change or take away."""

    def __init__(self) -> None:
        self.keys: list[RSAKey] = [FIRST]
        self.extra: list[dict[str, Any]] = []
        self.away = False
        self.requests: list[str] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(str(request.url))
        if self.away:
            raise httpx.ConnectError("refused")
        if request.url.path.endswith("/.well-known/openid-configuration"):
            return httpx.Response(200, json={"issuer": ISSUER, "jwks_uri": f"https://id.example{JWKS_PATH}"})
        assert request.url.path == JWKS_PATH
        return httpx.Response(200, json={"keys": [*(key.as_dict(private=False) for key in self.keys), *self.extra]})


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def new_verifier(issuer: Issuer, clock: FrozenClock) -> Callable[..., TokenVerifier]:
    def make(**options: Any) -> TokenVerifier:
        http = httpx.AsyncClient(transport=httpx.MockTransport(issuer.answer))
        return TokenVerifier(issuer=ISSUER, audience="civic-api", http=http, clock=clock, **options)

    return make


@pytest.fixture
def verifier(new_verifier: Callable[..., TokenVerifier]) -> TokenVerifier:
    return new_verifier()


def claims(clock: FrozenClock, **changes: Any) -> dict[str, Any]:
    now = int(clock.now().timestamp())
    made = {
        "iss": ISSUER,
        "aud": ["civic-api", "account"],
        "sub": "person-1",
        "exp": now + 300,
        "iat": now,
        "typ": "Bearer",
        "azp": "civic-web",
        "preferred_username": "meyer",
        "groups": ["/tenants/lindental/admin", "/tenants/lindental/editor", "/tenants/hohenau/moderator"],
        "realm_access": {"roles": ["competence-centre"]},
    }
    made.update(changes)
    return {name: value for name, value in made.items() if value is not None}


def signed(payload: dict[str, Any], key: RSAKey = FIRST, **header: Any) -> str:
    return jwt.encode({"alg": "RS256", "kid": key.kid, **header}, payload, key)


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


async def refusal(verifier: TokenVerifier, token: str) -> str:
    with pytest.raises(DomainError) as caught:
        await verifier.verify(token)
    assert (caught.value.kind, caught.value.reason) == (Kind.UNAUTHENTICATED, "TOKEN_INVALID")
    assert verifier.cached(token) is None
    return caught.value.metadata["why"]


async def test_a_good_token_names_the_person_and_the_roles(verifier: TokenVerifier, clock: FrozenClock) -> None:
    caller = await verifier.verify(signed(claims(clock)))
    assert (caller.subject, caller.name) == ("person-1", "meyer")
    assert caller.tenant_roles == {"lindental": {"admin", "editor"}, "hohenau": {"moderator"}}
    assert caller.realm_roles == {"competence-centre"}


async def test_only_a_confirmed_address_counts_and_none_is_printed(verifier: TokenVerifier, clock: FrozenClock) -> None:
    said = {"email": "anna@hessen.example"}
    caller = await verifier.verify(signed(claims(clock, **said, email_verified=True)))
    assert caller.address == "anna@hessen.example"
    assert "anna@" not in repr(caller)
    for confirmed in (False, "true", None):
        assert (await verifier.verify(signed(claims(clock, **said, email_verified=confirmed)))).address is None
    assert (await verifier.verify(signed(claims(clock, email=["a"], email_verified=True)))).address is None


async def test_groups_of_another_form_mean_nothing(verifier: TokenVerifier, clock: FrozenClock) -> None:
    groups = [
        "/tenants/lindental/admin/extra", "tenants/lindental/admin", "/tenants//admin", "/tenants/lindental/",
        "/tenants/lindental", "/other/lindental/admin", "/tenants/LINDENTAL/admin", "/tenants/a/../lindental/admin",
        7, None, {"x": 1},
    ]  # fmt: skip
    assert (await verifier.verify(signed(claims(clock, groups=groups)))).tenant_roles == {}
    assert (await verifier.verify(signed(claims(clock, groups="/tenants/lindental/admin")))).tenant_roles == {}
    assert (await verifier.verify(signed(claims(clock, realm_access=["state-admin"])))).realm_roles == frozenset()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"iss": "https://id.example/realms/bayern"}, "invalid_claim"),
        ({"iss": f"{ISSUER}/"}, "invalid_claim"),
        ({"iss": None}, "missing_claim"),
        ({"aud": "account"}, "invalid_claim"),
        ({"aud": ["civic-web"]}, "invalid_claim"),
        ({"aud": None}, "missing_claim"),
        ({"exp": None}, "missing_claim"),
        ({"exp": "never"}, "invalid_claim"),
        ({"exp": True}, "invalid_claim"),
        ({"sub": None}, "missing_claim"),
        ({"sub": ""}, "invalid_claim"),
        ({"sub": 7}, "invalid_claim"),
        ({"typ": "ID"}, "not an access token"),
        ({"typ": "Refresh"}, "not an access token"),
    ],
)
async def test_wrong_claims_are_refused(
    verifier: TokenVerifier, clock: FrozenClock, changes: dict[str, Any], why: str
) -> None:
    assert await refusal(verifier, signed(claims(clock, **changes))) == why


async def test_times_are_kept_with_some_skew(verifier: TokenVerifier, clock: FrozenClock) -> None:
    now = int(clock.now().timestamp())
    assert await refusal(verifier, signed(claims(clock, exp=now - 30))) == "expired_token"
    assert await refusal(verifier, signed(claims(clock, nbf=now + 31))) == "invalid_claim"
    assert await refusal(verifier, signed(claims(clock, iat=now + 31))) == "invalid_claim"
    for skewed in ({"exp": now - 29}, {"nbf": now + 30}, {"iat": now + 30}):
        assert (await verifier.verify(signed(claims(clock, **skewed)))).subject == "person-1"


async def test_alg_none_is_refused(verifier: TokenVerifier, clock: FrozenClock) -> None:
    for name in ("none", "None", "NONE"):
        token = f"{encoded({'alg': name, 'kid': 'first'})}.{encoded(claims(clock))}."
        assert await refusal(verifier, token) == "algorithm not allowed"


async def test_hs256_with_the_public_key_is_refused(verifier: TokenVerifier, clock: FrozenClock) -> None:
    await verifier.verify(signed(claims(clock)))
    for secret in (FIRST.as_pem(private=False), FIRST.as_der(private=False), json.dumps(FIRST.as_dict()).encode()):
        body = f"{encoded({'alg': 'HS256', 'kid': 'first'})}.{encoded(claims(clock))}"
        mac = hmac.new(secret, body.encode(), hashlib.sha256).digest()
        token = f"{body}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
        assert await refusal(verifier, token) == "algorithm not allowed"


async def test_other_rsa_algorithms_are_refused(verifier: TokenVerifier, clock: FrozenClock) -> None:
    key = RSAKey.import_key(FIRST.as_dict(private=True) | {"alg": "PS256"})
    token = jwt.encode({"alg": "PS256", "kid": "first"}, claims(clock), key, algorithms=["PS256"])
    assert await refusal(verifier, token) == "algorithm not allowed"


async def test_forged_groups_break_the_signature(verifier: TokenVerifier, clock: FrozenClock) -> None:
    token = signed(claims(clock, groups=[]))
    assert (await verifier.verify(token)).tenant_roles == {}
    header, _, signature = token.split(".")
    forged = claims(clock, groups=["/tenants/lindental/admin"])
    assert await refusal(verifier, f"{header}.{encoded(forged)}.{signature}") == "bad signature"


async def test_a_token_of_another_states_realm_is_refused(
    verifier: TokenVerifier, clock: FrozenClock, issuer: Issuer
) -> None:
    elsewhere = claims(clock, iss="https://id.example/realms/bayern")
    assert await refusal(verifier, signed(elsewhere, SECOND)) == "unknown key"
    # Also where both realms should come to share a key.
    assert await refusal(verifier, signed(elsewhere)) == "invalid_claim"
    # And where it borrows the id of our key.
    assert await refusal(verifier, signed(claims(clock), SECOND, kid="first")) == "bad signature"


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "a.b.c", "ä.ö.ü", "e30.e30.", "A" * 20_000, f"{encoded({'alg': 'RS256'})}.e30.AAAA"]
    + [f"{encoded({'alg': 'RS256', 'kid': kid})}.e30.AAAA" for kid in ("", 7, None, ["first"], "\ud800")]
    + [f"{encoded(['RS256'])}.e30.AAAA", f"{encoded({'alg': 'RS256', 'kid': 'first', 'crit': ['x']})}.e30.AAAA"],
)
async def test_what_is_no_token_is_refused(verifier: TokenVerifier, token: str) -> None:
    await refusal(verifier, token)


async def test_a_signed_payload_that_is_no_object_is_refused(verifier: TokenVerifier) -> None:
    from joserfc import jws

    for payload in (b"[]", b"7", b"not json", b"\xff"):
        token = jws.serialize_compact({"alg": "RS256", "kid": "first"}, payload, FIRST)
        assert await refusal(verifier, token) == "malformed"


async def test_a_repeated_token_is_known_for_a_minute(
    verifier: TokenVerifier, clock: FrozenClock, issuer: Issuer
) -> None:
    token = signed(claims(clock))
    caller = await verifier.verify(token)
    assert verifier.cached(token) is caller
    clock.advance(timedelta(seconds=59))
    assert verifier.cached(token) is caller
    clock.advance(timedelta(seconds=1))
    assert verifier.cached(token) is None
    assert await verifier.verify(token) == caller


async def test_a_known_token_ends_when_it_expires(verifier: TokenVerifier, clock: FrozenClock) -> None:
    token = signed(claims(clock, exp=int(clock.now().timestamp()) + 20))
    await verifier.verify(token)
    clock.advance(timedelta(seconds=20))
    assert verifier.cached(token) is None
    clock.advance(timedelta(seconds=31))
    assert await refusal(verifier, token) == "expired_token"


async def test_the_memory_of_tokens_is_bounded(
    verifier: TokenVerifier, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("civic_chassis.auth.tokens._MAX_ENTRIES", 3)
    tokens = [signed(claims(clock, sub=f"person-{number}")) for number in range(5)]
    for token in tokens:
        await verifier.verify(token)
    assert [verifier.cached(token) is not None for token in tokens] == [False, False, True, True, True]


async def test_a_new_key_is_found_when_a_token_names_it(
    verifier: TokenVerifier, clock: FrozenClock, issuer: Issuer
) -> None:
    await verifier.verify(signed(claims(clock)))
    issuer.keys = [FIRST, SECOND]
    clock.advance(timedelta(seconds=11))
    assert (await verifier.verify(signed(claims(clock), SECOND))).subject == "person-1"


async def test_made_up_keys_do_not_become_requests(verifier: TokenVerifier, clock: FrozenClock, issuer: Issuer) -> None:
    await verifier.verify(signed(claims(clock)))
    before = len(issuer.requests)
    for number in range(50):
        await refusal(verifier, signed(claims(clock), SECOND, kid=f"made-up-{number}"))
    assert len(issuer.requests) == before
    clock.advance(timedelta(seconds=11))
    for number in range(50):
        await refusal(verifier, signed(claims(clock), SECOND, kid=f"made-up-{number}"))
    assert len(issuer.requests) == before + 1


async def test_a_revoked_key_stops_counting(verifier: TokenVerifier, clock: FrozenClock, issuer: Issuer) -> None:
    await verifier.verify(signed(claims(clock)))
    issuer.keys = [SECOND]
    clock.advance(timedelta(minutes=5))
    assert await refusal(verifier, signed(claims(clock))) == "unknown key"
    assert (await verifier.verify(signed(claims(clock), SECOND))).subject == "person-1"


async def test_keys_of_other_kinds_are_passed_over(verifier: TokenVerifier, clock: FrozenClock, issuer: Issuer) -> None:
    public = FIRST.as_dict(private=False)
    with pytest.warns(SecurityWarning):
        weak = RSAKey.generate_key(1024, {"kid": "weak"}, auto_kid=False)
    issuer.keys = []
    issuer.extra = [
        {"kty": "oct", "kid": "first", "k": "c2VjcmV0"},
        {"kty": "PQC", "kid": "future"},
        public | {"kid": "encryption", "use": "enc"},
        public | {"kid": "other", "alg": "RS512"},
        public | {"kid": "broken", "n": "!"},
        weak.as_dict(private=False),
        public,
    ]
    assert (await verifier.verify(signed(claims(clock)))).subject == "person-1"
    for kid in ("encryption", "other", "broken", "future"):
        assert await refusal(verifier, signed(claims(clock), kid=kid)) == "unknown key"
    assert await refusal(verifier, signed(claims(clock), weak)) == "unknown key"


async def test_an_issuer_that_is_away_is_no_fault_of_the_person(
    verifier: TokenVerifier, clock: FrozenClock, issuer: Issuer
) -> None:
    issuer.away = True
    with pytest.raises(DomainError) as caught:
        await verifier.verify(signed(claims(clock)))
    assert (caught.value.kind, caught.value.reason) == (Kind.UNAVAILABLE, "UNAVAILABLE")
    issuer.away = False
    clock.advance(timedelta(seconds=11))
    assert (await verifier.verify(signed(claims(clock)))).subject == "person-1"


async def test_known_keys_go_on_while_the_issuer_is_away(
    verifier: TokenVerifier, clock: FrozenClock, issuer: Issuer
) -> None:
    await verifier.verify(signed(claims(clock)))
    issuer.away = True
    clock.advance(timedelta(hours=8))
    assert (await verifier.verify(signed(claims(clock)))).subject == "person-1"


async def test_keys_are_fetched_from_inside(
    new_verifier: Callable[..., TokenVerifier], clock: FrozenClock, issuer: Issuer
) -> None:
    inside = new_verifier(internal_url="http://keycloak:8080/realms/hessen")
    await inside.verify(signed(claims(clock)))
    assert issuer.requests == [
        "http://keycloak:8080/realms/hessen/.well-known/openid-configuration",
        f"http://keycloak:8080{JWKS_PATH}",
    ]
    issuer.requests.clear()
    given = new_verifier(jwks_url=f"https://elsewhere.example{JWKS_PATH}")
    await given.verify(signed(claims(clock)))
    assert issuer.requests == [f"https://elsewhere.example{JWKS_PATH}"]
