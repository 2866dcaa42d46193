"""Signing in through the real Keycloak: token contract, PKCE, exact addresses, the way back."""

from __future__ import annotations

import httpx
import pytest
from civic_devstack.people import PASSWORD, person

from tests.keycloak.portals import (
    CLIENT_SECRET,
    Portal,
    Realm,
    claims_of,
    fill_in,
    look,
    open_browser,
    query_of,
    sign_in,
)


async def test_a_person_signs_in_and_comes_back(portals: list[Portal], browser: httpx.AsyncClient) -> None:
    answer = await sign_in(browser, portals[0], "anna", back="/pruefung?von=hier")
    assert str(answer.url) == f"{portals[0].url}/pruefung?von=hier"
    seen = answer.json()
    assert seen["standing"] == "signed_in"
    assert seen["subject"] == person("anna").id
    assert seen["name"] == "anna"
    assert seen["tenants"] == []
    assert seen["realm_roles"] == []


async def test_access_tokens_keep_the_contract(realm: Realm, portals: list[Portal], browser: httpx.AsyncClient) -> None:
    seen = (await sign_in(browser, portals[0], "meyer")).json()
    claims = claims_of(seen["token"])
    assert claims["iss"] == realm.issuer
    assert claims["aud"] == "civic-api"
    assert claims["azp"] == "civic-web"
    assert claims["typ"] == "Bearer"
    assert claims["sub"] == person("meyer").id
    assert claims["preferred_username"] == "meyer"
    assert claims["groups"] == ["/tenants/lindental/admin"]
    assert claims["exp"] - claims["iat"] == 300
    assert (claims["email"], claims["email_verified"]) == ("meyer@hessen.example", True)
    # Nothing personal beside the public name and the address that mails go to, and no role of Keycloak's own.
    assert set(claims) == {
        *("iss", "aud", "azp", "typ", "sub", "preferred_username", "groups", "email", "email_verified"),
        *("exp", "iat", "auth_time", "jti", "sid", "scope"),
    }
    assert seen["tenants"] == ["lindental"]


async def test_roles_of_the_state_are_realm_roles(portals: list[Portal], browser: httpx.AsyncClient) -> None:
    seen = (await sign_in(browser, portals[0], "land")).json()
    claims = claims_of(seen["token"])
    assert claims["realm_access"] == {"roles": ["state-admin"]}
    assert claims["groups"] == ["/tenants/hessen/admin"]
    assert seen["realm_roles"] == ["state-admin"]


async def test_a_wrong_password_signs_nobody_in(portals: list[Portal], browser: httpx.AsyncClient) -> None:
    answer = await sign_in(browser, portals[0], "bora", password="not the password")
    assert answer.status_code == 200
    assert (await look(browser, portals[0]))["standing"] == "none"


async def test_the_realm_asks_for_pkce(realm: Realm, portals: list[Portal], browser: httpx.AsyncClient) -> None:
    address = f"{realm.issuer}/protocol/openid-connect/auth"
    query = {
        "client_id": "civic-web",
        "response_type": "code",
        "scope": "openid",
        "state": "x",
        "redirect_uri": f"{portals[0].url}/anmelden/rueckkehr",
    }
    browser.follow_redirects = False
    without = await browser.get(address, params=query)
    assert query_of(without.headers["location"])["error"] == "invalid_request"
    plain = await browser.get(address, params={**query, "code_challenge": "a" * 43, "code_challenge_method": "plain"})
    assert query_of(plain.headers["location"])["error"] == "invalid_request"


async def test_a_code_needs_its_verifier(realm: Realm, portals: list[Portal], browser: httpx.AsyncClient) -> None:
    browser.follow_redirects = False
    start = await browser.get(f"{portals[0].url}/anmelden")
    page = await browser.get(start.headers["location"])
    back = await fill_in(browser, page, "anna", PASSWORD)
    code = query_of(back.headers["location"])["code"]
    grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": f"{portals[0].url}/anmelden/rueckkehr"}
    answer = await browser.post(
        f"{realm.issuer}/protocol/openid-connect/token",
        data={**grant, "code_verifier": "b" * 64},
        auth=("civic-web", CLIENT_SECRET),
    )
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_grant"


