"""Sessions over their life: shared, refreshed, ended from anywhere, and kept while parts are away."""

from __future__ import annotations

import asyncio
import time
from functools import partial

import httpx
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from civic_chassis.testing.waiting import eventually
from civic_devstack.people import PASSWORD

from tests.keycloak.portals import (
    CLIENT_SECRET,
    Portal,
    Realm,
    administration,
    claims_of,
    fill_in,
    look,
    query_of,
    short_tokens,
    sign_in,
)


async def over(browser: httpx.AsyncClient, portal: Portal, crumb: str) -> bool:
    """Whether the portal has heard that the session ended; one of them learns it from the other."""
    answer = await browser.get(f"{portal.url}/pruefung", headers={"cookie": f"civic_session={crumb}"})
    return bool(answer.json()["standing"] == "ended")


async def test_two_gateways_share_a_session(portals: list[Portal], browser: httpx.AsyncClient) -> None:
    signed_in = (await sign_in(browser, portals[0], "anna")).json()
    other = await look(browser, portals[1])
    assert other["standing"] == "signed_in"
    assert other["token"] == signed_in["token"]
    assert other["csrf"] == signed_in["csrf"]


async def test_signing_out_ends_it_everywhere(realm: Realm, portals: list[Portal], browser: httpx.AsyncClient) -> None:
    await sign_in(browser, portals[0], "anna")
    crumb = browser.cookies["civic_session"]
    seen = await look(browser, portals[1])
    answer = await browser.post(f"{portals[0].url}/abmelden", data={"csrf_token": seen["csrf"]}, follow_redirects=False)
    assert answer.status_code == 303
    address = answer.headers["location"]
    assert address.startswith(f"{realm.issuer}/protocol/openid-connect/logout?")
    # The id token goes through an address, so it names nobody.
    assert set(claims_of(query_of(address)["id_token_hint"])) <= {
        *("iss", "aud", "azp", "sub", "sid", "typ", "jti", "exp", "iat", "auth_time", "nonce", "at_hash", "acr"),
    }
    back = await browser.get(address, follow_redirects=False)
    assert back.headers["location"] == f"{portals[0].url}/abmelden"
    for portal in portals:
        await eventually(partial(over, browser, portal, crumb))
    # The sign-in in the realm is over as well: the form appears again.
    page = await browser.get(f"{portals[0].url}/anmelden")
    assert "kc-form-login" in page.text


async def test_the_realm_ends_sessions(realm: Realm, portals: list[Portal], browser: httpx.AsyncClient) -> None:
    """Back-channel logout: an administrator ends what a person has open."""
    seen = (await sign_in(browser, portals[0], "bora")).json()
    assert (await look(browser, portals[1]))["standing"] == "signed_in"
    sid = claims_of(seen["token"])["sid"]
    async with administration(realm) as admin:
        ended = await admin.delete(f"/sessions/{sid}")
    assert ended.status_code == 204
    crumb = browser.cookies["civic_session"]
    for portal in portals:
        await eventually(partial(over, browser, portal, crumb))
        answer = await browser.get(f"{portal.url}/pruefung", headers={"cookie": f"civic_session={crumb}"})
        assert answer.headers["set-cookie"].startswith('civic_session="";')


async def test_a_refresh_token_counts_once(realm: Realm, portals: list[Portal], browser: httpx.AsyncClient) -> None:
    """What the sessions are built for: used twice, a refresh token ends the sign-in."""
    verifier = "v" * 64
    endpoint = f"{realm.issuer}/protocol/openid-connect/token"
    back = f"{portals[0].url}/anmelden/rueckkehr"
    query = {"client_id": "civic-web", "response_type": "code", "scope": "openid", "redirect_uri": back}
    pkce = {"code_challenge": create_s256_code_challenge(verifier), "code_challenge_method": "S256"}
    page = await browser.get(f"{realm.issuer}/protocol/openid-connect/auth", params=query | pkce)
    browser.follow_redirects = False
    answer = await fill_in(browser, page, "anna", PASSWORD)
    code = query_of(answer.headers["location"])["code"]

    async def ask(**grant: str) -> httpx.Response:
        return await browser.post(endpoint, data=grant, auth=("civic-web", CLIENT_SECRET))

    first = await ask(grant_type="authorization_code", code=code, code_verifier=verifier, redirect_uri=back)
    second = await ask(grant_type="refresh_token", refresh_token=first.json()["refresh_token"])
    assert second.status_code == 200
    assert second.json()["refresh_token"] != first.json()["refresh_token"]
    again = await ask(grant_type="refresh_token", refresh_token=first.json()["refresh_token"])
    assert again.status_code == 400
    assert again.json()["error"] == "invalid_grant"


async def test_tokens_are_refreshed_before_they_end(
    realm: Realm, portals: list[Portal], browser: httpx.AsyncClient
) -> None:
    async with short_tokens(realm, seconds=70):
        first = (await sign_in(browser, portals[0], "anna")).json()
    # A minute before its end; signing in may take its time before that.
    await asyncio.sleep(max(claims_of(first["token"])["exp"] - 60 - time.time(), 0) + 0.5)
    # Answered with the token that is there; the next one is fetched beside it.
    assert (await look(browser, portals[0]))["token"] == first["token"]
    for _ in range(200):
        seen = await look(browser, portals[0])
        if seen["token"] != first["token"]:
            break
        await asyncio.sleep(0.05)
    assert seen["standing"] == "signed_in"
    assert claims_of(seen["token"])["sid"] == claims_of(first["token"])["sid"]
    assert (await look(browser, portals[1]))["token"] == seen["token"]


async def test_gateways_that_refresh_at_once_use_one_token(
    realm: Realm, portals: list[Portal], browser: httpx.AsyncClient
) -> None:
    async with short_tokens(realm, seconds=6):
        first = (await sign_in(browser, portals[0], "clara")).json()
        await look(browser, portals[1])
    await asyncio.sleep(2)
    # The token is as good as over, so every request waits for the one refresh.
    seen = await asyncio.gather(*(look(browser, portals[index % 2]) for index in range(24)))
    assert {each["standing"] for each in seen} == {"signed_in"}
    assert len({each["token"] for each in seen}) == 1
    assert seen[0]["token"] != first["token"]
    # The sign-in goes on: no refresh token was used twice.
    async with administration(realm) as admin:
        sessions = (await admin.get(f"/users/{first['subject']}/sessions")).json()
    assert claims_of(first["token"])["sid"] in {each["id"] for each in sessions}


async def test_a_changed_role_arrives_with_the_next_token(
    realm: Realm, portals: list[Portal], browser: httpx.AsyncClient
) -> None:
    async with administration(realm) as admin:
        group = (await admin.get("/group-by-path/tenants/lindental/moderator")).json()["id"]
        async with short_tokens(realm, seconds=6):
            seen = (await sign_in(browser, portals[0], "bora")).json()
        assert seen["tenants"] == []
        await admin.put(f"/users/{seen['subject']}/groups/{group}")
        await asyncio.sleep(2)
        assert (await look(browser, portals[0]))["tenants"] == ["lindental"]
        await admin.delete(f"/users/{seen['subject']}/groups/{group}")