@pytest.mark.parametrize("other", ["/anmelden/rueckkehr/", "/anmelden", "/anmelden/rueckkehr?x=1", "/../elsewhere"])
async def test_the_realm_returns_to_no_other_address(
    realm: Realm, portals: list[Portal], browser: httpx.AsyncClient, other: str
) -> None:
    query = {
        "client_id": "civic-web",
        "response_type": "code",
        "scope": "openid",
        "redirect_uri": portals[0].url + other,
        "code_challenge": "a" * 43,
        "code_challenge_method": "S256",
    }
    browser.follow_redirects = False
    answer = await browser.get(f"{realm.issuer}/protocol/openid-connect/auth", params=query)
    assert answer.status_code == 400


async def test_an_answer_that_nobody_waits_for_begins_anew(portals: list[Portal], browser: httpx.AsyncClient) -> None:
    browser.follow_redirects = False
    answer = await browser.get(f"{portals[0].url}/anmelden/rueckkehr", params={"state": "forged", "code": "stolen"})
    assert answer.status_code == 303
    state = query_of(answer.headers["location"])["state"]
    # A browser that keeps no cookies is told so, and not sent in circles.
    browser.cookies.clear()
    again = await browser.get(f"{portals[0].url}/anmelden/rueckkehr", params={"state": state, "code": "stolen"})
    assert again.status_code == 403


async def test_a_code_of_somebody_else_is_not_taken(portals: list[Portal], browser: httpx.AsyncClient) -> None:
    """Signing a victim in under the attacker's name."""
    browser.follow_redirects = False
    await browser.get(f"{portals[0].url}/anmelden")
    async with open_browser() as attacker:
        attacker.follow_redirects = False
        start = await attacker.get(f"{portals[0].url}/anmelden")
        page = await attacker.get(start.headers["location"])
        back = await fill_in(attacker, page, "clara", PASSWORD)
    answer = await browser.get(back.headers["location"])
    assert answer.status_code == 303
    assert "civic_session" not in answer.cookies
    assert (await look(browser, portals[0]))["standing"] == "none"


async def test_signing_in_again_makes_a_new_session(portals: list[Portal], browser: httpx.AsyncClient) -> None:
    await sign_in(browser, portals[0], "anna")
    first = browser.cookies["civic_session"]
    csrf = (await look(browser, portals[0]))["csrf"]
    # As when another tab had begun to sign in before.
    browser.cookies.delete("civic_session")
    answer = await browser.get(f"{portals[0].url}/anmelden", params={"zurueck": "/pruefung"})
    assert answer.json()["standing"] == "signed_in"
    second = browser.cookies["civic_session"]
    assert second != first
    assert answer.json()["csrf"] != csrf


async def test_the_cookie_says_nothing_and_no_script_reads_it(
    portals: list[Portal], browser: httpx.AsyncClient
) -> None:
    browser.follow_redirects = False
    start = await browser.get(f"{portals[0].url}/anmelden")
    page = await browser.get(start.headers["location"])
    back = await fill_in(browser, page, "anna", PASSWORD)
    answer = await browser.get(back.headers["location"])
    cookie = next(value for value in answer.headers.get_list("set-cookie") if value.startswith("civic_session="))
    value, *attributes = cookie.split("; ")
    assert len(value) == len("civic_session=") + 43
    assert {attribute.lower() for attribute in attributes} == {"httponly", "path=/", "samesite=lax"}
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
async def test_nobody_is_led_elsewhere(portals: list[Portal], browser: httpx.AsyncClient, elsewhere: str) -> None:
    await sign_in(browser, portals[0], "anna")
    browser.follow_redirects = False
    answer = await browser.get(f"{portals[0].url}/anmelden", params={"zurueck": elsewhere})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"


async def test_the_sign_in_page_speaks_the_language_of_the_portal(
    portals: list[Portal], browser: httpx.AsyncClient
) -> None:
    german = await browser.get(f"{portals[0].url}/anmelden?lang=de")
    assert "<html" in german.text and 'lang="de"' in german.text
    browser.cookies.clear()
    english = await browser.get(f"{portals[0].url}/anmelden?lang=en")
    assert 'lang="en"' in english.text
